import { ClassicLevel } from 'classic-level'
import { fault, FaultError } from '../../core/base/fault.js'
import type { Log } from '../../edge/host/log.js'
import { openCheckpoint, readCheckpoint } from './disk/checkpoint.js'
import { mendStore } from './mend.js'
import { damageOf, surveyStore, type Survey } from './disk/survey.js'
import type { Tally } from './disk/tally.js'
import { hasFormat, writeFormat } from './disk/format.js'
import { openLevel } from './disk/level.js'
import { dataFiles, linkOriginals, removeLeftovers, type Originals } from './disk/originals.js'
import { createStore, type Store } from './store.js'

export interface OpenStoreOptions {
  readonly log: Log
  /** Start with what is left of a damaged store. What was there before is set aside. */
  readonly acceptDamage: boolean
  /** How many of LevelDB's files may be open at a time. */
  readonly filesMax: number
}

export interface OpenedStore {
  readonly store: Store
  /** Some intent has sealed passwords. */
  readonly hasSealed: boolean
}

/**
 * Opens the store in this directory and checks that it has everything that was ever acknowledged; LevelDB's
 * lock keeps a second hub out. Rejects with STATE_DAMAGED where something is missing or altered and that was
 * not accepted, and with STATE_NEWER where a newer hub wrote the store; then every file is left as it was.
 */
export async function openStore(dir: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const isNumbered = await hasFormat(dir)
  const checkpointPath = `${dir}.checkpoint`
  const checkpoint = await readCheckpoint(checkpointPath)
  const originals = await linkOriginals(dir)
  const opened = await openChecked(dir, checkpoint, originals, options)
  await removeLeftovers(dir)
  if (!isNumbered) await writeFormat(dir)
  const parts = { ...opened, dir, checkpoint: await openCheckpoint(checkpointPath) }
  const store = createStore(parts)
  // The store of a hub before 0.2 gets its first tally.
  await store.write([])
  return { store, hasSealed: opened.hasSealed }
}

interface Checked {
  readonly level: ClassicLevel
  readonly tally: Tally
  readonly hasSealed: boolean
}

async function openChecked(
  dir: string,
  checkpoint: Tally | undefined,
  originals: Originals | undefined,
  options: OpenStoreOptions,
): Promise<Checked> {
  const { damage, level, survey } = await inspect(dir, checkpoint, options.filesMax)
  if (level !== undefined && survey !== undefined && damage.length === 0) {
    return { level, tally: tallyOf(survey, checkpoint), hasSealed: survey.hasSealed }
  }
  await level?.close()
  if (!options.acceptDamage) {
    await originals?.restore()
    throw damaged(dir, damage)
  }
  return acceptDamage(dir, checkpoint, originals, { ...options, damage })
}

interface Inspection {
  /** One sentence for each thing that is wrong. */
  readonly damage: readonly string[]
  readonly level?: ClassicLevel
  readonly survey?: Survey
}

/** Opens and reads all of it. Rejects where the store may be whole but cannot be opened now. */
async function inspect(
  dir: string,
  checkpoint: Tally | undefined,
  filesMax: number,
): Promise<Inspection> {
  const files = await dataFiles(dir)
  if (files.length > 0 && !files.includes('CURRENT')) {
    const damage =
      'the file CURRENT is missing beside data files; LevelDB would start an empty store'
    return { damage: [damage] }
  }
  const level = await openLevel(dir, filesMax)
  if (!level.ok) {
    const [what = fault('STATE_DAMAGED', dir)] = level.faults
    if (what.code !== 'STATE_DAMAGED') throw new FaultError(what)
    return { damage: [what.message] }
  }
  const survey = await surveyStore(level.value)
  return { damage: damageOf(survey, checkpoint), level: level.value, survey }
}

/** Numbers of batches never go back, so that the checkpoint of a lost batch cannot be taken for a newer one. */
function tallyOf({ found, kept }: Survey, checkpoint: Tally | undefined): Tally {
  return { ...found, batch: Math.max(kept?.batch ?? 0, checkpoint?.batch ?? 0) }
}

async function acceptDamage(
  dir: string,
  checkpoint: Tally | undefined,
  originals: Originals | undefined,
  { damage, log, filesMax }: OpenStoreOptions & { readonly damage: readonly string[] },
): Promise<Checked> {
  const kept = await originals?.keep(`store.damaged-${new Date().toISOString()}`)
  if (damage.length > 0 && (await dataFiles(dir)).length > 0) await ClassicLevel.repair(dir)
  const level = await openLevel(dir, filesMax)
  if (!level.ok) throw new FaultError(level.faults[0] ?? fault('STATE_DAMAGED', dir))
  const survey = await surveyStore(level.value)
  if (survey.stoppedBy !== null) {
    await level.value.close()
    throw damaged(dir, [`it cannot be repaired: ${survey.stoppedBy}`])
  }
  await mendStore(level.value, survey.unreadable)
  log.error(
    { event: 'store-damage-accepted', damage, setAside: kept ?? null },
    'the store was damaged; the hub goes on without what is missing, because --accept-damage was given',
  )
  const mended = await surveyStore(level.value)
  return {
    level: level.value,
    tally: tallyOf(mended, checkpoint),
    hasSealed: mended.hasSealed,
  }
}

function damaged(dir: string, damage: readonly string[]): FaultError {
  const remedy =
    'the hub does not start without what it had acknowledged: restore a backup (docs/hub.md), or start once with --accept-damage, which sets the damaged files aside and goes on with what is left'
  return new FaultError(
    fault('STATE_DAMAGED', dir, `the store is damaged: ${damage.join('; ')}. ${remedy}`),
  )
}
