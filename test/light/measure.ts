import { QUIET, randomFrom, simulate, trueEnd, type Circuit, type Shown } from './simulation.js'

/** What one kind of circuit came to. */
export interface Figures {
  readonly kind: string
  readonly circuits: number
  /** Circuits whose change was shown. */
  readonly found: number
  /** Days, or minutes where the kind says so, from the change to its being shown: the median and the longest. */
  readonly delay: number | null
  readonly longest: number | null
  /** Circuits that showed a step, a loss or a decline that was not there. */
  readonly falseAlarms: number
  /** Of the circuits whose end was shown: how many dates were right within the interval, at the last look. */
  readonly endsRight: number | null
  /** Days that the date was wrong by, the median, at the last look. */
  readonly endError: number | null
}

interface Kind {
  readonly kind: string
  readonly change: (random: () => number) => Partial<Circuit>
  readonly days: number
  /** Seconds between readings. */
  readonly every: number
  readonly shownEvery: number
  readonly unit: 'days' | 'minutes'
}

const HALF_HOUR = 1800
const between = (random: () => number, least: number, most: number): number =>
  least + random() * (most - least)

/** `years` of readings each half an hour, and days of readings each half a minute. */
export function kindsOf(years: number): readonly Kind[] {
  const long = { days: years * 365, every: HALF_HOUR, shownEvery: 7, unit: 'days' } as const
  const short = { days: 3, every: 30, shownEvery: 1 / 1440, unit: 'minutes' } as const
  const slope = (dB: number) => () => ({ slope: -dB, slopeFrom: 30 })
  return [
    { kind: 'nothing happens, years', change: () => ({}), ...long },
    { kind: 'nothing happens, days', change: () => ({}), ...short },
    { kind: 'declines by 1 dB a year', change: slope(1), ...long },
    { kind: 'declines by 3 dB a year', change: slope(3), ...long },
    { kind: 'declines by 6 dB a year', change: slope(6), ...long },
    { kind: 'step of 1.5 dB', change: () => ({ step: -1.5, stepAt: 2 }), ...short },
    { kind: 'step of 3 dB', change: () => ({ step: -3, stepAt: 2 }), ...short },
    {
      kind: 'step of 3 dB, then nothing, years',
      change: (random) => ({ step: -3, stepAt: between(random, 30, 0.8 * years * 365) }),
      ...long,
    },
  ]
}

/** Runs one kind for a number of circuits that differ in level, temperature and noise. */
export function measure(kind: Kind, circuits: number, seed: number): Figures {
  const runs = Array.from({ length: circuits }, (_, at) => runOf(kind, seed * 1000 + at))
  const delays = runs.flatMap(({ delay }) => delay ?? []).toSorted((a, b) => a - b)
  const ends = runs.flatMap(({ end }) => end ?? [])
  const errors = ends.map(({ error }) => error).toSorted((a, b) => a - b)
  const rounded = (value: number | undefined) =>
    value === undefined ? null : Math.round(value * 10) / 10
  return {
    kind: kind.kind,
    circuits,
    found: delays.length,
    delay: rounded(delays[Math.floor(delays.length / 2)]),
    longest: rounded(delays.at(-1)),
    falseAlarms: runs.filter(({ isFalse }) => isFalse).length,
    endsRight: ends.length === 0 ? null : ends.filter(({ isWithin }) => isWithin).length,
    endError: rounded(errors[Math.floor(errors.length / 2)]),
  }
}

function runOf({ change, days, every, shownEvery, unit }: Kind, seed: number) {
  const random = randomFrom(seed)
  const circuit: Circuit = {
    ...QUIET,
    level: between(random, -12, -6),
    coefficient: between(random, -0.04, 0.04),
    daily: between(random, 1, 5),
    seasonal: between(random, 2, 10),
    noise: between(random, 0.01, 0.1),
    ...change(random),
  }
  const { shown } = simulate(circuit, { days, every, shownEvery, seed })
  const isStep = circuit.step !== 0
  const from = isStep ? circuit.stepAt : circuit.slopeFrom
  const first = shown.find(({ day, view }) => {
    return day >= from && (isStep ? view.step !== null : circuit.slope < 0 && view.decline !== null)
  })
  const scale = unit === 'minutes' ? 1440 : 1
  const isFalse = shown.some((each) => isWrong(each, circuit, from))
  return {
    delay: first === undefined ? null : (first.day - from) * scale,
    isFalse,
    end: circuit.slope < 0 ? endOf(circuit, shown.at(-1)) : null,
  }
}

/** Whether something is shown that is not there. */
function isWrong({ day, view }: Shown, { slope, step }: Circuit, from: number): boolean {
  // What is there at this moment.
  const isThere = (size: number): boolean => day >= from && size !== 0
  if (view.step !== null && !isThere(step)) return true
  if (isNear(view.decline?.ends?.at, day) && !isThere(slope)) return true
  return (view.loss ?? 0) >= 2 && !isThere(step + slope)
}

const START = Date.UTC(2026, 0, 1)
const dayOf = (instant: string): number => (Date.parse(instant) - START) / 86_400_000

/** An end within a year is what a finding is raised for. */
function isNear(end: string | undefined, day: number): boolean {
  return end !== undefined && dayOf(end) - day < 365
}

function endOf(circuit: Circuit, last: Shown | undefined) {
  const ends = last?.view.decline?.ends ?? null
  if (ends === null) return null
  const real = trueEnd(circuit)
  const latest = ends.latest === null ? Infinity : dayOf(ends.latest)
  return {
    error: Math.abs(dayOf(ends.at) - real),
    isWithin: real >= dayOf(ends.earliest) - 1 && real <= latest + 1,
  }
}
