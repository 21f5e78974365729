import { setTimeout as sleep } from 'node:timers/promises'
import type { BgpInstance } from '../../../src/core/model/bgp.js'
import { ALIAS_MARK } from '../../../src/core/model/link.js'
import type { Effect, Want } from '../../../src/core/model/plan.js'
import { sharedLinks } from '../../support/kernel/shared-links.js'
import type { Uptimes } from './provider.js'

/** Addresses of the neighbours at which the lab's peer answers. */
export function reachableNeighbors(bgp: readonly BgpInstance[]): readonly string[] {
  return bgp.flatMap(({ neighbors }) =>
    neighbors
      .filter(({ address }) => /^(10\.0\.[345]\.1|2001:db8:[345]::1)$/.test(address))
      .filter(({ shutdown }) => shutdown === null)
      .map(({ address }) => address),
  )
}

/** Waits until the sessions with all `neighbors` are established, or the time is over; returns those that are. */
export async function waitForSessions(
  sessions: () => Promise<Uptimes>,
  neighbors: readonly string[],
  seconds: number,
): Promise<Uptimes> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await sessions()
    const complete = neighbors.every((neighbor) => found.has(neighbor))
    if (complete || performance.now() > deadline) return found
    await sleep(200)
  }
}

/** Neighbours that are in both intents, in the same VRF, and that the plan does not disturb. */
export function undisturbedNeighbors(
  before: Want,
  after: Want,
  effects: readonly Effect[],
): readonly string[] {
  const disturbed = new Set(
    effects
      .filter(({ impact }) => impact !== 'none' && impact !== 'soft')
      .map(({ subject }) => subject),
  )
  const subjectsBefore = new Set(before.bgp.flatMap(subjects))
  const undisturbed = after.bgp
    .flatMap(subjects)
    .filter((subject) => subjectsBefore.has(subject) && !disturbed.has(subject))
    .map((subject) => subject.split(' ')[1] ?? '')
  const up = new Set(reachableNeighbors(before.bgp))
  return reachableNeighbors(after.bgp).filter(
    (neighbor) => up.has(neighbor) && undisturbed.includes(neighbor),
  )
}

/** The neighbours of an instance in the form that the effects of a plan name them. */
function subjects({ vrf, neighbors }: BgpInstance): readonly string[] {
  return neighbors.map(({ address }) => `neighbor ${address}${vrf === null ? '' : ` vrf ${vrf}`}`)
}

/** Neighbours that are the same in both intents and use links that are the same in both. */
export function sharedNeighbors(before: Want, after: Want): readonly string[] {
  const texts = new Set(
    before.bgp.flatMap((instance) =>
      instance.neighbors.map((neighbor) => text(instance, neighbor)),
    ),
  )
  const links = sharedLinks(before.links, after.links)
  const aliases = new Set(
    after.links.filter(({ name }) => links.has(name)).map(({ alias }) => alias as string),
  )
  const same = after.bgp.flatMap((instance) =>
    instance.neighbors.filter(
      (neighbor) =>
        texts.has(text(instance, neighbor)) &&
        aliases.has(`${ALIAS_MARK}attachment ${neighbor.attachment}`),
    ),
  )
  const addresses = new Set<string>(same.map(({ address }) => address))
  return reachableNeighbors(after.bgp).filter((neighbor) => addresses.has(neighbor))
}

function text({ vrf }: BgpInstance, neighbor: BgpInstance['neighbors'][number]): string {
  return JSON.stringify([vrf, neighbor])
}
