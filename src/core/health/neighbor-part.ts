import { instantText, type Millis } from '../base/time.js'
import type { FamilyState, NeighborState } from '../model/state.js'
import type { NeighborHealth } from '../wire/health.js'
import { BANDS, damp, known, valueOf } from './shown/damping.js'
import type { Source } from './part.js'
import { CAUSES, isCauseCode, peerText } from './session/terms.js'

/** A neighbour's part of the health document. */
export function neighborHealth(
  state: NeighborState,
  { verdict, observedAt: readAt, before }: Source<NeighborHealth>,
  cause: string | undefined,
): NeighborHealth {
  return known({
    ...verdict,
    observedAt: readAt,
    attachment: state.attachment,
    neighborAddress: state.address,
    vrf: state.vrf,
    peerAs: state.peerAs,
    sessionState: SESSION_STATES[state.sessionState],
    shutdown: state.wantShutdown,
    adminDown: state.adminDown,
    heldBy: state.heldBy,
    prefixLimitHold: state.overLimit !== null,
    drained: state.drained,
    lastEstablished: lastEstablished(state, before),
    holdTime: state.wantHoldTime,
    negotiatedHoldTime: secondsOf(state.negotiated?.holdTime ?? null),
    establishedTransitions: state.establishedTransitions,
    lastError: state.lastError === null ? null : peerText(state.lastError),
    cause: cause === undefined || !isCauseCode(cause) ? null : { code: cause, ...CAUSES[cause] },
    bfd: state.bfd === null ? null : { sessionState: BFD_STATES[state.bfd.sessionState] },
    prefixes: state.families.length === 0 ? null : prefixes(state.families, before?.prefixes),
  })
}

const SESSION_STATES = {
  Idle: 'IDLE',
  Connect: 'CONNECT',
  Active: 'ACTIVE',
  OpenSent: 'OPENSENT',
  OpenConfirm: 'OPENCONFIRM',
  Established: 'ESTABLISHED',
  missing: 'MISSING',
} as const satisfies Record<NeighborState['sessionState'], NeighborHealth['sessionState']>

const BFD_STATES = {
  up: 'UP',
  down: 'DOWN',
  'admin-down': 'ADMIN-DOWN',
  unknown: 'UNKNOWN',
} as const

function secondsOf(duration: Millis | null): number | null {
  return duration === null ? null : Math.round(duration / 1000)
}

type PrefixesHealth = NonNullable<NeighborHealth['prefixes']>

function prefixes(
  families: readonly FamilyState[],
  before: PrefixesHealth | undefined,
): PrefixesHealth {
  return Object.fromEntries(
    families.map(({ family, received, sent, limit }) => {
      const last = valueOf(before, family)
      return [
        family,
        known({
          received: damp(last?.received, received, BANDS.prefixes),
          sent: damp(last?.sent, sent, BANDS.prefixes),
          limit,
        }),
      ]
    }),
  )
}

/**
 * Seconds by which FRR's figure wavers, because FRR computes it anew at each query; the likely ones
 * first.
 */
const WAVERS = [0, -1, 1, -2, 2, -3, 3]

/** Keeps the moment of the last document, unless the session is another or the clock was set. */
function lastEstablished(
  { lastEstablished: at, establishedTransitions }: NeighborState,
  before: NeighborHealth | undefined,
): string | null {
  if (at === null) return null
  const written = before?.lastEstablished
  const isSameSession = before?.establishedTransitions === establishedTransitions
  const isSame = isSameSession && WAVERS.some((by) => instantText(at + by) === written)
  return isSame && written !== undefined ? written : instantText(at)
}
