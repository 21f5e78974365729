import { startHubLink, type HubLink, type HubState } from '../../src/agent/hub/link.js'
import type { ReportSource } from '../../src/agent/hub/delivery.js'
import { ok } from '../../src/core/base/result.js'
import { millis } from '../../src/core/base/time.js'
import type { Report } from '../../src/core/report/queue.js'
import { systemClock } from '../../src/edge/host/clock.js'
import { event, helloOf, ROUTER } from './bench.js'

/** Reports in memory; what matters here is the order and the numbers. */
export function memoryReports(): ReportSource & {
  add: (code: string) => void
  waiting: () => number
  fulls: number
} {
  let reports: Report[] = []
  let last = 0
  return {
    fulls: 0,
    add(code) {
      last += 1
      const params = { sequence: last, events: [event(code)], dropped: 0 }
      reports.push({ method: 'report.events', params })
    },
    waiting: () => reports.length,
    unacknowledged: (after) => {
      reports = reports.filter(({ params }) => params.sequence > after)
      return reports
    },
    ack(sequence) {
      reports = reports.filter(({ params }) => params.sequence > sequence)
    },
    refuse(sequence) {
      reports = reports.filter(({ params }) => params.sequence !== sequence)
    },
    wantFull() {
      this.fulls += 1
    },
  }
}

/** An agent's end of the channel, with what it has seen. */
export interface Side {
  readonly link: HubLink
  readonly states: HubState[]
  readonly troubles: string[]
  readonly pushed: unknown[]
  readonly stop: AbortController
  readonly up: () => boolean
}

/** Pings every 100 ms and takes a silence of 200 for the end. */
export function startSide(
  urls: readonly string[],
  token: string,
  reports: ReportSource,
  { ca, backoffCap = 300 }: { readonly backoffCap?: number; readonly ca?: () => string } = {},
): Side {
  const states: HubState[] = []
  const troubles: string[] = []
  const pushed: unknown[] = []
  const stop = new AbortController()
  const link = startHubLink({
    settings: {
      urls,
      heartbeat: millis(100),
      silence: millis(200),
      backoffCap: millis(backoffCap),
    },
    router: ROUTER,
    token: async () => token,
    ca: async () => ca?.() ?? null,
    hello: () => helloOf(ROUTER),
    handlers: {
      'intent.push': (push) => {
        pushed.push(push.intent)
        return ok({ change: 'c', generation: 1, digest: 'a'.repeat(64) })
      },
    },
    reports,
    onState: (state) => states.push(state),
    onWarning: (message) => troubles.push(message),
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
  })
  return { link, states, troubles, pushed, stop, up: () => states.at(-1)?.connected === true }
}
