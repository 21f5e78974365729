import type { Fault } from '../../base/fault.js'
import { faultsOf, type Result } from '../../base/result.js'
import { everySecret, secretNames } from '../secret-names.js'
import { toWant } from '../want.js'
import type { NotExported } from '../../model/exported.js'
import type { Intent } from '../../wire/intent.js'
import { INTENT_LIMITS } from '../../wire/limits.js'
import { parseIntent } from '../../wire/intent-parse.js'
import { documentOf, hasNeighbor, type Head } from './document.js'
import { subjects, without, type Draft, type Drafted } from './draft.js'

/**
 * The intent of every part of the draft that passes all checks; a part that does not is added to
 * `notExported` with its fault as the reason. Fails only where a fault belongs to no part: a defect.
 */
export function validPart(
  start: Drafted,
  head: Head,
  managedPorts: readonly string[],
): Result<{ readonly intent: Intent; readonly drafted: Drafted }> {
  let drafted = start
  for (;;) {
    const intent = parseIntent(documentOf(drafted.draft, head))
    const faults = intent.ok ? against(intent.value, managedPorts) : intent.faults
    if (intent.ok && faults.length === 0)
      return { ok: true, value: { intent: intent.value, drafted } }
    const reasons = reasonsFor(faults, drafted.draft)
    // Each turn removes a part, so the loop ends.
    if (reasons.size === 0) return { ok: false, faults }
    drafted = without(drafted, reasons)
  }
}

/** Missing secrets are no fault: a person adds them later. */
function against(intent: Intent, managedPorts: readonly string[]): readonly Fault[] {
  return faultsOf(toWant(intent, { managedPorts, secrets: everySecret(intent) }))
}

const PLACE = /\b(vrfs|connections|attachments)\[(\d+)\](?:\.bgp\[(\d+)\])?/

function reasonsFor(faults: readonly Fault[], draft: Draft): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  for (const { at, message } of faults) {
    const key = at.replace(new RegExp(`^${PLACE.source}\\.?`), '')
    const reason = message.replace(
      new RegExp(PLACE, 'g'),
      (place) => subjectAt(place, draft) ?? place,
    )
    const why = `${key === '' ? '' : `${key}: `}${reason}`
    for (const subject of subjectsOf(at, draft)) {
      if (!reasons.has(subject)) reasons.set(subject, why)
    }
  }
  return reasons
}

function subjectsOf(at: string, draft: Draft): readonly string[] {
  const part = subjectAt(at, draft)
  if (part !== undefined) return [part]
  if (at.startsWith('router')) {
    return draft.attachments.flatMap(({ neighbors }) => neighbors.map(subjects.neighbor))
  }
  const { vrfs, connections, attachments } = INTENT_LIMITS
  if (at === 'vrfs') return draft.vrfs.slice(vrfs).map(({ name }) => subjects.vrf(name))
  if (at === 'connections') {
    return draft.connections.slice(connections).map(({ name }) => subjects.connection(name))
  }
  if (at !== 'attachments') return []
  return draft.attachments.slice(attachments).map(({ name }) => subjects.attachment(name))
}

function subjectAt(at: string, draft: Draft): string | undefined {
  const [, list, place, bgp] = PLACE.exec(at) ?? []
  const [index, inner] = [Number(place), Number(bgp)]
  if (list === undefined) return undefined
  if (list === 'vrfs') return named(draft.vrfs[index]?.name, subjects.vrf)
  if (list === 'connections') return named(draft.connections[index]?.name, subjects.connection)
  const neighbor = draft.attachments[index]?.neighbors[inner]
  if (neighbor !== undefined) return subjects.neighbor(neighbor)
  return named(draft.attachments[index]?.name, subjects.attachment)
}

function named(name: string | undefined, subject: (name: string) => string): string | undefined {
  return name === undefined ? undefined : subject(name)
}

/** What a person has to know about the exported neighbours, and the aggregates that no exported neighbour would receive. */
export function remarks(draft: Draft, head: Head): readonly NotExported[] {
  return [...neighborRemarks(draft, head), ...aggregatesWithoutNeighbor(draft, head)]
}

function aggregatesWithoutNeighbor(
  { attachments }: Draft,
  { aggregates }: Head,
): readonly NotExported[] {
  return [...aggregates].flatMap(([vrf, list]) => {
    if (list.length === 0 || hasNeighbor(vrf, attachments)) return []
    const prefixes = list.map(({ prefix }) => prefix).join(', ')
    const why = `no neighbour of it is exported that the aggregates could be announced to: ${prefixes}`
    return [{ at: vrf === '' ? 'router' : subjects.vrf(vrf), why }]
  })
}

function neighborRemarks(
  { attachments }: Draft,
  { secretOf, running }: Head,
): readonly NotExported[] {
  const known = new Set(running === null ? [] : secretNames(running))
  return attachments.flatMap(({ neighbors }) =>
    neighbors.flatMap((neighbor) => {
      const at = subjects.neighbor(neighbor)
      const name = secretOf(neighbor)
      const missing = neighbor.hasPassword && !known.has(name) ? [missingSecret(name)] : []
      return [...neighbor.lost.map((what) => `it is exported without ${what}`), ...missing].map(
        (why) => ({ at, why }),
      )
    }),
  )
}

function missingSecret(name: string): string {
  return `its password is not exported: put it in the file ${name} of [secrets] dir, mode 0600, or give it to demarc adopt with --secrets`
}
