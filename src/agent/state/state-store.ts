import * as z from 'zod'
import { FaultError, type Fault } from '../../core/base/fault.js'
import { ChangeProgress, type IntentRef } from '../../core/wire/messages.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import { readKept, readShape, type KeptIntent } from './kept-intent.js'
import { setAside } from './guarded-write.js'
import { openIntentArchive, type IntentArchive } from './intent-archive.js'

/** What the agent keeps over a restart and a reboot. Each file is replaced whole and durably. */
export interface StateStore {
  readonly lastGood: () => KeptIntent | null
  /** Why nobody can say what the last good intent is; null: it can be said. */
  readonly damage: () => Fault | null
  /** Puts what was in force so far among the former ones. */
  readonly keep: (kept: KeptIntent) => Promise<void>
  /**
   * The intent was undone: where it was stored all the same, the generation `before` is the last good
   * one again; null: none is.
   */
  readonly restoreLastGood: (ref: IntentRef, before: number | null) => Promise<void>
  /** The intents that were in force before. */
  readonly previous: Pick<IntentArchive, 'generations' | 'read'>
  /** From then on there is no last good intent. */
  readonly forget: () => Promise<void>
  /** The newest generation that was undone; 0 for none. */
  readonly rolledBack: () => number
  readonly recordRolledBack: (generation: number) => Promise<void>
  /** The boot in which the router was last seen as intended; null: never. */
  readonly syncedBoot: () => string | null
  readonly recordSynced: (bootId: string) => Promise<void>
  /** From then on it was never; on a disk that takes nothing at least as long as this process lives. */
  readonly clearSynced: () => Promise<void>
  /** Keeps an intent that was undone beside the others, for people; never over another one. */
  readonly archiveRolledBack: (kept: KeptIntent) => Promise<void>
  /** Newest last, at most {@link HISTORY_KEPT}. */
  readonly history: () => readonly ChangeProgress[]
  /** In the place of the newest, where that is the same phase of the same change. */
  readonly record: (progress: ChangeProgress) => Promise<void>
}

/** Changes that `demarc history` can show. */
export const HISTORY_KEPT = 200

const DAMAGE_SAYS = 'a state file is damaged; what it said is not needed to go on'

const LAST_GOOD = 'last-good.json'
const STANDING = 'standing.json'
const HISTORY = 'history.json'

const StandingFile = z.strictObject({
  rolledBack: z.int().min(0),
  settledBoot: z.string().nullable().default(null),
})
const HistoryFile = z.array(ChangeProgress)

/**
 * Reads everything once. A last good intent that is damaged is a fault that names it, never a silent
 * fresh start; only who can do without it, as an undo in the same boot, says `spared`. What else is damaged is set aside and said: the history is for people, and the
 * generations that were undone stand in the names of the intents that were set aside.
 */
export async function openStateStore(
  files: StateFiles,
  log: Pick<Log, 'error'>,
  damaged: 'refused' | 'spared' = 'refused',
): Promise<StateStore> {
  const undone = openIntentArchive(files, 'undone')
  const former = openIntentArchive(files, 'former')
  let damage: Fault | null = null
  let lastGood = await readLastGood()
  let standing = await readOrSetAside(STANDING, StandingFile, async () => ({
    rolledBack: Math.max(0, ...(await undone.generations())),
    settledBoot: null,
  }))
  let history = await readOrSetAside(HISTORY, HistoryFile, async () => [])

  async function readLastGood(): Promise<KeptIntent | null> {
    try {
      return (await readKept(files, LAST_GOOD)) ?? null
    } catch (error) {
      if (damaged === 'refused' || !(error instanceof FaultError)) throw error
      damage = error.fault
      return null
    }
  }

  async function isStored({ generation, digest }: IntentRef): Promise<boolean> {
    const stored = await readKept(files, LAST_GOOD).catch(unreadable)
    return stored?.ref.generation === generation && stored.ref.digest === digest
  }

  /** Without it there is none: the router stays as it is, and a start says so. */
  async function takeFormer(generation: number): Promise<KeptIntent | null> {
    const kept = await former.read(generation).catch(unreadable)
    const says = 'the intent that was in force before cannot be read; push it again'
    if (kept === undefined) log.error({ event: 'former-missing', generation }, says)
    return kept ?? null
  }

  async function readOrSetAside<S extends z.ZodType>(
    file: string,
    shape: S,
    instead: () => Promise<z.output<S>>,
  ): Promise<z.output<S>> {
    try {
      return (await readShape(files, file, shape)) ?? (await instead())
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
    damage: () => damage,
    previous: former,
    async keep(kept) {
      if (lastGood !== null && lastGood.ref.generation !== kept.ref.generation) {
        await former.add(lastGood)
      }
      await files.write(LAST_GOOD, JSON.stringify(kept))
      lastGood = kept
    },
    async restoreLastGood(ref, before) {
      if (!(await isStored(ref))) return
      if (before === null) lastGood = null
      else if (lastGood?.ref.generation !== before) lastGood = await takeFormer(before)
      // Remembered first: a disk that takes nothing keeps nobody from the way back.
      await (lastGood === null
        ? files.remove(LAST_GOOD)
        : files.write(LAST_GOOD, JSON.stringify(lastGood)))
    },
    async forget() {
      await files.remove(LAST_GOOD)
      lastGood = null
    },
    rolledBack: () => standing.rolledBack,
    async recordRolledBack(generation) {
      await stand({ ...standing, rolledBack: Math.max(generation, standing.rolledBack) })
    },
    syncedBoot: () => standing.settledBoot,
    recordSynced: (settledBoot) => stand({ ...standing, settledBoot }),
    clearSynced() {
      standing = { ...standing, settledBoot: null }
      return stand(standing)
    },
    archiveRolledBack: undone.add,
    history: () => history,
    async record(progress) {
      const before = isSame(history.at(-1), progress) ? history.slice(0, -1) : history
      history = [...before, progress].slice(-HISTORY_KEPT)
      await files.write(HISTORY, JSON.stringify(history))
    },
  }
}

function isSame(newest: ChangeProgress | undefined, next: ChangeProgress): boolean {
  return (
    newest?.change === next.change &&
    newest.generation === next.generation &&
    newest.phase === next.phase
  )
}

function unreadable(error: unknown): undefined {
  if (!(error instanceof FaultError)) throw error
}
