import { millis } from '../../../src/core/base/time.js'
import type { Witness } from '../../../src/core/change/witness.js'

/** Monotonic instants and durations in ms. */
export interface WitnessOver {
  readonly lastSeenAt?: number | null
  readonly maxSilence?: number
  readonly upSince?: number | null
  readonly detail?: string
  readonly routes?: Witness['routes']
}

/** A witness of a change; by default its health is always current, as that of a bond. */
export function witness(subject: string, healthy: boolean, over: WitnessOver = {}): Witness {
  const { lastSeenAt = null, maxSilence = 0, upSince = null } = over
  return {
    subject,
    healthy,
    lastSeenAt: lastSeenAt === null ? null : millis(lastSeenAt),
    maxSilence: millis(maxSilence),
    upSince: upSince === null ? null : millis(upSince),
    ...(over.routes === undefined ? {} : { routes: over.routes }),
    detail: over.detail ?? (healthy ? 'fine' : 'down'),
  }
}
