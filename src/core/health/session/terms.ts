import { escaped } from '../../base/quote.js'
import type { NeighborHealth } from '../../wire/health.js'

/** The first step of setting up a session that fails, and who has to mend it. */
type Place = Readonly<Omit<NonNullable<NeighborHealth['cause']>, 'code'>>
export type Side = Place['side']

const OPEN_UNKNOWN: Place = { rung: 'OPEN', side: 'UNKNOWN' }
const TCP_UNKNOWN: Place = { rung: 'TCP', side: 'UNKNOWN' }
const SESSION_PATH: Place = { rung: 'SESSION', side: 'PATH' }
const SESSION_PEER: Place = { rung: 'SESSION', side: 'PEER' }

/** Every cause that is distinguished. `docs/health.md` lists them. */
export const CAUSES = {
  /** Nobody has ever answered ARP or neighbor discovery for the address. */
  NO_LINK_LAYER_ADDRESS: { rung: 'LINK-LAYER-ADDRESS', side: 'UNKNOWN' },
  /** Somebody has, and nobody does now. */
  LINK_LAYER_ADDRESS_LOST: { rung: 'LINK-LAYER-ADDRESS', side: 'PEER' },
  TCP_SILENT: TCP_UNKNOWN,
  TCP_REFUSED: { rung: 'TCP', side: 'PEER' },
  PASSWORD_DIFFERS: TCP_UNKNOWN,
  PASSWORD_MISSING_THERE: TCP_UNKNOWN,
  PASSWORD_MISSING_HERE: TCP_UNKNOWN,
  CLOSED_BY_PEER: { rung: 'OPEN', side: 'PEER' },
  LOCAL_AS_REFUSED: OPEN_UNKNOWN,
  PEER_AS_DIFFERS: OPEN_UNKNOWN,
  BGP_IDENTIFIER: OPEN_UNKNOWN,
  HOLD_TIME_REFUSED: OPEN_UNKNOWN,
  HOLD_TIME_INVALID: { rung: 'OPEN', side: 'PEER' },
  /** No family in common, or a capability that one end demands. */
  CAPABILITIES_DIFFER: OPEN_UNKNOWN,
  OPEN_REFUSED: OPEN_UNKNOWN,
  OPEN_INVALID: OPEN_UNKNOWN,
  COLLISION: OPEN_UNKNOWN,
  HOLD_TIMER_HERE: SESSION_PATH,
  HOLD_TIMER_THERE: SESSION_PATH,
  BFD_DOWN: SESSION_PATH,
  BFD_DOWN_THERE: SESSION_PATH,
  PEER_PREFIX_LIMIT: { rung: 'SESSION', side: 'ROUTER' },
  PEER_SHUTDOWN: SESSION_PEER,
  PEER_DECONFIGURED: SESSION_PEER,
  PEER_RESET: SESSION_PEER,
  PEER_REJECTED: SESSION_PEER,
  PEER_CHANGED: SESSION_PEER,
  PEER_RESOURCES: SESSION_PEER,
  PEER_ENDED: SESSION_PEER,
  MESSAGE_REFUSED: { rung: 'SESSION', side: 'ROUTER' },
  MESSAGE_INVALID: SESSION_PEER,
  UNKNOWN: { rung: 'UNKNOWN', side: 'UNKNOWN' },
} as const satisfies Record<string, Place>

export type CauseCode = keyof typeof CAUSES

/** Why a session that the intent wants up is not established. */
export interface SessionCause {
  readonly code: CauseCode
  /** What was measured, as the end of a sentence that begins "BGP to … is not established:". */
  readonly what: string
  /** What to do, as an imperative. */
  readonly remedy: string
}

export function isCauseCode(text: string): text is CauseCode {
  return Object.hasOwn(CAUSES, text)
}

/** Characters of a text that a peer wrote. */
const PEER_TEXT_MAX = 160

/**
 * FRR's last error may hold a text that the peer wrote (RFC 9003): it is cut, and control characters
 * become escapes.
 */
export function peerText(text: string): string {
  return escaped(text.slice(0, PEER_TEXT_MAX))
}
