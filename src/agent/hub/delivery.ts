import type { Fault } from '../../core/base/fault.js'
import type { Report } from '../../core/report/queue.js'
import { judgeAnswer } from '../../core/report/answer.js'
import type { ChangeProgress, HUB_METHODS } from '../../core/wire/messages.js'
import type { RpcPeer } from '../../edge/socket/peer.js'

export type HubPeer = RpcPeer<typeof HUB_METHODS>

/** Numbered reports that wait for the hub. Durable before they are handed out; numbers only rise. */
export interface ReportSource {
  /** Those above `after`, in order; some of them are enough. The hub has all up to `after`. */
  readonly unacknowledged: (after: number) => Promise<readonly Report[]> | readonly Report[]
  /** Everything up to this number may be forgotten. */
  readonly ack: (sequence: number) => Promise<void> | void
  /** The hub will never take this one: forget it, and tell in full what it would have told. */
  readonly refuse: (sequence: number) => Promise<void> | void
  /** The hub lacks the base of a difference: drop differences, make a full report instead. */
  readonly wantFull: () => void
}

/** Full reports asked for in a row before the hub counts as broken. */
const FULL_TRIES = 3

/** Sends reports one at a time, in order, until the connection ends or the hub cannot keep them. */
export async function deliverReports(
  peer: HubPeer,
  outbox: ReportSource,
  from: number,
  more: Wakeup,
): Promise<string> {
  let cursor = from
  let fulls = 0
  while (!peer.signal.aborted) {
    const [report] = await outbox.unacknowledged(cursor)
    if (report === undefined) {
      await more.wait(peer.signal)
      continue
    }
    const { sequence } = report.params
    const answer = await sendReport(peer, report)
    const verdict = judgeAnswer(sequence, answer)
    if (verdict.is === 'later') return verdict.why
    if (verdict.is === 'full') {
      fulls += 1
      if (fulls > FULL_TRIES) return 'the hub does not keep reports'
      outbox.wantFull()
      continue
    }
    fulls = 0
    cursor = sequence
    if (verdict.is === 'kept') await outbox.ack(sequence)
    else await outbox.refuse(sequence)
  }
  return 'the connection ended'
}

async function sendReport(
  peer: HubPeer,
  report: Report,
): ReturnType<typeof peer.call<'report.health'>> {
  return report.method === 'report.health'
    ? peer.call('report.health', report.params)
    : peer.call('report.events', report.params)
}

/** Progress of changes that the hub has not heard of yet. */
export interface ProgressQueue {
  readonly add: (record: ChangeProgress) => void
  /** Sends what waits until the connection ends or the hub cannot keep it. */
  readonly deliver: (peer: HubPeer, onRefused: (why: Fault) => void) => Promise<string>
}

/** A change has at most seven phases, so this is dozens of changes; beyond it the oldest go. */
const PROGRESS_MAX = 256

/** Empty, and only in memory; beyond {@link PROGRESS_MAX} records the oldest go. */
export function createProgressQueue(): ProgressQueue {
  const queue: ChangeProgress[] = []
  const more = createWakeup()
  return {
    add(record) {
      queue.push(record)
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
        const answer = await peer.call('change.progress', record)
        const verdict = judgeAnswer(
          0,
          answer.ok ? { ok: true, value: { acknowledged: 0 } } : answer,
        )
        if (verdict.is === 'later') return verdict.why
        if (verdict.is === 'hopeless') onRefused(verdict.why)
        // The limit may have dropped it while the answer was on its way.
        if (queue[0] === record) queue.shift()
      }
      return 'the connection ended'
    },
  }
}

/** Lets one loop sleep until there is more to do; a ring while nobody sleeps is not lost. */
export interface Wakeup {
  readonly notify: () => void
  readonly wait: (stop: AbortSignal) => Promise<void>
}

/** One that has not rung. `rung` resolves at the next ring, or when `stop` aborts. */
export function createWakeup(): Wakeup {
  const sleepers = new Set<() => void>()
  let ringing = false
  return {
    notify() {
      ringing = true
      for (const wake of sleepers) wake()
    },
    async wait(stop) {
      if (!ringing && !stop.aborted) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            sleepers.delete(wake)
            stop.removeEventListener('abort', wake)
            resolve()
          }
          sleepers.add(wake)
          stop.addEventListener('abort', wake)
        })
      }
      // A loop that was stopped leaves the ring to the one that follows it.
      if (!stop.aborted) ringing = false
    },
  }
}
