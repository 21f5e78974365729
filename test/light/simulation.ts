import { millis } from '../../src/core/base/time.js'
import { laserOf, type Laser } from '../../src/core/light/limit.js'
import { withLight, type LightMemory } from '../../src/core/light/memory.js'
import { advance, startTimeline } from '../../src/core/light/timeline.js'
import { trendsOf, viewOf, type LaneTrend } from '../../src/core/light/view.js'
import type { LightView } from '../../src/core/model/light.js'
import { power } from '../../src/core/optics/power.js'
import { moduleIn } from '../support/agent/router-state.js'

/** A circuit whose truth is known. Times in days, light in dB and dBm. */
export interface Circuit {
  /** The received light at the start, dBm, before the temperature. */
  readonly level: number
  /** dB for each °C. */
  readonly coefficient: number
  /** °C that the module moves between day and night, and between summer and winter, from the mean. */
  readonly daily: number
  readonly seasonal: number
  /** Deviation of one reading, dB; the reading is also cut to 0.1 µW. */
  readonly noise: number
  /** dB a year, from a day on; negative: light is lost. */
  readonly slope: number
  readonly slopeFrom: number
  /** dB that the light changes by at once, and the day. */
  readonly step: number
  readonly stepAt: number
}

export const QUIET: Circuit = {
  level: -8,
  coefficient: 0.02,
  daily: 4,
  seasonal: 8,
  noise: 0.05,
  slope: 0,
  slopeFrom: 0,
  step: 0,
  stepAt: Infinity,
}

/** Even numbers from 0 up to 1 (mulberry32); the same seed gives the same ones. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const DAY = 86_400
const HOUR_OF_START = Date.UTC(2026, 0, 1)

/** What the memory showed at one moment. */
export interface Shown {
  readonly day: number
  readonly view: LightView
}

export interface Run {
  readonly memory: LightMemory
  readonly shown: readonly Shown[]
}

/**
 * Reads the module of a circuit every `every` seconds for `days`, and keeps what was shown at the end of each
 * `shownEvery` days. `wall`: what the wall clock shows more than it should at a day, ms.
 */
export function simulate(
  circuit: Circuit,
  options: {
    readonly days: number
    readonly every: number
    readonly shownEvery: number
    readonly seed: number
    readonly wall?: (day: number) => number
  },
): Run {
  const { days, every, shownEvery, seed, wall = () => 0 } = options
  const random = randomFrom(seed)
  const noise = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) * circuit.noise
  const clocks = (t: number) => ({
    mono: millis(t * 1000),
    wall: HOUR_OF_START + t * 1000 + wall(t / DAY),
  })
  let now = startTimeline(null, clocks(0))
  let memory: LightMemory | null = null
  let trends: readonly LaneTrend[] = []
  const shown: Shown[] = []
  for (let t = 0; t <= days * DAY; t += every) {
    now = advance(now, clocks(t))
    const laser = laserAt(circuit, t / DAY, noise())
    const next: LightMemory = withLight(memory, { laser, hasLink: true }, now)
    const isNew =
      next.history.days !== memory?.history.days ||
      next.baseline !== memory.baseline ||
      next.steps !== memory.steps
    memory = next
    if (isNew) trends = trendsOf(memory)
    if (Math.floor((t + every) / DAY / shownEvery) > Math.floor(t / DAY / shownEvery)) {
      shown.push({ day: t / DAY, view: viewOf(memory, trends, { laser, now }).inputPower })
    }
  }
  if (memory === null) throw new Error('there was no reading')
  return { memory, shown }
}

/** The light that is really there, dBm, without noise, at the mean temperature. */
function trueLight({ level, slope, slopeFrom, step, stepAt }: Circuit, day: number): number {
  const declined = (slope * Math.max(0, day - slopeFrom)) / 365
  return level + declined + (day >= stepAt ? step : 0)
}

/** The day on which the light really reaches the low alarm of the module. */
export function trueEnd(circuit: Circuit): number {
  const low = -18.4
  return circuit.slopeFrom + ((circuit.level + circuit.step - low) / -circuit.slope) * 365
}

const MODULE = laserOf(moduleIn(), 10_000)

function laserAt(circuit: Circuit, day: number, noise: number): Laser {
  const { coefficient, daily, seasonal } = circuit
  const swing = daily * Math.sin(2 * Math.PI * day) + seasonal * Math.sin((2 * Math.PI * day) / 365)
  const light = trueLight(circuit, day) + coefficient * swing + noise
  if (MODULE === null) throw new Error('the built module has no laser')
  const milliwatts = Math.round(10 ** (light / 10) * 10_000) / 10_000
  const temperature = Math.round((40 + swing) * 256) / 256
  const inputPower = power(milliwatts)
  return { ...MODULE, diagnostics: { ...MODULE.diagnostics, temperature, inputPower } }
}
