import type { Millis } from '../../base/time.js'
import type {
  Handshakes,
  NeighborState,
  Notification,
  PeerDown,
  RouterState,
  ShownNeighbor,
} from '../../model/state.js'

/** A neighbour by its place; `vrf` null: the default VRF. */
export type NeighborId = Pick<NeighborState, 'vrf' | 'address'>

/** What bgpd showed of a neighbour between two looks, and when, on a clock that never jumps. */
export interface ArrivedSession {
  readonly shown: ShownNeighbor
  readonly at: Millis
}

export function sessionKey({ vrf, address }: NeighborId): string {
  return `${vrf ?? ''} ${address}`
}

export function isUp({ sessionState }: Pick<NeighborState, 'sessionState'>): boolean {
  return sessionState === 'Established'
}

/**
 * The state with what bgpd showed of some neighbours since, by {@link sessionKey}; what it counts of their routes stays
 * as it was read last. The same object where nothing of it is new.
 */
export function withSessions(
  state: RouterState,
  sessions: ReadonlyMap<string, ArrivedSession>,
  at: string,
): RouterState {
  let isChanged = false
  const neighbors = state.neighbors.map((neighbor) => {
    const shown = sessions.get(sessionKey(neighbor))?.shown
    if (shown === undefined || shown.sessionState === neighbor.sessionState) return neighbor
    isChanged = true
    const { sessionState, adminDown, overLimit, lastEstablished, establishedTransitions } = shown
    const { lastError, reset, handshakes, bfd } = shown
    return {
      ...neighbor,
      ...{ sessionState, adminDown, overLimit, lastEstablished, establishedTransitions },
      ...{ lastError, reset, handshakes, bfd },
    }
  })
  return isChanged ? { ...state, at, neighbors } : state
}

/**
 * What bgpd shows of a neighbour, with the NOTIFICATION that BMP has reported where bgpd itself shows none any more, for
 * example because BFD went down after it. BMP may come from anybody on this machine: what it says is used only where
 * bgpd shows that the session is down, and has counted a NOTIFICATION in that direction since `before`.
 */
export function withReported(
  shown: ShownNeighbor,
  before: Handshakes,
  down: PeerDown | null,
): ShownNeighbor {
  if (down === null || isUp(shown) || hasNotification(shown)) return shown
  const { notification, message } = down
  if (notification === null || !hasCounted(notification, before, shown.handshakes)) return shown
  const reason = `NOTIFICATION ${notification.code}/${notification.subcode}`
  return { ...shown, lastError: reason, reset: { notification, reason, message } }
}

function hasNotification({ reset }: ShownNeighbor): boolean {
  return reset !== null && reset.notification !== null
}

function hasCounted({ direction }: Notification, before: Handshakes, now: Handshakes): boolean {
  const key = direction === 'received' ? 'notificationsReceived' : 'notificationsSent'
  return (now[key] ?? 0) > (before[key] ?? Infinity)
}
