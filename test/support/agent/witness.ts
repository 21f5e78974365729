import type { Witness } from '../../../src/core/change/witness.js'

/** A witness of a change; unless said otherwise it is a live state that needs no hearing. */
export function witness(subject: string, healthy: boolean, over: Partial<Witness> = {}): Witness {
  const says = healthy ? 'fine' : 'down'
  return {
    subject,
    healthy: healthy,
    lastSeenAt: null,
    maxSilence: 0,
    upSince: null,
    detail: says,
    ...over,
  }
}
