import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { recover } from '../../core/change/recovery.js'
import { resumeChange, type ChangeHandle, type ChangeRunOptions } from './run.js'
import type { JournalEntry } from './journal.js'

/**
 * Goes on with the change that an earlier process of this router left; null: there is none. A
 * journal that cannot be read is set aside under a name of its own and said, and the router is held
 * to the last good intent, which is where an undo would lead as well: what is half done is nobody's
 * drift, and repaired whatever the policy. A disk that takes nothing keeps
 * nobody from the way back.
 */
export async function recoverChange(
  options: ChangeRunOptions,
  openSecrets: (sealed: string) => readonly Fault[],
): Promise<ChangeHandle | null> {
  const { journal, memory, clock, bootId } = options
  const found = await journal.read()
  if (!found.ok) {
    let aside = 'what it is'
    await attemptFault(async () => {
      // In this order: after a crash in between it is found and forgotten once more.
      await memory.clearSynced()
      aside = await journal.setAside()
    })
    const text = `${found.faults[0]?.message ?? ''}; it is kept as ${aside}, and the last good intent holds`
    options.onSyncState({ state: 'drifted', faults: [fault('STATE_DAMAGED', 'change.json', text)] })
    return null
  }
  if (found.value === null) return null
  const entry: JournalEntry = { ...found.value, pid: process.pid }
  const recovery = recover(
    { ...entry, ...entry.kept.ref },
    { lastGood: memory.lastGood()?.ref ?? null, bootId, now: clock.now() },
  )
  openSecrets(entry.sealed)
  if (recovery.do !== 'finish') await attemptFault(() => journal.write(entry))
  return resumeChange(entry, recovery, options)
}
