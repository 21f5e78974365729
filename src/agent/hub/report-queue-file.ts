import { setImmediate as otherTasks } from 'node:timers/promises'
import * as z from 'zod'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import { createSerialQueue } from '../../core/base/serial-queue.js'
import { NO_REPORTS, type ReportQueue } from '../../core/report/queue.js'
import {
  fromPersist,
  replay,
  toPersist,
  type QueueFileEntry,
} from '../../core/report/queue-file.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import { readOrSetAside, setAside } from '../state/set-aside.js'

/** The queue of reports on disk: a snapshot of the whole queue, and a log of the entries added since. */
export interface ReportQueueFile {
  /** Writes a new snapshot. */
  readonly keep: (queue: ReportQueue) => Promise<void>
  /** Appends an entry to the log; when the log is full, writes `queue`, which has it, as a new snapshot. */
  readonly add: (entry: QueueFileEntry, queue: ReportQueue) => Promise<void>
}

const SNAPSHOT = 'report-queue.json'
const LOG = 'report-queue.log'

/**
 * Entries in the log before the next snapshot. It equals the number of events that are kept, so that in
 * a long outage each event is written about twice, however many there are.
 */
const LOG_ENTRIES_MAX = 5000

const DAMAGED = 'reports for the hub cannot be read; some events are lost'

/** Reads the queue. What is damaged is set aside and logged; the agent goes on with the rest. */
export async function openReportQueueFile(
  files: StateFiles,
  log: Pick<Log, 'error'>,
): Promise<{ readonly queue: ReportQueue; readonly file: ReportQueueFile }> {
  const disk = { files, log }
  const snapshot = await readOrSetAside(disk, { file: SNAPSHOT, message: DAMAGED }, () =>
    readSnapshot(files),
  )
  const { round, queue } = snapshot ?? EMPTY
  const entries =
    (await readOrSetAside(disk, { file: LOG, message: DAMAGED }, () =>
      readLog(files, snapshot?.round ?? null),
    )) ?? []
  const replayed = replayAll(queue, entries)
  if (replayed.fault !== null) {
    await setAside(files, log, { file: LOG, fault: replayed.fault, message: DAMAGED })
  }
  return { queue: replayed.queue, file: createWriter(files, round) }
}

/** `round` numbers the snapshots. A log belongs to the snapshot of the same round. */
interface Snapshot {
  readonly round: number
  readonly queue: ReportQueue
}

const EMPTY: Snapshot = { round: 0, queue: NO_REPORTS }

const Round = z.int().min(0)
const SnapshotShape = z.strictObject({ round: Round, queue: z.unknown() })
const LogHeader = z.strictObject({ round: Round })

const WITHOUT_SNAPSHOT = 'continues a snapshot of the queue that cannot be read'

async function readSnapshot(files: StateFiles): Promise<Snapshot> {
  const text = await files.read(SNAPSHOT)
  if (text === undefined) return EMPTY
  const json = parseJson(text)
  const snapshot = SnapshotShape.safeParse(json)
  if (!snapshot.success) throw new FaultError(damaged(SNAPSHOT))
  const queue = fromPersist(snapshot.data.queue)
  if (!queue.ok) throw new FaultError(damaged(SNAPSHOT))
  return { round: snapshot.data.round, queue: queue.value }
}

/**
 * The entries of this round; null: the snapshot that the log continues could not be read. A last line that a power cut
 * left unfinished is not one of them.
 */
async function readLog(files: StateFiles, round: number | null): Promise<readonly unknown[]> {
  const text = await files.read(LOG)
  if (text === undefined) return []
  if (round === null) throw new FaultError(fault('STATE_DAMAGED', LOG, WITHOUT_SNAPSHOT))
  const [head = '', ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  const header = LogHeader.safeParse(head === '' ? { round } : parseJson(head))
  if (!header.success) throw new FaultError(damaged(LOG))
  if (header.data.round !== round) return []
  // A line that is no JSON stays text: it is refused as an entry, and those before it count.
  return lines.filter((line) => line !== '').map((line) => parseJson(line) ?? line)
}

function replayAll(
  start: ReportQueue,
  entries: readonly unknown[],
): { readonly queue: ReportQueue; readonly fault: Fault | null } {
  let queue = start
  for (const entry of entries) {
    const next = replay(queue, entry)
    if (!next.ok) return { queue, fault: next.faults[0] ?? damaged(LOG) }
    queue = next.value
  }
  return { queue, fault: null }
}

function damaged(file: string): Fault {
  return fault('STATE_DAMAGED', file, 'is not what demarc wrote')
}

/** Lines of the log that are written together. */
interface Lines {
  readonly round: number
  text: string
  isBegun: boolean
  written: Promise<void>
}

const NOTHING = Promise.resolve()

/** Writes one after the other, in the order of the calls. */
function createWriter(files: StateFiles, lastRound: number): ReportQueueFile {
  const writes = createSerialQueue()
  let round = lastRound
  let entries = LOG_ENTRIES_MAX
  /** The round whose snapshot could not be written: a log of it would replace the last good log. */
  let failedRound: number | null = null
  let next: Lines | null = null

  function write(ofRound: number, task: () => Promise<void>): Promise<void> {
    return writes.run(async () => {
      try {
        await task()
      } catch (error) {
        failedRound = ofRound
        entries = LOG_ENTRIES_MAX
        throw error
      }
    })
  }

  /** Begins a turn of the event loop later: an event and the number of its report come in one turn. */
  function startLines(ofRound: number, isFirst: boolean, line: string): Lines {
    const lines: Lines = { round: ofRound, text: line, isBegun: false, written: NOTHING }
    lines.written = write(ofRound, async () => {
      await otherTasks()
      lines.isBegun = true
      if (failedRound === ofRound) throw new FaultError(fault('STATE_UNWRITABLE', LOG))
      const { text } = lines
      if (isFirst) await files.write(LOG, `${JSON.stringify({ round: ofRound })}\n${text}`)
      else await files.append(LOG, text)
    })
    return lines
  }

  function keep(queue: ReportQueue): Promise<void> {
    round += 1
    entries = 0
    const text = JSON.stringify({ round, queue: toPersist(queue) })
    return write(round, () => files.write(SNAPSHOT, text))
  }

  return {
    keep,
    add(entry, queue) {
      if (entries >= LOG_ENTRIES_MAX) return keep(queue)
      entries += 1
      const line = `${JSON.stringify(entry)}\n`
      // Lines that come before the write begins share it, so that they share its sync.
      if (next?.round === round && !next.isBegun) next.text += line
      else next = startLines(round, entries === 1, line)
      return next.written
    },
  }
}
