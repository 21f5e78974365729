import { millis, type Millis } from '../base/time.js'
import type { FamilyState, NeighborState } from '../model/state.js'
import type { FamilyName } from './policy.js'

/** What a neighbour's sessions had over the last hours. Instants are of one monotonic clock. */
export interface UsualRoutes {
  /** Since when the session is seen Established; null: it is not. */
  readonly upSince: Millis | null
  /** When the newest counts were noted; null: none are. */
  readonly notedAt: Millis | null
  /** The newest last. */
  readonly notes: readonly (readonly RouteNote[])[]
  /** The policies that the counts come from: with others, other counts are usual. */
  readonly policies: string
}

/** The counts of one family, where they were known and not 0. */
export type RouteNote = Pick<FamilyState, 'family' | 'received' | 'sent'>

/** The counts of a session count as settled from then on. */
export const SETTLED_AFTER = millis(60_000)
/** Time between two notes. */
const NOTED_EVERY = millis(600_000)
/** 12 hours: after half of that, what first was a collapse is usual. */
const NOTES_MAX = 72

const NOTHING_NOTED = { upSince: null, notedAt: null, notes: [] } as const

/** Takes one look into the memory. Only counts of a session that has been up for a minute are noted. */
export function followRoutes(
  before: UsualRoutes | null,
  { sessionState, policies, families }: NeighborState,
  now: Millis,
): UsualRoutes {
  const text = JSON.stringify(policies.map(({ accepts, announces }) => [accepts, announces]))
  const known = before?.policies === text ? before : { ...NOTHING_NOTED, policies: text }
  if (sessionState !== 'Established') return { ...known, upSince: null }
  const upSince = known.upSince ?? now
  const isDue = known.notedAt === null || now - known.notedAt >= NOTED_EVERY
  if (!isDue || now - upSince < SETTLED_AFTER) return { ...known, upSince }
  const note = families.map(({ family, received, sent }) => ({ family, received, sent }))
  return { ...known, upSince, notedAt: now, notes: [...known.notes, note].slice(-NOTES_MAX) }
}

/** When the next counts are noted, while the session stays up; null: it is not up. */
export function notedNextAt({ upSince, notedAt }: UsualRoutes): Millis | null {
  if (upSince === null) return null
  const due = notedAt === null ? upSince : notedAt + NOTED_EVERY
  return millis(Math.max(due, upSince + SETTLED_AFTER))
}

/** The median of the noted counts, so that a short peak or loss changes nothing; null: none was noted. */
export function usualCount(
  { notes }: UsualRoutes,
  family: FamilyName,
  direction: 'received' | 'sent',
): number | null {
  const counts = notes
    .flatMap((note) => note.find((found) => found.family === family)?.[direction] ?? [])
    .filter((count) => count > 0)
    .sort((a, b) => a - b)
  return counts[Math.floor(counts.length / 2)] ?? null
}
