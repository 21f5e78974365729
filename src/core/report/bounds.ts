import type { Json, JsonObject } from '../base/json.js'
import { LIMITS } from '../wire/limits.js'
import type { ChangeProgress, PlanSummary } from '../wire/messages.js'

/** Octets of a report that are not its content. */
const ENVELOPE = 4096
const CONTENT_MAX = LIMITS.frameToHub - ENVELOPE

/** Octets of plans and of faults in one message to the hub. */
const PLAN_MAX = 512 * 1024
const FAULTS_MAX = 256 * 1024

/** Octets of a text in UTF-8, or a few more. */
function octetsOf(text: string): number {
  let octets = text.length
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) octets += 2
  return octets
}

/** The first items that have no more octets than this together. */
export function fitting<T>(items: readonly T[], octetsMax: number): T[] {
  let octets = 0
  const most = items.findIndex((item) => {
    octets += octetsOf(JSON.stringify(item)) + 1
    return octets > octetsMax
  })
  return most < 0 ? [...items] : items.slice(0, most)
}

/** A plan with as many of its lines as fit; its counts still have all of them. */
export function boundedPlan(plan: PlanSummary, octetsMax = PLAN_MAX): PlanSummary {
  return {
    ...plan,
    steps: fitting(plan.steps, octetsMax / 2),
    effects: fitting(plan.effects, octetsMax / 2),
  }
}

/** Octets that a record of a change may have for its plan and for its faults. */
interface ProgressBounds {
  readonly plan: number
  readonly faults: number
}

/** A record of a change that fits into one message to a hub, or into the bounds that are given. */
export function boundedProgress(
  progress: ChangeProgress,
  bounds: ProgressBounds = { plan: PLAN_MAX, faults: FAULTS_MAX },
): ChangeProgress {
  const { plan, faults } = progress
  return {
    ...progress,
    ...(plan === undefined ? {} : { plan: boundedPlan(plan, bounds.plan) }),
    ...(faults === undefined ? {} : { faults: fitting(faults, bounds.faults) }),
  }
}

/**
 * The patch, or as much of it as one report may carry: members of its members are taken in their order until
 * it is full, one at least. A difference between the document after this part and the whole document has the
 * rest.
 */
export function firstPart(patch: JsonObject, octetsMax = CONTENT_MAX): JsonObject {
  const part: Record<string, Json> = {}
  let octets = 0
  for (const [section, members] of Object.entries(patch)) {
    if (!isMembers(members)) {
      part[section] = members
      continue
    }
    const taken: [string, Json][] = []
    for (const [key, value] of Object.entries(members)) {
      octets += octetsOf(JSON.stringify(value)) + octetsOf(key) + section.length + 8
      if (octets > octetsMax && (taken.length > 0 || Object.keys(part).length > 0)) {
        return taken.length > 0 ? { ...part, [section]: Object.fromEntries(taken) } : part
      }
      taken.push([key, value])
    }
    part[section] = Object.fromEntries(taken)
  }
  return part
}

function isMembers(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
