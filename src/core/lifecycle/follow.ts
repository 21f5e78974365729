import { advance, type Move, type Observation } from './advance.js'
import {
  newRecord,
  subjectKey,
  timeOf,
  type LifecycleRecord,
  type WantedSubject,
} from './record.js'

/** All records of a router by their keys, `KIND/NAME`. */
export type Records = ReadonlyMap<string, LifecycleRecord>

export const NO_RECORDS: Records = new Map()

/** What is known at one moment of all subjects. */
export interface Look {
  /** The subjects of the intent in force. */
  readonly subjects: readonly WantedSubject[]
  /** The router was read back after the last change, and has what the intent wants. */
  readonly isApplied: boolean
  /** What was seen of a subject; undefined: nothing. */
  readonly seen: (key: string) => Pick<Observation, 'service' | 'why'> | undefined
  /** Whether nothing of a subject is on the router. */
  readonly isGone: (record: LifecycleRecord) => boolean
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string
}

export interface Followed {
  /** The same map where nothing has changed. */
  readonly records: Records
  readonly moves: readonly Move[]
}

const UNSEEN = { service: 'unclear', why: '' } as const

/** All records after a look: those of new subjects are begun, and those of removed ones come to their end. */
export function follow(records: Records, look: Look): Followed {
  const wanted = new Map(look.subjects.map((subject) => [subjectKey(subject), subject]))
  const next = new Map<string, LifecycleRecord>()
  const moves: Move[] = []
  const step = (key: string, before: LifecycleRecord): void => {
    const seen = look.seen(key) ?? UNSEEN
    const { isApplied, at } = look
    const isWanted = wanted.has(key)
    const isGone = !isWanted && look.isGone(before)
    const advanced = advance(before, { ...seen, isWanted, isApplied, isGone }, at)
    next.set(key, advanced.record)
    moves.push(...advanced.moves)
  }
  for (const [key, subject] of wanted) step(key, recordFor(records.get(key), subject, look.at))
  for (const [key, record] of records) if (!wanted.has(key)) step(key, record)
  const kept = bounded(next, look.at)
  return { records: isSame(records, kept) ? records : kept, moves }
}

/** A subject that was deleted begins anew; one that stays may have another provider now. */
function recordFor(
  record: LifecycleRecord | undefined,
  subject: WantedSubject,
  at: string,
): LifecycleRecord {
  if (record === undefined || record.state === 'deleted') return newRecord(subject, at)
  const { provider } = subject
  return record.provider === provider ? record : { ...record, provider }
}

/** Records of deleted subjects that are kept: the newest, and none older than these days. */
export const DELETED_KEPT = 100
export const DELETED_DAYS = 30
const DAY = 24 * 60 * 60 * 1000

function bounded(records: Map<string, LifecycleRecord>, now: string): Map<string, LifecycleRecord> {
  const deleted = [...records].filter(([, { state }]) => state === 'deleted')
  const oldest = timeOf(now) - DELETED_DAYS * DAY
  const kept = new Set(
    deleted
      .filter(([, { since }]) => timeOf(since) >= oldest)
      .toSorted(([, a], [, b]) => timeOf(b.since) - timeOf(a.since))
      .slice(0, DELETED_KEPT)
      .map(([key]) => key),
  )
  for (const [key] of deleted) if (!kept.has(key)) records.delete(key)
  return records
}

function isSame(a: Records, b: Records): boolean {
  return a.size === b.size && [...b].every(([key, record]) => a.get(key) === record)
}
