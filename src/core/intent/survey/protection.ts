import type { Protection } from '../../model/link.js'
import type { IntentAttachment } from '../../wire/intent.js'

/** The limits of what an attachment sends to the provider; undefined: there are none. */
export function wantedProtection({ l2 }: IntentAttachment): Protection | undefined {
  const { macLimit, controlFrames, stormControl } = l2?.protection ?? {}
  const wanted: Protection = {
    ...(macLimit !== undefined && { macLimit }),
    ...(controlFrames === 'DROP' && { controlFrames }),
    ...stormControl,
  }
  return Object.keys(wanted).length === 0 ? undefined : wanted
}
