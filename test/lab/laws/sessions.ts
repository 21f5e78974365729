import { setTimeout as sleep } from 'node:timers/promises'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { ALIAS_MARK } from '../../../src/core/model/link.js'
import type { Effect, Want } from '../../../src/core/model/plan.js'
import { sharedLinks } from '../../support/shared-links.js'
import type { BgpPeer } from '../peers/peer.js'

/** Since when the peer has each of its established sessions, by our address. */
export type Uptimes = ReadonlyMap<string, string>

/** Our address of a neighbour in the lab's subnets: neighbours are `…1`, we are `…2`. */
export function ourAddress(neighbor: string): string {
  return neighbor.replace(/1$/, '2')
}

/** Neighbours at which the lab's peer answers. */
export function reachable(bgp: readonly BgpInstance[]): readonly string[] {
  return bgp.flatMap(({ neighbors }) =>
    neighbors
      .filter(({ address }) => /^(10\.0\.[345]\.1|2001:db8:[345]::1)$/.test(address))
      .filter(({ shutdown }) => shutdown === null)
      .map(({ address }) => address),
  )
}

export function uptimes(peer: BgpPeer, neighbors: readonly string[]): Uptimes {
  return new Map(
    neighbors.flatMap((neighbor) => {
      const session = peer.session(ourAddress(neighbor))
      return session?.established === true ? [[neighbor, session.since] as const] : []
    }),
  )
}

/** Waits until the peer has all of them, or the time is over; what it has then. */
export async function settled(
  peer: BgpPeer,
  neighbors: readonly string[],
  seconds: number,
): Promise<Uptimes> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = uptimes(peer, neighbors)
    if (found.size === neighbors.length || performance.now() > deadline) return found
    await sleep(300)
  }
}

/** Neighbours of both intents that the plan promises to leave alone. */
export function promised(
  before: readonly BgpInstance[],
  after: readonly BgpInstance[],
  effects: readonly Effect[],
): readonly string[] {
  const disturbed = new Set(
    effects
      .filter(({ impact }) => impact !== 'none' && impact !== 'soft')
      .map(({ subject }) => subject),
  )
  const kept = new Set(reachable(before))
  return reachable(after).filter(
    (neighbor) => kept.has(neighbor) && !disturbed.has(`neighbor ${neighbor}`),
  )
}

/** Neighbours that are the same in both intents, on links that are. */
export function shared(before: Want, after: Want): readonly string[] {
  const texts = new Set(before.bgp.flatMap((one) => one.neighbors.map((each) => text(one, each))))
  const links = sharedLinks(before.links, after.links)
  const carriers = new Set(
    after.links.filter(({ name }) => links.has(name)).map(({ alias }) => alias as string),
  )
  const same = after.bgp.flatMap((one) =>
    one.neighbors.filter(
      (each) =>
        texts.has(text(one, each)) && carriers.has(`${ALIAS_MARK}attachment ${each.attachment}`),
    ),
  )
  const names = new Set<string>(same.map(({ address }) => address))
  return reachable(after.bgp).filter((neighbor) => names.has(neighbor))
}

function text({ vrf }: BgpInstance, neighbor: BgpInstance['neighbors'][number]): string {
  return JSON.stringify([vrf, neighbor])
}
