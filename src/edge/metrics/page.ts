import { millis } from '../../core/base/time.js'
import type { Family } from '../../core/metrics/family.js'
import type { Clock } from '../host/clock.js'
import { exposition } from './exposition.js'

/** A scrape gets what an earlier one got within this time. */
const CACHED = millis(1000)
/** An exposition that takes long is kept for this many times as long, so that it takes a tenth of the processor at most. */
const REST = 10

/** The exposition, in octets. Rejects where it cannot be made; the next scrape tries again. */
export type MetricsPage = () => Promise<Buffer>

/** Makes the exposition at most once a second, however many ask for it. */
export function createMetricsPage(
  read: () => Promise<Iterable<Family>>,
  clock: Pick<Clock, 'now'>,
): MetricsPage {
  let page: Promise<Buffer> | null = null
  let until = 0

  async function make(): Promise<Buffer> {
    const began = clock.now()
    const text = await exposition(await read())
    const ended = clock.now()
    until = ended + Math.max(CACHED, REST * (ended - began))
    return Buffer.from(text)
  }

  return async () => {
    if (page !== null && clock.now() < until) return page
    const made = make()
    // While it is made, others wait for the same.
    until = Number.POSITIVE_INFINITY
    page = made
    try {
      return await made
    } catch (error) {
      page = null
      throw error
    }
  }
}
