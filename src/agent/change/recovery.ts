import { attemptFault } from '../../core/base/attempt.js'
import { fault } from '../../core/base/fault.js'
import { recover, type Recovery } from '../../core/change/recovery.js'
import type { BootClock, ChangeObserver, ChangeRecords, ChangeSecrets } from './ports.js'
import { JOURNAL_FILE, type JournalEntry } from './journal.js'
import { RunningChange, type ChangeParts } from './run.js'

/**
 * Resumes the change that an earlier process left; null: there is none. An unreadable journal is renamed
 * and reported, and the router is held to the last good intent, where a rollback would lead as well. The
 * half-applied change is then repaired whatever the drift policy. Failed writes to the state directory do
 * not stop this.
 */
export async function recoverChange(
  parts: ChangeParts,
  clock: BootClock,
  { unseal }: Pick<ChangeSecrets, 'unseal'>,
): Promise<RunningChange | null> {
  const { journal, store } = parts.records
  const found = await journal.read()
  if (!found.ok) {
    await setJournalAside(found.faults[0]?.message ?? '', parts.records, parts.observer)
    return null
  }
  if (found.value === null) return null
  const entry: JournalEntry = { ...found.value, pid: process.pid }
  const recovery = recover(
    { ...entry, ...entry.kept.ref },
    { lastGood: store.lastGood()?.ref ?? null, bootId: clock.bootId, now: clock.now() },
  )
  unseal(entry.sealed)
  if (recovery.action !== 'finish') await attemptFault(() => journal.write(entry))
  return resume(entry, recovery, parts)
}

/** Resolves when everything that can be done at once is done. */
async function resume(
  entry: JournalEntry,
  recovery: Recovery,
  parts: ChangeParts,
): Promise<RunningChange> {
  const finishes = recovery.action === 'finish'
  const change = new RunningChange(entry, parts, finishes ? 'keeping' : 'applying')
  if (recovery.action === 'roll-back') {
    const faults = [...entry.reasons, ...recovery.reasons]
    await change.handle({ type: 'apply-failed', faults })
  } else if (recovery.action === 'resume') {
    await change.handle({ type: 'applied' })
  } else {
    await change.finish()
  }
  return change
}

async function setJournalAside(
  damage: string,
  { journal, store }: ChangeRecords,
  observer: ChangeObserver,
): Promise<void> {
  let name: string = JOURNAL_FILE
  await attemptFault(async () => {
    // In this order: after a crash in between, the next start finds the damaged journal again.
    await store.clearSynced()
    name = await journal.setAside()
  })
  const text = `${damage}; it is kept as ${name}, and the router is held to the last good intent`
  observer.onSyncState({ state: 'drifted', faults: [fault('STATE_DAMAGED', JOURNAL_FILE, text)] })
}
