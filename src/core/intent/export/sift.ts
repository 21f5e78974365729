import type { Fault } from '../../base/fault.js'
import { faultsOf, type Result } from '../../base/result.js'
import { everySecret, secretNames } from '../secret-names.js'
import { toWant } from '../want.js'
import type { LeftOut } from '../../model/found.js'
import type { Intent } from '../../wire/intent.js'
import { INTENT_LIMITS } from '../../wire/intent-limits.js'
import { parseIntent } from '../../wire/intent-parse.js'
import { documentOf, type Head } from './document.js'
import { subjects, without, type Draft, type Drafted } from './draft.js'

/** The intent that says all of the draft which passes every check there is, and what does not pass. */
export function sift(
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
    // Each turn takes something out; a fault that is about nothing in the draft is a bug.
    if (reasons.size === 0) return { ok: false, faults }
    drafted = without(drafted, reasons)
  }
}

/** The secrets are for whoever completes the intent. */
function against(intent: Intent, managedPorts: readonly string[]): readonly Fault[] {
  return faultsOf(toWant(intent, { managedPorts, secrets: everySecret(intent) }))
}

const PLACE = /\b(vrfs|connections|attachments)\[(\d+)\](?:\.bgp\[(\d+)\])?/

function reasonsFor(faults: readonly Fault[], draft: Draft): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  for (const { at, message } of faults) {
    const key = at.replace(new RegExp(`^${PLACE.source}\\.?`), '')
    const says = message.replace(
      new RegExp(PLACE, 'g'),
      (place) => subjectAt(place, draft) ?? place,
    )
    const why = `${key === '' ? '' : `${key}: `}${says}`
    for (const subject of subjectsOf(at, draft)) {
      if (!reasons.has(subject)) reasons.set(subject, why)
    }
  }
  return reasons
}

function subjectsOf(at: string, draft: Draft): readonly string[] {
  const one = subjectAt(at, draft)
  if (one !== undefined) return [one]
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

/** What a person has to know of the neighbours that come along. */
export function remarks({ attachments }: Draft, { secretOf, running }: Head): readonly LeftOut[] {
  const there = new Set(running === null ? [] : secretNames(running))
  return attachments.flatMap(({ neighbors }) =>
    neighbors.flatMap((one) => {
      const at = subjects.neighbor(one)
      const name = secretOf(one)
      const missing = one.hasPassword && !there.has(name) ? [missingSecret(name)] : []
      return [...one.lost.map((what) => `it comes along without ${what}`), ...missing].map(
        (why) => ({ at, why }),
      )
    }),
  )
}

function missingSecret(name: string): string {
  return `its password is not exported: put it in the file ${name} of [secrets] dir, mode 0600, or give it to demarc adopt with --secrets`
}
