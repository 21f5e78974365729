import {
  acknowledge,
  connected,
  disconnected,
  enqueueEvents,
  enqueueHealth,
  fromPersist,
  lastSequence,
  nextReport,
  refuse,
  NO_REPORTS,
  toPersist,
  unacknowledged,
  type Report,
  type ReportQueue,
} from '../core/health/reports.js'
import type { HealthDocument } from '../core/health/document.js'
import type { HealthEvent } from '../core/model/health.js'
import { fault, FaultError } from '../core/base/fault.js'
import type { StateFiles } from '../edge/host/state-files.js'

/** Reports on their way to the hub, kept on disk until it has them. */
export interface ReportOutbox {
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

const FILE = 'outbox.json'

function readQueue(text: string): ReportQueue {
  try {
    const stored = fromPersist(JSON.parse(text))
    if (stored.ok) return stored.value
    throw new Error(stored.faults[0]?.message)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new FaultError(fault('STATE_DAMAGED', FILE, `not what demarc wrote: ${why}`), error)
  }
}

/** A damaged outbox is a fault that names the file. */
export async function openOutbox(files: StateFiles, wall: () => Date): Promise<ReportOutbox> {
  const text = await files.read(FILE)
  let queue: ReportQueue = NO_REPORTS
  if (text !== undefined) {
    queue = readQueue(text)
  }
  let kept = lastSequence(queue)
  let fresh = false

  async function persist(): Promise<void> {
    await files.write(FILE, JSON.stringify(toPersist(queue)))
  }

  return {
    health(document) {
      queue = enqueueHealth(queue, document)
    },
    async events(events) {
      if (events.length === 0) return
      queue = enqueueEvents(queue, events)
      await persist()
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
      if (next.report.method === 'report.events') await persist()
      return [next.report]
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
