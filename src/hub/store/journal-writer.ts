import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { KEYS, keyNumber } from './keys.js'
import type { JournalRecord } from './records.js'
import type { Retention } from './retention.js'
import type { Store, Write } from './store.js'

/** A record that has no number yet. */
export type RecordDraft = Omit<JournalRecord, 'number'>

/** What is written together. */
export interface JournalWrite {
  readonly writes: readonly Write[]
  readonly records: readonly RecordDraft[]
}

export interface JournalState {
  /** Number of the newest record. */
  readonly last: number
  /** The newest number that retention has removed. */
  readonly trimmed: number
}

export interface JournalWriter {
  readonly commit: (entry: JournalWrite) => Promise<void>
  readonly state: () => JournalState
  /** The writes that remove the records with these index keys. */
  readonly removals: (indexKeys: readonly string[]) => Write[]
  /** Skips so many numbers. A damaged store may have given them to records that it has lost. */
  readonly skip: (count: number) => Promise<void>
}

interface Waiting extends JournalWrite {
  readonly resolve: () => void
  readonly reject: (error: FaultError) => void
}

/** The store that the writer writes to, and the number at which it goes on. */
export interface JournalBase {
  readonly store: Store
  readonly retention: Retention
  readonly state: JournalState
}

/** What the writer reports. */
export interface JournalEvents {
  /** Called with each record once it is durable, in order. */
  readonly onRecord: (record: JournalRecord) => void
  /** Called once when a write has failed; every commit rejects from then on. */
  readonly onFailure: (error: FaultError) => void
  /** Called with the reason when the disk has no room for another write, and with null when it has room again. */
  readonly onTrouble: (trouble: Fault | null) => void
}

/** Entries that come while a write is under way share the next one, so that they share its sync. */
export function createJournalWriter(
  base: JournalBase,
  { onRecord, onFailure, onTrouble }: JournalEvents,
): JournalWriter {
  let { state } = base
  const findTrouble = createTroubleWatch(base.store, onTrouble)
  const queue: Waiting[] = []
  /** Entries of a batch that could not be written as one; they come first, one by one. */
  const apart: Waiting[] = []
  let isWriting = false
  let broken: FaultError | undefined

  async function writeQueue(): Promise<void> {
    if (isWriting) return
    isWriting = true
    while (queue.length + apart.length > 0) {
      const batch = apart.length > 0 ? apart.splice(0, 1) : queue.splice(0)
      // Asked first: a write that fails because the disk is full leaves LevelDB in an unknown state.
      const trouble = await findTrouble()
      if (trouble !== null) {
        rejectAll(batch, new FaultError(trouble))
        continue
      }
      try {
        const written = await writeBatch(base, state, batch)
        state = written.state
        for (const { resolve } of batch) resolve()
        for (const record of written.records) onRecord(record)
      } catch (error) {
        settleFailed(batch, error)
      }
    }
    isWriting = false
  }

  /** An entry that cannot be encoded fails alone; after any other error nothing is written any more. */
  function settleFailed(batch: readonly Waiting[], error: unknown): void {
    if (!isUnencodable(error)) breakOff(batch, error)
    else if (batch.length > 1) apart.push(...batch)
    else rejectAll(batch, new FaultError(fault('PEER_LIMIT', 'store', String(error)), error))
  }

  /** After this nobody knows what LevelDB has on the disk. Only a new start of the hub reads it again. */
  function breakOff(batch: readonly Waiting[], error: unknown): void {
    const failure = new FaultError(fault('STATE_UNWRITABLE', 'store', String(error)), error)
    broken = failure
    rejectAll([...batch, ...apart.splice(0), ...queue.splice(0)], failure)
    onFailure(failure)
  }

  return {
    async commit({ writes, records }) {
      if (broken !== undefined) throw broken
      await new Promise<void>((resolve, reject) => {
        queue.push({ writes, records, resolve, reject })
        void writeQueue()
      })
    },
    state: () => state,
    removals,
    async skip(count) {
      const last = state.last + count
      state = { last, trimmed: last }
      await base.store.write([{ put: KEYS.journal, value: state }])
    },
  }
}

function rejectAll(entries: readonly Waiting[], error: FaultError): void {
  for (const { reject } of entries) reject(error)
}

/** Finds out whether the store takes writes, and reports each change of that. */
function createTroubleWatch(
  store: Pick<Store, 'trouble'>,
  onTrouble: JournalEvents['onTrouble'],
): () => Promise<Fault | null> {
  let isInTrouble = false
  return async () => {
    const trouble = await store.trouble()
    if ((trouble !== null) !== isInTrouble) onTrouble(trouble)
    isInTrouble = trouble !== null
    return trouble
  }
}

async function writeBatch(
  { retention, store }: JournalBase,
  state: JournalState,
  batch: readonly Waiting[],
): Promise<{ readonly records: readonly JournalRecord[]; readonly state: JournalState }> {
  const records = batch
    .flatMap((entry) => entry.records)
    .map((draft, place) => ({ ...draft, number: state.last + 1 + place }))
  const overflow = await retention.overflow(records)
  const after = {
    last: state.last + records.length,
    trimmed: overflow.keys.reduce((most, key) => Math.max(most, keyNumber(key)), state.trimmed),
  }
  await store.write([
    ...batch.flatMap((entry) => entry.writes),
    ...records.flatMap(additions),
    ...removals(overflow.keys),
    ...overflow.writes,
    { put: KEYS.journal, value: after },
  ])
  overflow.written()
  return { records, state: after }
}

/**
 * Whether the error says that a value has no JSON text. JavaScript throws these two before LevelDB is asked, so
 * the store is unchanged and only this value is at fault.
 */
function isUnencodable(error: unknown): boolean {
  return error instanceof RangeError || error instanceof TypeError
}

function additions(record: JournalRecord): Write[] {
  return [
    { put: KEYS.record(record.number), value: record },
    { put: KEYS.indexItem(record.router, record.type, record.number), value: {} },
  ]
}

function removals(indexKeys: readonly string[]): Write[] {
  return indexKeys.flatMap((key) => [{ remove: key }, { remove: KEYS.record(keyNumber(key)) }])
}
