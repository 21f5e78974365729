import { attempt } from '../../core/base/attempt.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { FrrState, NeighborState } from '../../core/model/state.js'

/** A neighbour as FRR shows it. */
export type FrrNeighbor = Omit<NeighborState, 'attachment' | 'drained'>

export interface ObservedBgp {
  readonly neighbors: readonly NeighborState[]
  /** Why FRR did not answer; null: it did, or was not asked. */
  readonly failure: string | null
}

/**
 * The wanted neighbours as FRR shows them. A neighbour that FRR does not have is `missing`; where FRR does
 * not answer, all of them are.
 */
export async function observeNeighbors(
  want: Want | null,
  read: () => Promise<readonly FrrNeighbor[]>,
): Promise<ObservedBgp> {
  const wanted = (want?.bgp ?? []).flatMap(({ vrf, neighbors }) =>
    neighbors.map((neighbor) => ({ vrf, neighbor })),
  )
  if (wanted.length === 0) return { neighbors: [], failure: null }
  const found = await attempt(read)
  const seen = new Map(
    (found.ok ? found.value : []).map((state) => [`${state.vrf ?? ''} ${state.address}`, state]),
  )
  const neighbors = wanted.map(({ vrf, neighbor }) => ({
    ...(seen.get(`${vrf ?? ''} ${neighbor.address}`) ?? missing(neighbor, vrf)),
    attachment: neighbor.attachment,
    drained: neighbor.drain,
  }))
  return { neighbors, failure: found.ok ? null : (found.faults[0]?.message ?? '') }
}

/** Whether FRR can be reached; `failure` is why its neighbours could not be read, if so. */
export function frrState(
  { version, faults }: Pick<Have['frr'], 'version' | 'faults'>,
  failure: string | null,
): FrrState {
  const reason = failure ?? faults[0]?.message ?? null
  if (reason === null && version !== null) return { reachable: true, version }
  return { reachable: false, reason: reason ?? 'FRR does not report its version' }
}

function missing(
  neighbor: Want['bgp'][number]['neighbors'][number],
  vrf: string | null,
): FrrNeighbor {
  return {
    address: neighbor.address,
    vrf,
    peerAs: neighbor.peerAs,
    sessionState: 'missing',
    adminDown: false,
    lastEstablished: null,
    establishedTransitions: 0,
    lastError: null,
    bfd: null,
    families: [],
  }
}
