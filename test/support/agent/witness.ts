import type { Witness } from '../../../src/core/change/witness.js'

/** A witness of a change; unless said otherwise it is a live state that needs no hearing. */
export function witness(subject: string, well: boolean, over: Partial<Witness> = {}): Witness {
  const says = well ? 'fine' : 'down'
  return { subject, well, heardAt: null, silence: 0, upSince: null, says, ...over }
}
