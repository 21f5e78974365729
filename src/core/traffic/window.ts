import { millis, toMillis, type Millis, type Seconds } from '../base/time.js'
import type { Loss, Measured, RoundTripTime } from '../model/probe.js'

/** What became of one echo request. */
export interface EchoResult {
  /** Monotonic instant at which the answer came, or was overdue. */
  readonly at: Millis
  /** Wall clock, ISO 8601 UTC. */
  readonly wall: string
  /** ms; null: no answer came. */
  readonly roundTripTime: number | null
  /** The process that sent the request, and its number among the requests of that process to this address. */
  readonly run: number
  readonly sequence: number
}

/** The results of one target in one size, as long as they count. */
export interface EchoWindow {
  /** When the first result came; null: none has. */
  readonly since: Millis | null
  readonly lastAnswer: Pick<EchoResult, 'at' | 'wall'> | null
  /** At most {@link WINDOW} old, the oldest first. */
  readonly results: readonly EchoResult[]
}

export const NO_RESULTS: EchoWindow = { since: null, lastAnswer: null, results: [] }

const WINDOW = millis(60_000)
const SHORT_WINDOW = millis(10_000)

/** Results of one window: one a second, and as many again for those that come late. */
const RESULTS_MAX = 120

/** Requests in a row without an answer after which a target that answered counts as silent. */
const SILENT_AFTER = 4

/** How long a request waits for its answer. */
export const ECHO_TIMEOUT = millis(1000)

/** Adds a result. The second result of one request, such as an answer that came too late, is left out. */
export function withResult(window: EchoWindow, result: EchoResult): EchoWindow {
  const { at, run, sequence } = result
  if (window.results.some((other) => other.run === run && other.sequence === sequence)) {
    return window
  }
  const recent = window.results.filter((other) => isWithin(other, WINDOW, at))
  return {
    since: window.since ?? at,
    lastAnswer: result.roundTripTime === null ? window.lastAnswer : result,
    results: [...recent, result].slice(-RESULTS_MAX),
  }
}

/** What the window says at an instant of requests that are sent at this interval. */
export function measure(window: EchoWindow, interval: Seconds, now: Millis): Measured {
  const { lastAnswer, since } = window
  const from = lastAnswer?.at ?? since ?? now
  return {
    state: stateOf(window, interval, now),
    lastAnswerAt: lastAnswer?.at ?? null,
    lastAnswered: lastAnswer?.wall ?? null,
    silentFor: millis(Math.max(0, now - from)),
    loss10: lossOf(window, SHORT_WINDOW, now),
    loss60: lossOf(window, WINDOW, now),
  }
}

/** Of the answers of the last minute; null: none came. */
export function roundTripTime({ results }: EchoWindow, now: Millis): RoundTripTime | null {
  const times = results
    .filter((result) => isWithin(result, WINDOW, now))
    .map((result) => result.roundTripTime)
    .filter((time) => time !== null)
  if (times.length === 0) return null
  const sum = times.reduce((total, time) => total + time, 0)
  return { min: Math.min(...times), avg: sum / times.length, max: Math.max(...times) }
}

/** Requests that must be lost before it counts as loss, because one may always be; and percent of those sent. */
export const LOST_LEAST = 3
export const LOSS_WARNING = 5

export function lossPercent({ sent, lost }: Loss): number {
  return sent === 0 ? 0 : (lost * 100) / sent
}

/** So much is lost that somebody should look at it, and some of it lately: not an outage that has ended. */
export function isLossy({ loss10, loss60 }: Pick<Measured, 'loss10' | 'loss60'>): boolean {
  return loss10.lost > 0 && loss60.lost >= LOST_LEAST && lossPercent(loss60) >= LOSS_WARNING
}

function stateOf(
  { results, lastAnswer }: EchoWindow,
  interval: Seconds,
  now: Millis,
): Measured['state'] {
  const newest = results.at(-1)
  const overdue = millis(3 * toMillis(interval) + ECHO_TIMEOUT)
  if (newest === undefined || !isWithin(newest, overdue, now)) return 'unknown'
  const last = results.slice(-SILENT_AFTER)
  if (last.some((result) => result.roundTripTime !== null)) return 'answers'
  if (last.length < SILENT_AFTER) return lastAnswer === null ? 'unknown' : 'answers'
  return lastAnswer === null ? 'never-answered' : 'silent'
}

function lossOf({ results }: EchoWindow, within: Millis, now: Millis): Loss {
  const counted = results.filter((result) => isWithin(result, within, now))
  const lost = counted.filter((result) => result.roundTripTime === null)
  return { sent: counted.length, lost: lost.length }
}

function isWithin({ at }: EchoResult, time: Millis, now: Millis): boolean {
  return now - at < time
}
