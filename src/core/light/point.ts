import { LIGHTS, type Light } from '../model/light.js'

/** The light of one reading, or the mean of several. */
export interface Point extends Readonly<Record<Light, readonly (number | null)[]>> {
  /** Seconds on the timeline of the memory. */
  readonly t: number
  /** °C; null: not measured. */
  readonly temperature: number | null
}

/** One light of one lane over time; points without that light are left out. */
export interface Sample {
  readonly t: number
  /** dBm. */
  readonly value: number
  readonly temperature: number | null
}

export function samplesOf(points: readonly Point[], light: Light, lane: number): readonly Sample[] {
  return points.flatMap(({ t, temperature, [light]: lanes }) => {
    const value = lanes[lane] ?? null
    return value === null ? [] : [{ t, value, temperature }]
  })
}

/** The mean in time, temperature and dBm; lanes that no point has are null. */
export function meanOf(points: readonly Point[]): Point {
  const t = mean(points.map((point) => point.t)) ?? 0
  const lanes = Math.max(0, ...points.flatMap((point) => LIGHTS.map((of) => point[of].length)))
  const light = (of: Light) =>
    Array.from({ length: lanes }, (_, lane) => mean(points.map((point) => point[of][lane] ?? null)))
  const temperature = mean(points.map((point) => point.temperature))
  return { t, temperature, inputPower: light('inputPower'), outputPower: light('outputPower') }
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length
}
