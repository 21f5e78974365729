import { setTimeout as sleep } from 'node:timers/promises'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { ALIAS_MARK } from '../../../src/core/model/link.js'
import type { Effect, Want } from '../../../src/core/model/plan.js'
import { sharedLinks } from '../../support/kernel/shared-links.js'
import type { Uptimes } from './provider.js'

/** Neighbours at which the lab's peer answers. */
export function reachable(bgp: readonly BgpInstance[]): readonly string[] {
  return bgp.flatMap(({ neighbors }) =>
    neighbors
      .filter(({ address }) => /^(10\.0\.[345]\.1|2001:db8:[345]::1)$/.test(address))
      .filter(({ shutdown }) => shutdown === null)
      .map(({ address }) => address),
  )
}

/** Waits until the peer has all of them, or the time is over; what it has then. */
export async function settled(
  sessions: () => Promise<Uptimes>,
  neighbors: readonly string[],
  seconds: number,
): Promise<Uptimes> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await sessions()
    const all = neighbors.every((neighbor) => found.has(neighbor))
    if (all || performance.now() > deadline) return found
    await sleep(200)
  }
}

/** Neighbours of both intents, in the same VRF, that the plan promises to leave alone. */
export function promised(before: Want, after: Want, effects: readonly Effect[]): readonly string[] {
  const disturbed = new Set(
    effects
      .filter(({ impact }) => impact !== 'none' && impact !== 'soft')
      .map(({ subject }) => subject),
  )
  const kept = new Set(before.bgp.flatMap(subjects))
  const calm = after.bgp.flatMap((instance) => {
    const left = subjects(instance).filter((one) => kept.has(one) && !disturbed.has(one))
    return left.map((subject) => subject.split(' ')[1] ?? '')
  })
  const up = new Set(reachable(before.bgp))
  return reachable(after.bgp).filter((each) => up.has(each) && calm.includes(each))
}

/** As plans name them. */
function subjects({ vrf, neighbors }: BgpInstance): readonly string[] {
  return neighbors.map(({ address }) => `neighbor ${address}${vrf === null ? '' : ` vrf ${vrf}`}`)
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
