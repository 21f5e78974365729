import { attempt } from '../../core/base/attempt.js'
import { FaultError, type Fault } from '../../core/base/fault.js'
import type { IntentRef } from '../../core/wire/messages.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import type { IntentArchive } from './intent-archive.js'
import { readKept, type KeptIntent } from './kept-intent.js'

/** The last intent that was confirmed, as `last-good.json` holds it. */
export interface LastGoodIntent {
  readonly current: () => KeptIntent | null
  readonly damage: () => Fault | null
  readonly keep: (kept: KeptIntent) => Promise<void>
  readonly restore: (ref: IntentRef, before: number | null) => Promise<void>
  readonly forget: () => Promise<void>
}

const FILE = 'last-good.json'

/** What becomes of a damaged file: the start fails, or the program goes on without a last good intent. */
export type WhenDamaged = 'refused' | 'spared'

/** Reads the file. Rejects with `STATE_DAMAGED` where it is damaged and `whenDamaged` is `refused`. */
export async function openLastGood(
  store: { readonly files: StateFiles; readonly log: Pick<Log, 'error'> },
  previous: IntentArchive,
  whenDamaged: WhenDamaged,
): Promise<LastGoodIntent> {
  const { files, log } = store
  const stored = await attempt(() => readKept(files, FILE))
  const damage = stored.ok ? null : (stored.faults[0] ?? null)
  if (damage !== null && whenDamaged === 'refused') throw new FaultError(damage)
  let current = stored.ok ? (stored.value ?? null) : null

  async function isStored({ generation, digest }: IntentRef): Promise<boolean> {
    const onDisk = await attempt(() => readKept(files, FILE))
    const ref = onDisk.ok ? onDisk.value?.ref : undefined
    return ref?.generation === generation && ref.digest === digest
  }

  /** Without it there is no last good intent: the router stays as it is, and a start reports that. */
  async function readPrevious(generation: number): Promise<KeptIntent | null> {
    const kept = await attempt(() => previous.read(generation))
    if (kept.ok && kept.value !== undefined) return kept.value
    const message = 'the intent that was in force before cannot be read; push it again'
    log.error({ event: 'previous-intent-missing', generation }, message)
    return null
  }

  return {
    current: () => current,
    damage: () => damage,
    async keep(kept) {
      if (current !== null && current.ref.generation !== kept.ref.generation) {
        await previous.add(current)
      }
      await files.write(FILE, JSON.stringify(kept))
      current = kept
    },
    async restore(ref, before) {
      if (!(await isStored(ref))) return
      // Memory before the disk: a failed write must not block the rollback.
      if (before === null) current = null
      else if (current?.ref.generation !== before) current = await readPrevious(before)
      await (current === null ? files.remove(FILE) : files.write(FILE, JSON.stringify(current)))
    },
    async forget() {
      // A router that was released may begin again with any generation, so older ones of that number must not be there.
      await previous.clear()
      await files.remove(FILE)
      current = null
    },
  }
}
