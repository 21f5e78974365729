import { millis, type Millis } from '../../core/base/time.js'
import type { Clock } from '../../edge/host/clock.js'
import { createTokenBucket } from '../../edge/socket/flow/token-bucket.js'

/** Spaces turns that take much processor time, so that what they look at keeps the processor. */
export interface TurnMeter {
  /** How long the next turn has to wait from now on, in whole ms. */
  readonly delay: () => Millis
  /** Runs a turn and counts the processor time of this process meanwhile. */
  readonly run: (turn: () => Promise<void>) => Promise<void>
}

/** No turn has to wait. */
export const UNMETERED: TurnMeter = { delay: () => millis(0), run: (turn) => turn() }

export interface TurnMeterOptions {
  /** The share of a processor that turns may take in the long run, 0 to 1. */
  readonly share: number
  /** Processor time that turns may take at once after a quiet time. */
  readonly burst: Millis
  /** Processor time that this process has taken so far. */
  readonly spent: () => Millis
  readonly clock: Pick<Clock, 'now'>
}

/** The longest time by which a turn delays the next one. */
const DELAY_MAX = millis(30_000)

/** Nothing has been taken yet. */
export function createTurnMeter({ share, burst, spent, clock }: TurnMeterOptions): TurnMeter {
  const bucket = createTokenBucket({ perSecond: share * 1000, burst }, clock)
  const debtMax = share * DELAY_MAX
  return {
    delay: () => millis(Math.floor(Math.max(0, -bucket.level()) / share)),
    async run(turn) {
      const before = spent()
      await turn()
      bucket.take(Math.min(spent() - before, bucket.level() + debtMax))
    },
  }
}
