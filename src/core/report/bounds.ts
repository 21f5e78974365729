import { groupBy } from '../base/group-by.js'
import type { Json, JsonObject } from '../base/json.js'
import { LIMITS } from '../wire/limits.js'
import type { ChangeProgress, PlanSummary } from '../wire/messages.js'

/** Octets of a report that are not its content. */
const ENVELOPE = 4096
const CONTENT_MAX = LIMITS.frameToHub - ENVELOPE
/** Members and items of one report of health: a hub spends some milliseconds on so many. */
const VALUES_MAX = 8192

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
function fitting<T>(items: readonly T[], octetsMax: number): T[] {
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
 * it is full, one at least. Both octets and members fill it. A difference between the document after this part and the whole document has the
 * rest.
 */
export function firstPart(patch: JsonObject, octetsMax = CONTENT_MAX): JsonObject {
  const entries = Object.entries(patch).flatMap(entriesOf)
  let octets = 0
  let values = 0
  const fits = entries.findIndex(({ section, key, value }) => {
    const text = JSON.stringify(value)
    octets += octetsOf(text) + octetsOf(key ?? '') + section.length + 8
    values += 1 + (text.match(/[,{[]/g)?.length ?? 0)
    return octets > octetsMax || values > VALUES_MAX
  })
  return fits < 0 ? patch : joined(entries.slice(0, Math.max(1, fits)))
}

/** A member of a section of a document; without a key it is the whole section. */
interface Entry {
  readonly section: string
  readonly key?: string
  readonly value: Json
}

function entriesOf([section, members]: readonly [string, Json]): readonly Entry[] {
  if (typeof members !== 'object' || members === null || isList(members)) {
    return [{ section, value: members }]
  }
  const entries = Object.entries(members)
  return entries.length === 0
    ? [{ section, value: members }]
    : entries.map(([key, value]) => ({ section, key, value }))
}

function joined(entries: readonly Entry[]): JsonObject {
  const sections = groupBy(entries, ({ section }) => section)
  return Object.fromEntries(
    [...sections].map(([section, members]): [string, Json] => {
      const [first] = members
      if (first !== undefined && first.key === undefined) return [section, first.value]
      return [section, Object.fromEntries(members.map(({ key = '', value }) => [key, value]))]
    }),
  )
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
