import { millis, type Millis } from '../base/time.js'

/** A result that fping prints in loop mode. */
export interface FpingResult {
  /** As fping was given it. */
  readonly address: string
  /** 0 for the first request to this address. */
  readonly sequence: number
  /** null: no answer came in time. */
  readonly roundTripTime: Millis | null
}

/** Characters of the longest line: an address, padded to that of the longest target, and figures. */
export const FPING_LINE_MAX = 512

/** `10.0.0.1 : [12], 64 bytes, 0.049 ms (0.466 avg, 0% loss)` and `10.0.0.9 : [0], timed out (NaN avg, 100% loss)`. */
const RESULT =
  /^([0-9a-fA-F.:]{2,45}) *: \[(\d{1,10})\], (?:timed out|\d{1,6} bytes, (\d{1,7}(?:\.\d{1,6})?) ms) /

/** null: the line says something else, such as which ICMP error came from where. */
export function parseFpingLine(line: string): FpingResult | null {
  if (line.length > FPING_LINE_MAX) return null
  const [, address, sequence, time] = RESULT.exec(line) ?? []
  if (address === undefined || sequence === undefined) return null
  const roundTripTime = time === undefined ? null : millis(Number(time))
  return { address, sequence: Number(sequence), roundTripTime }
}
