import * as z from 'zod'
import { fault, FaultError } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import type { HubRoute } from '../../core/change/hub-path.js'
import type { Unsettled } from '../../core/change/recovery.js'
import type { Expectation } from '../../core/change/witness.js'
import type { Have, Step } from '../../core/model/plan.js'
import type { AskedProbe } from '../../core/model/probe.js'
import { parseIntent } from '../../core/wire/intent-parse.js'
import { ChangeProgress, IntentRef } from '../../core/wire/messages.js'
import { FaultShape } from '../../core/wire/rpc.js'
import { sha256 } from '../../edge/host/facts/identity.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { KeptIntent } from '../state/kept-intent.js'

/**
 * All that is needed to end a change whatever happens to the process that began it: on disk before
 * the first write to the router, and rewritten at every turn of its state.
 */
export interface JournalEntry extends Omit<Unsettled, 'generation' | 'digest'> {
  readonly change: string
  readonly kept: KeptIntent
  /** The generation of the last good intent before it; null: there was none. */
  readonly lastGood: number | null
  /** false: somebody must confirm it. */
  readonly automatic: boolean
  /** Wall clock, ISO 8601; for people. */
  readonly startedAt: string
  /** Monotonic ms of that boot; null: not yet read back. */
  readonly appliedAt: number | null
  /** ms each witness has to come back. */
  readonly grace: number
  readonly expected: readonly Expectation[]
  /** Who spoke well before the change, and is asked again after an undo. */
  readonly healthyBefore: readonly string[]
  /** The way to the hub before the change, where the hub spoke well then. */
  readonly hubBefore: HubRoute | null
  readonly probes: readonly AskedProbe[]
  /** The phases told so far. */
  readonly phases: NonNullable<ChangeProgress['phases']>
  /** Why it is taken back. */
  readonly why: readonly z.output<typeof FaultShape>[]
  /** The plan. Each kernel step holds what it replaces; for FRR that is in `before`. */
  readonly steps: readonly Step[]
  /** The whole router before the first step. */
  readonly before: Have
  /** The passwords behind the digests in `before`, sealed. */
  readonly sealed: string
  /** Who holds it, so that somebody else can end a process that hangs. */
  readonly pid: number
}

/** The one unsettled change, if there is one. */
export interface ChangeJournal {
  /** A fault: the file is not what demarc wrote. */
  readonly read: () => Promise<Result<JournalEntry | null>>
  readonly write: (entry: JournalEntry) => Promise<void>
  readonly clear: () => Promise<void>
  /** Moves a file that cannot be used aside, and names where to. */
  readonly setAside: () => Promise<string>
}

export const JOURNAL_FILE = 'change.json'
const FORMAT = 'demarc change journal 2'

/** The digest stands for what is inside, so only its outline is checked again. */
const EntryShape = z.strictObject({
  change: z.string(),
  kept: z.strictObject({ ref: IntentRef, intent: z.unknown() }),
  lastGood: z.int().nullable(),
  automatic: z.boolean(),
  startedAt: z.string(),
  appliedAt: z.number().nullable(),
  grace: z.number(),
  expected: z.array(
    z.strictObject({ subject: z.string(), fresh: z.boolean(), optional: z.boolean() }),
  ),
  healthyBefore: z.array(z.string()),
  hubBefore: z
    .strictObject({ address: z.string(), link: z.string(), protocol: z.int() })
    .nullable(),
  probes: z.array(z.custom<AskedProbe>()),
  phases: ChangeProgress.shape.phases.unwrap(),
  why: z.array(FaultShape),
  steps: z.array(z.custom<Step>()),
  before: z.custom<Have>(),
  sealed: z.string(),
  pid: z.int(),
  phase: z.enum(['applying', 'provisional', 'rolling-back', 'stuck']),
  bootId: z.string(),
  until: z.number(),
})

export function openChangeJournal(files: StateFiles): ChangeJournal {
  return {
    read: () => readJournal(() => files.read(JOURNAL_FILE)),
    async write(entry) {
      const body = JSON.stringify(entry)
      await files.write(JOURNAL_FILE, `${FORMAT} ${sha256(body)}\n${body}`)
    },
    clear: () => files.remove(JOURNAL_FILE),
    setAside: () => files.setAside(JOURNAL_FILE),
  }
}

/** A file that cannot even be read as text is as damaged as one that says something else. */
export async function readJournal(
  read: () => Promise<string | undefined>,
): Promise<Result<JournalEntry | null>> {
  try {
    const text = await read()
    return text === undefined ? ok(null) : readEntry(text)
  } catch (error) {
    if (error instanceof FaultError) return refused(error.fault)
    throw error
  }
}

function readEntry(text: string): Result<JournalEntry> {
  const [header = '', body = ''] = text.split('\n', 2)
  if (!header.startsWith(`${FORMAT} `)) return damaged('it is of a version this demarc cannot read')
  if (header !== `${FORMAT} ${sha256(body)}`) return damaged('it is cut off or was changed')
  const found = EntryShape.safeParse(JSON.parse(body))
  if (!found.success) return damaged(z.prettifyError(found.error))
  const intent = parseIntent(found.data.kept.intent)
  if (!intent.ok) return damaged(intent.faults[0]?.message ?? '')
  return ok({ ...found.data, kept: { ref: found.data.kept.ref, intent: intent.value } })
}

function damaged(detail: string): Result<never> {
  return refused(fault('STATE_DAMAGED', JOURNAL_FILE, detail.slice(0, 300)))
}
