import * as z from 'zod'
import type { Fault } from '../../core/base/fault.js'
import { ChangeProgress, type IntentRef } from '../../core/wire/messages.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import { openIntentArchive, type IntentArchive } from './intent-archive.js'
import { readShape, type KeptIntent } from './kept-intent.js'
import { openLastGood, type WhenDamaged } from './last-good.js'
import { readOrSetAside } from './set-aside.js'
import { upgradeStateFiles } from './upgrade.js'

/** What the agent keeps over a restart and a reboot. Each file is replaced whole and durably. */
export interface StateStore {
  /** The last intent that was confirmed; null: there is none. */
  readonly lastGood: () => KeptIntent | null
  /** Why the last good intent cannot be read; null: it could be read, or there is none. */
  readonly damage: () => Fault | null
  /** Makes this the last good intent, and archives the one it replaces. */
  readonly keep: (kept: KeptIntent) => Promise<void>
  /**
   * For an intent that is rolled back. Where it was stored as the last good one all the same, the intent
   * of generation `before` becomes the last good one again; null: there was none.
   */
  readonly restoreLastGood: (ref: IntentRef, before: number | null) => Promise<void>
  /** The intents that were in force before the last good one. */
  readonly previous: Pick<IntentArchive, 'generations' | 'read'>
  /** Removes the last good intent, and those that were in force before it. */
  readonly forget: () => Promise<void>
  /** The highest generation that was rolled back; 0 for none. */
  readonly rolledBack: () => number
  readonly recordRolledBack: (generation: number) => Promise<void>
  /** The boot id under which the router was last seen in sync with its intent; null: never. */
  readonly syncedBoot: () => string | null
  readonly recordSynced: (bootId: string) => Promise<void>
  /** Forgets that boot. Where the disk takes no writes this holds for the life of the process. */
  readonly clearSynced: () => Promise<void>
  /** Archives an intent that was rolled back, for people to look at. */
  readonly archiveRolledBack: (kept: KeptIntent) => Promise<void>
  /** How changes ended; newest last, at most {@link HISTORY_KEPT}. */
  readonly history: () => readonly ChangeProgress[]
  /** Adds to the history. It replaces the newest record where that is the same phase of the same change. */
  readonly record: (progress: ChangeProgress) => Promise<void>
}

/** Changes that `demarc history` can show. */
export const HISTORY_KEPT = 200

const AGENT_STATE = 'agent-state.json'
const HISTORY = 'history.json'

const AgentState = z.strictObject({
  rolledBack: z.int().min(0),
  syncedBoot: z.string().nullable().default(null),
})
const History = z.array(ChangeProgress)

const DAMAGED = 'a state file is damaged; demarc goes on without what it held'

interface Disk {
  readonly files: StateFiles
  readonly log: Pick<Log, 'error'>
}

/**
 * Upgrades the files of an older demarc and reads all of them once. A last good intent that is damaged
 * is refused by name, never taken for none; only a rollback within the same boot, which does not need it,
 * asks for `spared`. Any other damaged file is set aside and logged.
 */
export async function openStateStore(
  files: StateFiles,
  log: Pick<Log, 'error'>,
  whenDamaged: WhenDamaged = 'refused',
): Promise<StateStore> {
  await upgradeStateFiles(files, log)
  const disk = { files, log }
  const rolledBack = openIntentArchive(files, 'rolled-back')
  const previous = openIntentArchive(files, 'previous')
  const lastGood = await openLastGood(disk, previous, whenDamaged)
  const state = await openAgentState(disk, rolledBack)
  const history = await openHistory(disk)
  return {
    lastGood: lastGood.current,
    damage: lastGood.damage,
    keep: lastGood.keep,
    restoreLastGood: lastGood.restore,
    forget: lastGood.forget,
    previous,
    archiveRolledBack: rolledBack.add,
    ...state,
    ...history,
  }
}

type StateRecords = Pick<
  StateStore,
  'rolledBack' | 'recordRolledBack' | 'syncedBoot' | 'recordSynced' | 'clearSynced'
>

/** Where the file is lost, the names of the archived intents still show what was rolled back. */
async function openAgentState(disk: Disk, archive: IntentArchive): Promise<StateRecords> {
  const { files } = disk
  let state = (await readOrSetAside(disk, { file: AGENT_STATE, message: DAMAGED }, () =>
    readShape(files, AGENT_STATE, AgentState),
  )) ?? { rolledBack: Math.max(0, ...(await archive.generations())), syncedBoot: null }

  async function write(next: typeof state): Promise<void> {
    await files.write(AGENT_STATE, JSON.stringify(next))
    state = next
  }

  return {
    rolledBack: () => state.rolledBack,
    recordRolledBack: (generation) =>
      write({ ...state, rolledBack: Math.max(generation, state.rolledBack) }),
    syncedBoot: () => state.syncedBoot,
    recordSynced: (syncedBoot) => write({ ...state, syncedBoot }),
    clearSynced() {
      state = { ...state, syncedBoot: null }
      return write(state)
    },
  }
}

async function openHistory(disk: Disk): Promise<Pick<StateStore, 'history' | 'record'>> {
  const { files } = disk
  let history =
    (await readOrSetAside(disk, { file: HISTORY, message: DAMAGED }, () =>
      readShape(files, HISTORY, History),
    )) ?? []
  return {
    history: () => history,
    async record(progress) {
      const before = isSamePhase(history.at(-1), progress) ? history.slice(0, -1) : history
      history = [...before, progress].slice(-HISTORY_KEPT)
      await files.write(HISTORY, JSON.stringify(history))
    },
  }
}

function isSamePhase(newest: ChangeProgress | undefined, next: ChangeProgress): boolean {
  return (
    newest?.change === next.change &&
    newest.generation === next.generation &&
    newest.phase === next.phase
  )
}
