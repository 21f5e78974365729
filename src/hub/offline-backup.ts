import { resolve, join } from 'node:path'
import type { HubSettings } from '../core/config/settings.js'
import { openLog } from '../edge/host/log.js'
import { backUp, COPY_FILES, type BackupResult } from './store/backup.js'
import { openStore } from './store/open-store.js'

/** Copies the data directory of a hub that does not run to `to`. Rejects with a FaultError. */
export async function backUpOffline(settings: HubSettings, to: string): Promise<BackupResult> {
  const { dir } = settings.data
  const log = openLog({ level: 'error' })
  const { store } = await openStore(join(dir, 'store'), {
    log,
    acceptDamage: false,
    filesMax: COPY_FILES,
  })
  try {
    return await backUp(store, dir, resolve(to), new Date().toISOString())
  } finally {
    await store.close()
  }
}
