import { attemptFault } from '../../core/base/attempt.js'
import { parseJson, type Json } from '../../core/base/json.js'
import { upgradeChangeRecord } from '../../core/wire/older/upgrade.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'

interface Rename {
  readonly from: string
  readonly to: string
}

/** Names of state files in demarc 0.1.0, and today's. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^standing\.json$/, 'agent-state.json'],
  [/^undone-(\d+-[0-9a-f]{12}\.json)$/, 'rolled-back-$1'],
  [/^former-(\d+-[0-9a-f]{12}\.json)$/, 'previous-$1'],
  [/^outbox\.(json|log)$/, 'report-queue.$1'],
]

/** The files among these names that have another name since 0.1.0. */
export function renamesAmong(names: readonly string[]): readonly Rename[] {
  return names.flatMap((from) =>
    NAMES.filter(([pattern]) => pattern.test(from)).map(([pattern, to]) => ({
      from,
      to: from.replace(pattern, to),
    })),
  )
}

/** Files whose contents have other names inside since 0.1.0. */
const CONTENTS: Readonly<Record<string, (stored: Json) => Json>> = {
  'agent-state.json': withSyncedBoot,
  'history.json': upgradeChangeRecord,
}

function withSyncedBoot(stored: Json): Json {
  if (stored === null || typeof stored !== 'object' || !('settledBoot' in stored)) return stored
  const { settledBoot, ...rest } = stored
  return { ...rest, syncedBoot: settledBoot }
}

/**
 * Gives the files that demarc 0.1.0 left their present names and contents. It runs before any of them is
 * opened. Every act is durable and whole, and a directory that is up to date stays as it is, so a crash
 * at any point is made good by the next start. A file that is damaged is left to its reader, which sets
 * it aside. A directory that takes no writes is logged; the agent then starts without what it cannot find.
 */
export async function upgradeStateFiles(files: StateFiles, log: Pick<Log, 'error'>): Promise<void> {
  const fault = await attemptFault(async () => {
    for (const { from, to } of renamesAmong(await files.list())) await files.rename(from, to)
    for (const [name, upgrade] of Object.entries(CONTENTS)) await rewrite(files, name, upgrade)
  })
  if (fault === null) return
  const message = 'state files of an older demarc cannot be upgraded; demarc starts without them'
  log.error({ event: 'state-upgrade-failed', fault }, message)
}

async function rewrite(
  files: StateFiles,
  name: string,
  upgrade: (stored: Json) => Json,
): Promise<void> {
  const text = await files.read(name).catch(() => undefined)
  const stored = text === undefined ? undefined : (parseJson(text) as Json | undefined)
  if (stored === undefined) return
  const upgraded = JSON.stringify(upgrade(stored))
  if (upgraded !== JSON.stringify(stored)) await files.write(name, upgraded)
}
