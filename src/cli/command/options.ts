import { InvalidArgumentError } from 'commander'
import { seconds, type Seconds } from '../../core/base/time.js'

const SECONDS_PER = { s: 1, m: 60, h: 3600 } as const

/** A duration such as `90`, `90s`, `5m` or `1h`; a number alone is seconds. */
export function duration(text: string): Seconds {
  const match = /^(\d{1,6})([smh])?$/.exec(text)
  if (match === null) throw new InvalidArgumentError('Write it as 90, 90s, 5m or 1h.')
  const unit = (match[2] ?? 's') as keyof typeof SECONDS_PER
  return seconds(Number(match[1]) * SECONDS_PER[unit])
}

/** A number of events or routers, 1-999. */
export function count(text: string): number {
  return whole(text, 999)
}

/** A TCP port, 1-65535. */
export function port(text: string): number {
  return whole(text, 65_535)
}

/** A power of light in dBm, -60 to 30, or `none`: no light. */
export function power(text: string): number | null {
  if (text === 'none') return null
  const value = Number(text)
  if (/^[+-]?\d{1,2}(\.\d{1,3})?$/.test(text) && value >= -60 && value <= 30) return value
  throw new InvalidArgumentError('Write dBm from -60 to 30, such as -7.5, or none.')
}

/** The generation of an intent, as `demarc history` lists it. */
export function generation(text: string): number {
  return whole(text, Number.MAX_SAFE_INTEGER)
}

function whole(text: string, most: number): number {
  const value = Number(text)
  if (/^[1-9]\d{0,15}$/.test(text) && value <= most) return value
  throw new InvalidArgumentError(`Write a whole number from 1 to ${most}.`)
}
