import { heldBy } from '../../core/frr/read/held-by.js'
import type { BgpInstance } from '../../core/model/bgp.js'
import type { FrrDaemon, HaveFrr, Want } from '../../core/model/plan.js'
import type { DaemonState, NeighborState, ShownNeighbor } from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'
import type { Reading } from './source.js'

/** What bgpd says at one look. */
export interface BgpdAnswer {
  readonly version: string | null
  readonly neighbors: readonly ShownNeighbor[]
}

/** The daemons that an intent needs: none without BGP and static routes, and bfdd only where a neighbour has BFD. */
export function neededDaemons(intent: Intent | null): ReadonlySet<FrrDaemon> {
  const neighbors = intent?.attachments.flatMap(({ bgp }) => bgp ?? []) ?? []
  if (neighbors.length === 0) return new Set()
  const needsBfd = neighbors.some(({ bfd }) => bfd !== undefined)
  return new Set(needsBfd ? ['zebra', 'bgpd', 'bfdd'] : ['zebra', 'bgpd'])
}

/** A daemon that is not needed has no fault. */
export function daemonState(
  daemon: FrrDaemon,
  isNeeded: boolean,
  reading: Reading<unknown> | null,
): DaemonState {
  const seen = { at: reading?.at ?? null, fault: isNeeded ? (reading?.fault ?? null) : null }
  return { daemon, needed: isNeeded, ...seen }
}

/** The wanted neighbours as FRR shows them; one that it does not have, or never showed, is `missing`. */
export function observeNeighbors(
  want: Want | null,
  found: readonly ShownNeighbor[],
  config: HaveFrr | null,
): readonly NeighborState[] {
  const seen = new Map(found.map((state) => [keyOf(state.vrf, state.address), state]))
  return (want?.bgp ?? []).flatMap(({ vrf, neighbors }) =>
    neighbors.map((neighbor) => {
      const { peerGroup, listenRange, ...state } =
        seen.get(keyOf(vrf, neighbor.address)) ?? missing(neighbor, vrf)
      const wantShutdown = neighbor.shutdown !== null
      const isHeld = state.adminDown && !wantShutdown
      return {
        ...state,
        attachment: neighbor.attachment,
        wantShutdown,
        heldBy: isHeld ? heldBy(config?.bgpd ?? [], { ...state, peerGroup }) : null,
        drained: neighbor.drain,
      }
    }),
  )
}

function keyOf(vrf: string | null, address: string): string {
  return `${vrf ?? ''} ${address}`
}

function missing(neighbor: BgpInstance['neighbors'][number], vrf: string | null): ShownNeighbor {
  return {
    address: neighbor.address,
    vrf,
    peerAs: neighbor.peerAs,
    sessionState: 'missing',
    adminDown: false,
    overLimit: null,
    lastEstablished: null,
    establishedTransitions: 0,
    lastError: null,
    bfd: null,
    families: [],
    peerGroup: null,
    listenRange: null,
  }
}
