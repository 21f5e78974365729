import type { Millis } from '../../base/time.js'
import type { NeighborState, RouterState, ShownNeighbor } from '../../model/state.js'

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
