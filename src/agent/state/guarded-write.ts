import { attemptFault } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'

/**
 * Keeps a state file that cannot be used under another name, and says so. Where the directory takes no
 * writes the file stays as it is: the agent goes on without it all the same.
 */
export async function setAside(
  files: Pick<StateFiles, 'setAside'>,
  log: Pick<Log, 'error'>,
  damage: { readonly file: string; readonly fault: Fault; readonly says: string },
): Promise<void> {
  const { file, fault, says } = damage
  let now = file
  const unwritten = await attemptFault(async () => {
    now = await files.setAside(file)
  })
  log.error({ event: 'state-set-aside', file, now, fault, unwritten }, says)
}
