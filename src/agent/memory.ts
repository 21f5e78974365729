import { z } from 'zod'
import { fault, FaultError, type Fault } from '../core/base/fault.js'
import type { Intent } from '../core/wire/intent.js'
import { parseIntent } from '../core/wire/intent-parse.js'
import { ChangeProgress, IntentRef } from '../core/wire/messages.js'
import type { Log } from '../edge/host/log.js'
import type { StateFiles } from '../edge/host/state-files.js'
import { setAside } from './set-aside.js'

/** What the agent keeps over a restart and a reboot. Each file is replaced whole and durably. */
export interface Memory {
  readonly lastGood: () => KeptIntent | null
  readonly keep: (kept: KeptIntent) => Promise<void>
  /** From then on there is no last good intent. */
  readonly forget: () => Promise<void>
  /** The newest generation that was undone; 0 for none. */
  readonly rolledBack: () => number
  readonly rememberRolledBack: (generation: number) => Promise<void>
  /** The boot in which the router was last seen as intended; null: never. */
  readonly settledBoot: () => string | null
  readonly rememberSettled: (bootId: string) => Promise<void>
  /** Keeps an intent that was undone beside the others, for people; never over another one. */
  readonly setAside: (kept: KeptIntent) => Promise<void>
  /** Newest last, at most {@link HISTORY_KEPT}. */
  readonly history: () => readonly ChangeProgress[]
  readonly record: (progress: ChangeProgress) => Promise<void>
}

export interface KeptIntent {
  readonly ref: IntentRef
  readonly intent: Intent
}

/** Changes that `demarc history` can show. */
export const HISTORY_KEPT = 200

/** Undone intents that are kept, the newest of them. */
const UNDONE_KEPT = 20
const UNDONE = /^undone-(\d+)-[0-9a-f]{12}\.json$/

const DAMAGE_SAYS = 'a state file is damaged; what it said is not needed to go on'

const LAST_GOOD = 'last-good.json'
const STANDING = 'standing.json'
const HISTORY = 'history.json'

const LastGoodFile = z.strictObject({ ref: IntentRef, intent: z.unknown() })
const StandingFile = z.strictObject({
  rolledBack: z.int().min(0),
  settledBoot: z.string().nullable().default(null),
})
const HistoryFile = z.array(ChangeProgress)

/**
 * Reads everything once. A last good intent that is damaged is a fault that names it, never a silent
 * fresh start. What else is damaged is set aside and said: the history is for people, and the
 * generations that were undone stand in the names of the intents that were set aside.
 */
export async function openMemory(files: StateFiles, log: Pick<Log, 'error'>): Promise<Memory> {
  let lastGood = await readLastGood(files)
  let standing = await readOrSetAside(STANDING, StandingFile, async () => ({
    rolledBack: Math.max(0, ...(await files.list()).map(generationOf)),
    settledBoot: null,
  }))
  let history = await readOrSetAside(HISTORY, HistoryFile, async () => [])

  async function readOrSetAside<S extends z.ZodType>(
    file: string,
    shape: S,
    instead: () => Promise<z.output<S>>,
  ): Promise<z.output<S>> {
    try {
      return (await readFile(files, file, shape)) ?? (await instead())
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      await setAside(files, log, { file, fault: error.fault, says: DAMAGE_SAYS })
      return instead()
    }
  }

  async function stand(next: typeof standing): Promise<void> {
    await files.write(STANDING, JSON.stringify(next))
    standing = next
  }

  return {
    lastGood: () => lastGood,
    async keep(kept) {
      await files.write(LAST_GOOD, JSON.stringify(kept))
      lastGood = kept
    },
    async forget() {
      await files.remove(LAST_GOOD)
      lastGood = null
    },
    rolledBack: () => standing.rolledBack,
    async rememberRolledBack(generation) {
      await stand({ ...standing, rolledBack: Math.max(generation, standing.rolledBack) })
    },
    settledBoot: () => standing.settledBoot,
    rememberSettled: (settledBoot) => stand({ ...standing, settledBoot }),
    async setAside(kept) {
      const { generation, digest } = kept.ref
      await files.write(`undone-${generation}-${digest.slice(0, 12)}.json`, JSON.stringify(kept))
      const undone = (await files.list()).filter((name) => UNDONE.test(name))
      undone.sort((a, b) => generationOf(b) - generationOf(a))
      for (const name of undone.slice(UNDONE_KEPT)) await files.remove(name)
    },
    history: () => history,
    async record(progress) {
      history = [...history, progress].slice(-HISTORY_KEPT)
      await files.write(HISTORY, JSON.stringify(history))
    },
  }
}

function generationOf(name: string): number {
  return Number(UNDONE.exec(name)?.[1] ?? 0)
}

async function readLastGood(files: StateFiles): Promise<KeptIntent | null> {
  const stored = await readFile(files, LAST_GOOD, LastGoodFile)
  if (stored === undefined) return null
  const intent = parseIntent(stored.intent)
  if (!intent.ok) throw new FaultError(damaged(LAST_GOOD, intent.faults[0]?.message ?? ''))
  return { ref: stored.ref, intent: intent.value }
}

async function readFile<S extends z.ZodType>(
  files: StateFiles,
  name: string,
  shape: S,
): Promise<z.output<S> | undefined> {
  const text = await files.read(name)
  if (text === undefined) return undefined
  try {
    return shape.parse(JSON.parse(text))
  } catch (error) {
    throw new FaultError(damaged(name, error instanceof Error ? error.message : ''), error)
  }
}

function damaged(name: string, detail: string): Fault {
  const remedy = 'move it aside; demarc then starts without it'
  return fault('STATE_DAMAGED', name, `not what demarc wrote (${detail.slice(0, 200)}); ${remedy}`)
}
