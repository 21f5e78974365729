import { attemptFault } from '../../core/base/attempt.js'
import {
  acknowledge,
  connected,
  disconnected,
  enqueueEvents,
  enqueueHealth,
  lastSequence,
  nextReport,
  refuse,
  unacknowledged,
  type Report,
  type ReportQueue,
} from '../../core/report/queue.js'
import type { QueueFileEntry } from '../../core/report/queue-file.js'
import type { HealthDocument } from '../../core/wire/health.js'
import type { HealthEvent } from '../../core/model/health.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { ReportSource } from './delivery.js'
import { openReportQueueFile } from './report-queue-file.js'

/** Reports for the hub, kept on disk until the hub has acknowledged them. */
export interface PersistentReportQueue extends ReportSource {
  /** The newest health document; it replaces one that was not sent yet. */
  readonly health: (document: HealthDocument) => void
  /** Resolves when the events would survive a power cut; rejects where they cannot be written. */
  readonly events: (events: readonly HealthEvent[]) => Promise<void>
  /** Reports that the hub does not have. */
  readonly waiting: () => number
  /** The highest report number in use. */
  readonly lastSequence: () => number
  /** The link came up or went down. Reports without an acknowledgement are sent again. */
  readonly online: (isUp: boolean) => void
}

/** Continues with the queue on disk. A damaged file is set aside and logged. */
export async function openReportQueue(
  files: StateFiles,
  wall: () => Date,
  log: Pick<Log, 'error' | 'warn'>,
): Promise<PersistentReportQueue> {
  const opened = await openReportQueueFile(files, log)
  const { file } = opened
  let { queue } = opened
  let acknowledged = lastSequence(queue)
  let isNewConnection = false
  const tolerate = createWriteGuard(log)

  async function replaceWith(next: ReportQueue): Promise<void> {
    queue = next
    await tolerate(() => file.keep(queue))
  }

  return {
    health(document) {
      queue = enqueueHealth(queue, document)
    },
    async events(events) {
      if (events.length === 0) return
      const { dropped } = queue
      queue = enqueueEvents(queue, events)
      if (dropped === 0) warnIfFull(queue, log)
      await file.add({ events }, queue)
    },
    waiting: () => unacknowledged(queue),
    lastSequence: () => lastSequence(queue),
    online(isUp) {
      isNewConnection = isUp
      queue = disconnected(queue)
    },
    async unacknowledged(after) {
      if (isNewConnection) queue = connected(queue, after)
      isNewConnection = false
      acknowledged = after
      const isRepeated = queue.flight?.kind === 'events'
      const next = nextReport(queue, wall().toISOString())
      queue = next.queue
      const { report } = next
      if (report === null) return []
      // Written before it is sent: its number must never stand for another report, even after a crash.
      // A report that is repeated is on disk, and may have got another number.
      if (isRepeated) await replaceWith(queue)
      else await tolerate(() => file.add(entryOf(report), queue))
      return [report] satisfies Report[]
    },
    async ack(sequence) {
      acknowledged = sequence
      queue = acknowledge(queue, sequence)
      await tolerate(() => file.add({ acknowledged: sequence }, queue))
    },
    refuse: (sequence) => replaceWith(refuse(queue, sequence)),
    wantFull() {
      queue = connected(disconnected(queue), acknowledged)
    },
  }
}

function entryOf({ method, params }: Report): QueueFileEntry {
  return method === 'report.events'
    ? { sent: params.sequence, count: params.events.length }
    : { numbered: params.sequence }
}

/**
 * Runs writes that may fail. A disk that takes no writes must not cut the router off from its hub: the
 * queue goes on in memory. After a crash the hub may then receive a report twice; numbers continue above
 * those that the hub has.
 */
function createWriteGuard(log: Pick<Log, 'error'>): (task: () => Promise<void>) => Promise<void> {
  let isLogged = false
  return async (task) => {
    const fault = await attemptFault(task)
    if (fault !== null && !isLogged) {
      const message =
        'reports cannot be written to disk; those that the hub does not have yet are lost in a crash'
      log.error({ event: 'report-queue-unwritable', fault }, message)
    }
    isLogged = fault !== null
  }
}

function warnIfFull({ dropped, events }: ReportQueue, log: Pick<Log, 'warn'>): void {
  if (dropped === 0) return
  const message = 'the queue for the hub is full: the oldest events are dropped and counted'
  log.warn({ event: 'report-queue-full', kept: events.length }, message)
}
