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
} from '../../core/report/queue.js'
import type { HealthDocument } from '../../core/wire/health.js'
import type { HealthEvent } from '../../core/model/health.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import { openReportQueueFile } from './report-queue-file.js'

/** Reports on their way to the hub, kept on disk until it has them. */
export interface PersistentReportQueue {
  readonly health: (document: HealthDocument) => void
  readonly events: (events: readonly HealthEvent[]) => Promise<void>
  readonly waiting: () => number
  readonly lastSequence: () => number
  /** The link came up or went down; what was not acknowledged is sent again. */
  readonly online: (up: boolean) => void
  readonly unacknowledged: (after: number) => Promise<readonly Report[]>
  readonly ack: (sequence: number) => Promise<void>
  /** The hub will never take this one. */
  readonly refuse: (sequence: number) => Promise<void>
  readonly wantFull: () => void
}

/** Reports as the spool has them; what is damaged there is set aside and said. */
export async function openReportQueue(
  files: StateFiles,
  wall: () => Date,
  log: Pick<Log, 'error' | 'warn'>,
): Promise<PersistentReportQueue> {
  const opened = await openReportQueueFile(files, log)
  const { spool } = opened
  let { queue } = opened
  let kept = lastSequence(queue)
  let fresh = false

  let unwritable = false

  /**
   * A disk that takes nothing must not cut the hub off. It goes on from memory; after a crash the hub
   * may then hear something twice, and numbers go on above the hub's.
   */
  async function tried(deed: () => Promise<void>): Promise<void> {
    const fault = await attemptFault(deed)
    const says = 'reports cannot be kept on disk; those the hub has not had are lost in a crash'
    if (fault !== null && !unwritable) log.error({ event: 'spool-unwritable', fault }, says)
    unwritable = fault !== null
  }

  const persist = (): Promise<void> => tried(() => spool.keep(queue))

  function sayIfFull(droppedBefore: number): void {
    if (queue.dropped === 0 || droppedBefore > 0) return
    const says = 'the spool for the hub is full: the oldest events go, and are counted'
    log.warn({ event: 'spool-full', kept: queue.events.length }, says)
  }

  return {
    health(document) {
      queue = enqueueHealth(queue, document)
    },
    async events(events) {
      if (events.length === 0) return
      const { dropped } = queue
      queue = enqueueEvents(queue, events)
      sayIfFull(dropped)
      await spool.add({ events }, queue)
    },
    waiting: () => unacknowledged(queue),
    lastSequence: () => lastSequence(queue),
    online(up) {
      fresh = up
      queue = disconnected(queue)
    },
    async unacknowledged(after) {
      if (fresh) queue = connected(queue, after)
      fresh = false
      kept = after
      const next = nextReport(queue, wall().toISOString())
      queue = next.queue
      if (next.report === null) return []
      // A number that was used must not be used again for something else, even after a crash.
      const { report } = next
      if (report.method === 'report.events') await persist()
      else await tried(() => spool.add({ numbered: report.params.sequence }, queue))
      return [report]
    },
    async ack(sequence) {
      kept = sequence
      queue = acknowledge(queue, sequence)
      await persist()
    },
    async refuse(sequence) {
      queue = refuse(queue, sequence)
      await persist()
    },
    wantFull() {
      queue = connected(disconnected(queue), kept)
    },
  }
}
