import { millis, seconds, toMillis, type Millis } from '../../core/base/time.js'
import {
  FULL_SIZE_EVERY,
  proberGroups,
  resultKeys,
  type ProberGroup,
} from '../../core/intent/survey/probe-targets.js'
import type { ProbedTarget, ProberReading, ProbeTarget } from '../../core/model/probe.js'
import type { FpingResult } from '../../core/traffic/fping-line.js'
import {
  measure,
  NO_RESULTS,
  roundTripTime,
  withResult,
  type EchoWindow,
} from '../../core/traffic/window.js'
import type { Clock } from '../host/clock.js'
import { startFping } from './fping.js'

/** Sends echo requests to targets again and again, and keeps what they came to for a minute. */
export interface Prober {
  /**
   * Probes these targets and no others from now on, and says what is known of them. Targets that were probed before
   * keep their results.
   */
  readonly follow: (targets: readonly ProbeTarget[]) => ProberReading
  /** Calls back when a target begins or ceases to answer. */
  readonly onChange: (listener: () => void) => void
  readonly stop: () => void
}

/** Time before a process that ended is started again; doubled each time, from the first to the last. */
const BACKOFF = { first: millis(1000), last: millis(10_000) } as const
/** Time that a process must have run for the next wait to be the first again. */
const STEADY = millis(30_000)
/** Time beyond three intervals in which a process must have printed something. */
const SILENCE = millis(5000)
const WATCH_INTERVAL = millis(2000)

/** A prober without targets. No process runs before there are some. */
export function openProber(clock: Pick<Clock, 'now' | 'wall'>): Prober {
  return new FpingProber(clock)
}

/** One process, kept running. */
interface Run {
  readonly group: ProberGroup
  /** The keys of the targets by address. */
  readonly keys: ReadonlyMap<string, readonly string[]>
  number: number
  end: ((why?: string) => void) | null
  timer: NodeJS.Timeout | undefined
  wait: Millis
  startedAt: Millis
  printedAt: Millis
  failure: string | null
}

class FpingProber implements Prober {
  readonly #clock: Pick<Clock, 'now' | 'wall'>
  readonly #runs = new Map<string, Run>()
  readonly #windows = new Map<string, EchoWindow>()
  #targets: readonly ProbeTarget[] = []
  #asked = '[]'
  #listener: () => void = () => undefined
  #watch: NodeJS.Timeout | undefined
  #started = 0

  constructor(clock: Pick<Clock, 'now' | 'wall'>) {
    this.#clock = clock
  }

  readonly onChange = (listener: () => void): void => {
    this.#listener = listener
  }

  readonly follow = (targets: readonly ProbeTarget[]): ProberReading => {
    const asked = JSON.stringify(targets)
    if (asked !== this.#asked) {
      this.#asked = asked
      this.#targets = targets
      this.#change(proberGroups(targets))
    }
    const failures = [...this.#runs.values()].map(({ failure }) => failure)
    return {
      targets: this.#targets.map((target) => this.#probed(target)),
      fault: failures.find((failure) => failure !== null) ?? null,
    }
  }

  readonly stop = (): void => {
    this.#asked = '[]'
    this.#targets = []
    this.#change([])
  }

  #probed(target: ProbeTarget): ProbedTarget {
    const now = this.#clock.now()
    const { small, fullSize } = resultKeys(target)
    const window = this.#windows.get(small) ?? NO_RESULTS
    return {
      target,
      ...measure(window, target.interval, now),
      roundTripTime: roundTripTime(window, now),
      fullSize:
        fullSize === null
          ? null
          : measure(
              this.#windows.get(fullSize) ?? NO_RESULTS,
              seconds(target.interval * FULL_SIZE_EVERY),
              now,
            ),
    }
  }

  #change(groups: readonly ProberGroup[]): void {
    const wanted = new Map(groups.map((group) => [JSON.stringify(group), group]))
    for (const [key, run] of this.#runs) {
      if (wanted.has(key)) continue
      this.#runs.delete(key)
      clearTimeout(run.timer)
      run.end?.()
    }
    for (const [key, group] of wanted) {
      if (!this.#runs.has(key)) this.#add(key, group)
    }
    const kept = new Set([...this.#runs.values()].flatMap(({ keys }) => [...keys.values()].flat()))
    for (const key of this.#windows.keys()) if (!kept.has(key)) this.#windows.delete(key)
    clearInterval(this.#watch)
    this.#watch =
      this.#runs.size === 0
        ? undefined
        : setInterval(() => this.#endSilent(), WATCH_INTERVAL).unref()
  }

  #add(key: string, group: ProberGroup): void {
    const now = this.#clock.now()
    const run: Run = {
      group,
      keys: keysByAddress(group),
      number: 0,
      end: null,
      timer: undefined,
      wait: BACKOFF.first,
      startedAt: now,
      printedAt: now,
      failure: null,
    }
    this.#runs.set(key, run)
    this.#start(key, run)
  }

  #start(key: string, run: Run): void {
    const now = this.#clock.now()
    this.#started += 1
    Object.assign(run, { number: this.#started, startedAt: now, printedAt: now })
    run.end = startFping(run.group, {
      onResult: (result) => this.#take(run, result),
      onEnd: (reason) => {
        if (this.#runs.get(key) !== run) return
        run.end = null
        run.failure = reason
        if (this.#clock.now() - run.startedAt > STEADY) run.wait = BACKOFF.first
        run.timer = setTimeout(() => this.#start(key, run), run.wait).unref()
        run.wait = millis(Math.min(run.wait * 2, BACKOFF.last))
      },
    })
  }

  #take(run: Run, { address, sequence, roundTripTime: time }: FpingResult): void {
    const at = this.#clock.now()
    run.printedAt = at
    run.failure = null
    const wall = this.#clock.wall().toISOString()
    const interval = seconds(run.group.interval)
    const result = { at, wall, roundTripTime: time, run: run.number, sequence }
    for (const key of run.keys.get(address) ?? []) {
      const before = this.#windows.get(key) ?? NO_RESULTS
      const after = withResult(before, result)
      this.#windows.set(key, after)
      if (measure(before, interval, at).state !== measure(after, interval, at).state)
        this.#listener()
    }
  }

  /** A process that prints nothing, although each request ends in a line, hangs. */
  #endSilent(): void {
    const now = this.#clock.now()
    for (const run of this.#runs.values()) {
      const limit = 3 * toMillis(seconds(run.group.interval)) + SILENCE
      if (run.end === null || now - run.printedAt < limit) continue
      run.end(`fping printed nothing for ${Math.round(limit / 1000)} s`)
    }
  }
}

function keysByAddress({ targets, data }: ProberGroup): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const target of targets) {
    const { small, fullSize } = resultKeys(target)
    const key = data === null ? small : fullSize
    if (key !== null) found.set(target.address, [...(found.get(target.address) ?? []), key])
  }
  return found
}
