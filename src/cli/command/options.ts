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

/** A number of events, 1-999. */
export function count(text: string): number {
  return whole(text, 999)
}

/** A TCP port, 1-65535. */
export function port(text: string): number {
  return whole(text, 65_535)
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
