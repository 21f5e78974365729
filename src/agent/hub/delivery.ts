import type { Fault } from '../../core/base/fault.js'
import type { Json } from '../../core/base/json.js'
import type { Result } from '../../core/base/result.js'
import { judgeAnswer } from '../../core/report/answer.js'
import { boundedProgress } from '../../core/report/bounds.js'
import type { Report } from '../../core/report/queue.js'
import type { ChangeProgress, HUB_METHODS } from '../../core/wire/messages.js'
import { olderChangeRecord } from '../../core/wire/older/upgrade.js'
import type { RpcPeer } from '../../edge/socket/peer.js'
import { createWakeup, type Wakeup } from './wakeup.js'

export type HubPeer = RpcPeer<typeof HUB_METHODS>

/** Numbered reports that wait for the hub. Each is durable before it is given out; numbers only rise. */
export interface ReportSource {
  /** Reports above `after`, in order: all of them or the first few. The hub has all up to `after`. */
  readonly unacknowledged: (after: number) => Promise<readonly Report[]> | readonly Report[]
  /** The hub has kept everything up to this number. */
  readonly ack: (sequence: number) => Promise<void> | void
  /** The hub will never accept this report: drop it, and send its contents in a full report. */
  readonly refuse: (sequence: number) => Promise<void> | void
  /** The hub lacks the base of a difference: drop differences, make a full report instead. */
  readonly wantFull: () => void
}

/** Full reports that the hub may ask for in a row before it counts as broken. */
const FULL_REPORTS_MAX = 3

const CONNECTION_ENDED = 'the connection ended'

/**
 * Sends reports above `from`, one at a time and in order. Resolves with the reason when the connection
 * ends or the hub does not keep them.
 */
export async function deliverReports(
  peer: HubPeer,
  reports: ReportSource,
  from: number,
  more: Wakeup,
): Promise<string> {
  let cursor = from
  let fullReports = 0
  while (!peer.signal.aborted) {
    const [report] = await reports.unacknowledged(cursor)
    if (report === undefined) {
      await more.wait(peer.signal)
      continue
    }
    const { sequence } = report.params
    const verdict = judgeAnswer(sequence, await sendReport(peer, report))
    if (verdict.is === 'later') return verdict.why
    if (verdict.is === 'full') {
      fullReports += 1
      if (fullReports > FULL_REPORTS_MAX) return 'the hub does not keep reports'
      reports.wantFull()
      continue
    }
    fullReports = 0
    cursor = sequence
    // Should it not be on disk after a crash, the report is sent again and the hub recognizes its number.
    if (verdict.is === 'kept') void reports.ack(sequence)
    else await reports.refuse(sequence)
  }
  return CONNECTION_ENDED
}

async function sendReport(
  peer: HubPeer,
  report: Report,
): ReturnType<typeof peer.call<'report.health'>> {
  return report.method === 'report.health'
    ? peer.call('report.health', report.params)
    : peer.call('report.events', report.params)
}

/** In the present words, and if the hub does not know them in those of demarc 0.1.0. */
async function sendProgress(
  peer: HubPeer,
  record: ChangeProgress,
): Promise<Result<Record<string, never>>> {
  const answer = await peer.call('change.progress', record)
  const code = answer.ok ? undefined : answer.faults[0]?.code
  if (code !== 'INTENT_VALUE' && code !== 'INTENT_UNKNOWN_KEY') return answer
  const older = olderChangeRecord(record as Json) as Json & ChangeProgress
  return peer.call('change.progress', older)
}

/** Progress of changes that the hub does not have yet. */
export interface ProgressQueue {
  readonly add: (record: ChangeProgress) => void
  /** Sends what waits. Resolves with the reason when the connection ends or the hub does not keep it. */
  readonly deliver: (peer: HubPeer, onRefused: (why: Fault) => void) => Promise<string>
}

/** Records. A change has at most seven phases, so these are dozens of changes. */
const PROGRESS_MAX = 256

/** An empty queue in memory; beyond {@link PROGRESS_MAX} records the oldest are dropped. */
export function createProgressQueue(): ProgressQueue {
  const queue: ChangeProgress[] = []
  const more = createWakeup()
  return {
    add(record) {
      queue.push(boundedProgress(record))
      if (queue.length > PROGRESS_MAX) queue.shift()
      more.notify()
    },
    async deliver(peer, onRefused) {
      while (!peer.signal.aborted) {
        const [record] = queue
        if (record === undefined) {
          await more.wait(peer.signal)
          continue
        }
        const answer = await sendProgress(peer, record)
        // Progress has no number: any answer without a fault means that the hub has it.
        const verdict = judgeAnswer(
          0,
          answer.ok ? { ok: true, value: { acknowledged: 0 } } : answer,
        )
        if (verdict.is === 'later') return verdict.why
        if (verdict.is === 'hopeless') onRefused(verdict.why)
        // The limit may have dropped the record while its answer was on the way.
        if (queue[0] === record) queue.shift()
      }
      return CONNECTION_ENDED
    },
  }
}
