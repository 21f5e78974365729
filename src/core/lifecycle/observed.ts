import { groupBy } from '../base/group-by.js'
import type { Verdict } from '../model/health.js'
import type { NeighborState, RouterState } from '../model/state.js'
import type { Observation } from './advance.js'
import { subjectKey, type LifecycleRecord } from './record.js'

type Seen = Pick<Observation, 'service' | 'why'>

/** What the verdicts of a look say of each connection and each attachment, by `KIND/NAME`. */
export function seenAt(
  { neighbors }: Pick<RouterState, 'neighbors'>,
  verdicts: readonly Verdict[],
): ReadonlyMap<string, Seen> {
  const byKey = new Map(verdicts.map((verdict) => [`${verdict.kind}/${verdict.name}`, verdict]))
  const sessions = groupBy(neighbors, ({ attachment }) => attachment)
  const seen = new Map<string, Seen>()
  for (const verdict of verdicts) {
    if (verdict.kind === 'connection') seen.set(keyOf(verdict), ownService(verdict))
    if (verdict.kind !== 'attachment') continue
    const own = sessions.get(verdict.name) ?? []
    seen.set(keyOf(verdict), withSessions(verdict, own, byKey))
  }
  return seen
}

const keyOf = ({ kind, name }: Verdict): string => `${kind}/${name}`

function ownService(verdict: Verdict): Seen {
  const { service } = verdict
  return { service, why: service === 'fails' ? whyOf(verdict) : '' }
}

/** An attachment works while one of its sessions does; those that the intent shuts down do not count. */
function withSessions(
  attachment: Verdict,
  neighbors: readonly NeighborState[],
  byKey: ReadonlyMap<string, Verdict>,
): Seen {
  const own = ownService(attachment)
  if (own.service === 'fails' || neighbors.length === 0) return own
  const wanted = neighbors.filter(({ wantShutdown }) => !wantShutdown)
  if (wanted.length === 0) {
    return { service: 'fails', why: 'The intent shuts all its BGP sessions down.' }
  }
  const sessions = wanted.map((neighbor) => byKey.get(`neighbor/${nameOf(neighbor)}`))
  if (sessions.some((verdict) => verdict?.service === 'works')) return own
  const failed = sessions.filter((verdict) => verdict?.service === 'fails')
  const [first] = failed
  if (first === undefined || failed.length < sessions.length) return { service: 'unclear', why: '' }
  return { service: 'fails', why: whyOf(first) }
}

const nameOf = ({ attachment, address }: NeighborState): string => `${attachment}/${address}`

/** The code alone: its message is in the health beside it, and this stands beside thousands of attachments. */
function whyOf({ kind, name, findings }: Verdict): string {
  const worst = findings.find(({ severity }) => severity !== 'warning')
  return `The ${kind} ${name} has the finding ${worst?.code ?? 'that it does not work'}.`
}

/** Whether no mark on the links names the subject; false where the links were not read. */
export function isUnmarked(
  record: LifecycleRecord,
  marks: ReadonlySet<string> | undefined,
): boolean {
  return marks !== undefined && !marks.has(markOf(record))
}

const markOf = (record: LifecycleRecord): string => subjectKey(record).replace('/', ' ')
