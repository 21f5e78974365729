import * as z from 'zod'
import { attempt, attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { HubRoute } from '../../core/change/hub-path.js'
import type { Unsettled } from '../../core/change/recovery.js'
import type { Expectation } from '../../core/change/witness.js'
import type { Have, Step } from '../../core/model/plan.js'
import type { RouteFloor } from '../../core/routes/floors.js'
import type { AskedProbe } from '../../core/model/probe.js'
import { ChangeProgress, PHASES_LISTED } from '../../core/wire/messages.js'
import { FaultShape } from '../../core/wire/rpc.js'
import type { Clock } from '../../edge/host/clock.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import { keptFrom, KeptIntentShape, type KeptIntent } from '../state/kept-intent.js'
import { upgradeFormat2 } from '../state/journal-upgrade.js'

/**
 * Everything that is needed to finish a change or to roll it back if the process that began it ends. It is
 * on the disk before the first step, and is written again whenever the state of the change moves on.
 */
export interface JournalEntry extends Omit<Unsettled, 'generation' | 'digest'> {
  /** The name of the change. */
  readonly change: string
  readonly kept: KeptIntent
  /** The generation of the last good intent before the change; null: there was none. */
  readonly lastGood: number | null
  /** false: the change must be confirmed. */
  readonly automatic: boolean
  /** Wall clock, ISO 8601; for people. */
  readonly startedAt: string
  /** When the plan was applied and read back, on the monotonic clock of that boot; null: not yet. */
  readonly appliedAt: Millis | null
  /** Time that each witness has to come back. */
  readonly grace: Millis
  /** What must be true of each witness before the change is kept. */
  readonly expected: readonly Expectation[]
  /** The witnesses that were healthy before the change, which are queried again after a rollback. */
  readonly healthyBefore: readonly string[]
  /** The route to the hub before the change; null: the hub was not healthy, or its route not known. */
  readonly hubBefore: HubRoute | null
  readonly probes: readonly AskedProbe[]
  /** The phases reported so far. */
  readonly phases: NonNullable<ChangeProgress['phases']>
  /** Why the change is rolled back. */
  readonly reasons: readonly z.output<typeof FaultShape>[]
  /** The plan. Each kernel step has the value that it replaces; that of FRR is in `before`. */
  readonly steps: readonly Step[]
  /** The whole router before the first step. */
  readonly before: Have
  /** The passwords behind the digests in `before`, sealed. */
  readonly sealed: string
  /** The process that holds the change, so that another program can end it if it hangs. */
  readonly pid: number
}

/** The file with the one unsettled change, if there is one. */
export interface ChangeJournal {
  /** null: there is no unsettled change. `STATE_DAMAGED`: the file is not what demarc wrote. */
  readonly read: () => Promise<Result<JournalEntry | null>>
  readonly write: (entry: JournalEntry) => Promise<void>
  readonly clear: () => Promise<void>
  /** Renames a file that cannot be used; the value is its new name. */
  readonly setAside: () => Promise<string>
}

export const JOURNAL_FILE = 'change.json'
const FORMAT = 3

/** The entry is covered by a digest, so only its outline is checked. */
const EntryShape = z.strictObject({
  change: z.string(),
  kept: KeptIntentShape,
  lastGood: z.int().nullable(),
  automatic: z.boolean(),
  startedAt: z.string(),
  appliedAt: z.number().transform(millis).nullable(),
  grace: z.number().transform(millis),
  expected: z.array(
    z.strictObject({
      subject: z.string(),
      fresh: z.boolean(),
      optional: z.boolean(),
      // A demarc before the routes were judged wrote none.
      routes: z.array(z.custom<RouteFloor>()).exactOptional(),
    }),
  ),
  healthyBefore: z.array(z.string()),
  hubBefore: z
    .strictObject({ address: z.string(), link: z.string(), protocol: z.int() })
    .nullable(),
  probes: z.array(z.custom<AskedProbe>()),
  phases: ChangeProgress.shape.phases.unwrap(),
  reasons: z.array(FaultShape),
  steps: z.array(z.custom<Step>()),
  before: z.custom<Have>(),
  sealed: z.string(),
  pid: z.int(),
  phase: z.enum(['applying', 'provisional', 'rolling-back', 'stuck']),
  bootId: z.string(),
  until: z.number().transform(millis),
})

/** The journal in the state directory. */
export function openChangeJournal(files: StateFiles): ChangeJournal {
  return {
    read: () => readJournal(() => files.read(JOURNAL_FILE)),
    async write(entry) {
      const body = JSON.stringify(entry)
      await files.write(JOURNAL_FILE, `${headerOf(FORMAT, body)}\n${body}`)
    },
    clear: () => files.remove(JOURNAL_FILE),
    setAside: () => files.setAside(JOURNAL_FILE),
  }
}

/** Reads a journal's text. A file that cannot be read at all counts as damaged too. */
export async function readJournal(
  read: () => Promise<string | undefined>,
): Promise<Result<JournalEntry | null>> {
  const text = await attempt(read)
  if (!text.ok) return text
  return text.value === undefined ? ok(null) : readEntry(text.value)
}

function readEntry(text: string): Result<JournalEntry> {
  const [header = '', body = ''] = text.split('\n', 2)
  const format = [FORMAT, 2].find((known) => header.startsWith(`${titleOf(known)} `))
  if (format === undefined) return damaged('it is of a version this demarc cannot read')
  if (header !== headerOf(format, body)) return damaged('it is cut off or was changed')
  const stored: unknown = JSON.parse(body)
  const found = EntryShape.safeParse(format === 2 ? upgradeFormat2(stored) : stored)
  if (!found.success) return damaged(z.prettifyError(found.error))
  const kept = keptFrom(found.data.kept)
  return kept.ok ? ok({ ...found.data, kept: kept.value }) : damaged(kept.faults[0]?.message ?? '')
}

function titleOf(format: number): string {
  return `demarc change journal ${format}`
}

function headerOf(format: number, body: string): string {
  return `${titleOf(format)} ${sha256(body)}`
}

function damaged(detail: string): Result<never> {
  return refused(fault('STATE_DAMAGED', JOURNAL_FILE, detail.slice(0, 300)))
}

/** The entry of the change that runs, in memory and in the journal. */
export interface OpenEntry {
  readonly current: () => JournalEntry
  /** Adds a phase in memory, unless it is the newest; the next write takes it to the disk. */
  readonly enter: (phase: ChangeProgress['phase']) => void
  /**
   * Updates the entry, adds its phase and writes it; null: written. What is in memory is updated even if
   * the write fails.
   */
  readonly write: (
    update: Pick<JournalEntry, 'phase'> & Partial<JournalEntry>,
  ) => Promise<Fault | null>
}

export function openEntry(
  first: JournalEntry,
  journal: Pick<ChangeJournal, 'write'>,
  { wall }: Pick<Clock, 'wall'>,
): OpenEntry {
  let entry = first

  function enter(phase: ChangeProgress['phase']): void {
    const { phases } = entry
    if (phases.at(-1)?.phase === phase) return
    const next = { phase, at: wall().toISOString() }
    entry = { ...entry, phases: [...phases, next].slice(-PHASES_LISTED) }
  }

  return {
    current: () => entry,
    enter,
    write(update) {
      entry = { ...entry, ...update }
      enter(update.phase)
      return attemptFault(() => journal.write(entry))
    },
  }
}
