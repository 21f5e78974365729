import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { NO_REPORTS, type ReportQueue } from '../../core/report/queue.js'
import {
  fromPersist,
  replay,
  toPersist,
  type QueueFileEntry,
} from '../../core/report/queue-file.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import { setAside } from '../state/guarded-write.js'

/** The queue of reports on disk: one whole file, and one to which entries are added. */
export interface ReportQueueFile {
  /** Writes the whole queue. */
  readonly keep: (queue: ReportQueue) => Promise<void>
  /** Adds an entry; `queue` is the whole with it, for when it is time to write that. */
  readonly add: (entry: QueueFileEntry, queue: ReportQueue) => Promise<void>
}

const WHOLE = 'outbox.json'
const ADDED = 'outbox.log'

/**
 * Entries before the whole is written again. As many as events are kept, so that in a long outage
 * each event is written about twice, however many there are.
 */
const ADDED_MAX = 5000

/** Reads what is there. What is damaged is set aside and said; the agent goes on with the rest. */
export async function openReportQueueFile(
  files: StateFiles,
  log: Pick<Log, 'error'>,
): Promise<{ readonly queue: ReportQueue; readonly spool: ReportQueueFile }> {
  const says = 'reports for the hub cannot be read; some events are lost'
  const aside = (file: string, why: Fault): Promise<void> =>
    setAside(files, log, { file, fault: why, says })

  const whole = await attempted(() => readWhole(files), { round: 0, queue: NO_REPORTS })
  if (whole.fault !== null) await aside(WHOLE, whole.fault)
  const { round } = whole.value
  const added = await attempted(() => readAdded(files, round), [])
  if (added.fault !== null) await aside(ADDED, added.fault)
  const replayed = replayAll(whole.value.queue, added.value)
  if (replayed.fault !== null) await aside(ADDED, replayed.fault)
  return { queue: replayed.queue, spool: createSpool(files, round) }
}

/** A value that may be damaged on disk, and what stands in for it then. */
async function attempted<T>(
  read: () => Promise<T>,
  instead: T,
): Promise<{ readonly value: T; readonly fault: Fault | null }> {
  try {
    return { value: await read(), fault: null }
  } catch (error) {
    if (!(error instanceof FaultError) || error.fault.code !== 'STATE_DAMAGED') throw error
    return { value: instead, fault: error.fault }
  }
}

/** `round` counts the whole files; entries belong to the whole of the same round. */
async function readWhole(files: StateFiles) {
  const text = await files.read(WHOLE)
  if (text === undefined) return { round: 0, queue: NO_REPORTS }
  const json = parsed(text, WHOLE)
  const round = roundOf(json)
  const queue = fromPersist(json === null ? null : (json as { queue?: unknown }).queue)
  if (round === null || !queue.ok) throw new FaultError(damaged(WHOLE))
  return { round, queue: queue.value }
}

/** The entries added since, without one that a power cut left unfinished. */
async function readAdded(files: StateFiles, round: number): Promise<readonly unknown[]> {
  const text = await files.read(ADDED)
  if (text === undefined) return []
  const [head = '', ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  if (head !== '' && roundOf(parsed(head, ADDED)) !== round) return []
  return lines.filter((line) => line !== '').map((line) => entryIn(line))
}

/** A line that is no JSON stays what it is, so that the entries before it count. */
function entryIn(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}

function replayAll(start: ReportQueue, entries: readonly unknown[]) {
  let queue = start
  for (const entry of entries) {
    const next = replay(queue, entry)
    if (!next.ok) return { queue, fault: next.faults[0] ?? damaged(ADDED) }
    queue = next.value
  }
  return { queue, fault: null }
}

function roundOf(json: unknown): number | null {
  const round = typeof json === 'object' && json !== null && 'round' in json ? json.round : null
  return typeof round === 'number' && Number.isSafeInteger(round) ? round : null
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FaultError(damaged(file), error)
  }
}

function damaged(file: string): Fault {
  return fault('STATE_DAMAGED', file, 'is not what demarc wrote')
}

function createSpool(files: StateFiles, last: number): ReportQueueFile {
  let round = last
  let added = ADDED_MAX
  let tail: Promise<void> = Promise.resolve()
  /** The round whose whole could not be written: its entries would replace the last good ones. */
  let broken: number | null = null

  function inTurn(mine: number, deed: () => Promise<void>): Promise<void> {
    const done = tail.then(deed)
    tail = done.catch(() => {
      broken = mine
      added = ADDED_MAX
    })
    return done
  }

  function keep(queue: ReportQueue): Promise<void> {
    round += 1
    added = 0
    const text = JSON.stringify({ round, queue: toPersist(queue) })
    return inTurn(round, () => files.write(WHOLE, text))
  }

  return {
    keep,
    add(entry, queue) {
      if (added >= ADDED_MAX) return keep(queue)
      added += 1
      const mine = round
      const line = `${JSON.stringify(entry)}\n`
      const first = added === 1
      return inTurn(mine, async () => {
        if (broken === mine) throw new FaultError(fault('STATE_UNWRITABLE', ADDED))
        if (first) await files.write(ADDED, `${JSON.stringify({ round: mine })}\n${line}`)
        else await files.append(ADDED, line)
      })
    },
  }
}
