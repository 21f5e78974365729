import { attempt, attemptFault } from '../../core/base/attempt.js'
import { FaultError, type Fault } from '../../core/base/fault.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'

interface Damage {
  readonly file: string
  readonly fault: Fault
  /** What the loss of the file means, for the log. */
  readonly message: string
}

/**
 * Renames a state file that cannot be used, and logs it. Where the directory takes no writes the file
 * keeps its name; the agent goes on without it all the same.
 */
export async function setAside(
  files: Pick<StateFiles, 'setAside'>,
  log: Pick<Log, 'error'>,
  damage: Damage,
): Promise<void> {
  const { file, fault, message } = damage
  let renamedTo = file
  const renameFault = await attemptFault(async () => {
    renamedTo = await files.setAside(file)
  })
  log.error({ event: 'state-set-aside', file, renamedTo, fault, renameFault }, message)
}

/** What a state file holds; undefined where there is none, or where it was damaged and is set aside. */
export async function readOrSetAside<T>(
  from: {
    readonly files: Pick<StateFiles, 'setAside'>
    readonly log: Pick<Log, 'error'>
  },
  damage: Omit<Damage, 'fault'>,
  read: () => Promise<T>,
): Promise<T | undefined> {
  const found = await attempt(read)
  if (found.ok) return found.value
  const [fault] = found.faults
  if (fault === undefined) return undefined
  if (fault.code !== 'STATE_DAMAGED') throw new FaultError(fault)
  await setAside(from.files, from.log, { ...damage, fault })
  return undefined
}
