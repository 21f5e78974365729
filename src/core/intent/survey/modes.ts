import type { LinkModeSettings } from '../../model/link.js'
import type { IntentPort } from '../../wire/intent.js'

const DUPLEX = { FULL: 'full', HALF: 'half' } as const

/** The link modes that the intent sets on a port; none: they are left as they are. */
export function wantedModes({ autoNegotiate, speed, duplex }: IntentPort): LinkModeSettings {
  return {
    ...(autoNegotiate !== undefined && { autoNegotiate }),
    ...(speed !== undefined && { speed }),
    ...(duplex !== undefined && { duplex: DUPLEX[duplex] }),
  }
}
