import type { Want } from '../../../src/core/model/plan.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import type { Netns } from '../topology/netns.js'

/**
 * Makes one manual change to what demarc configured, chosen by `number`. Returns a description of the
 * change, or null when the intent has nothing to change.
 */
export function damage(host: Netns, frr: FrrDaemons, want: Want, number: number): string | null {
  const links = want.links.filter(({ alias }) => alias !== null)
  const link = links[number % Math.max(1, links.length)]
  const neighbors = want.bgp.flatMap(({ vrf, localAs, neighbors: all }) =>
    all.map(({ address }) => ({
      block: `router bgp ${localAs}${vrf === null ? '' : ` vrf ${vrf}`}`,
      address,
    })),
  )
  const neighbor = neighbors[number % Math.max(1, neighbors.length)]
  const ip = (...words: readonly string[]): string => {
    host.run('ip', ...words)
    return `ip ${words.join(' ')}`
  }
  const changes = [
    () => (link === undefined ? null : ip('link', 'delete', link.name)),
    () => (link === undefined ? null : ip('link', 'set', link.name, 'down')),
    () => (link === undefined ? null : ip('address', 'flush', 'dev', link.name)),
    () => {
      if (neighbor === undefined) return null
      const line = `no neighbor ${neighbor.address}`
      frr.vtysh('configure terminal', neighbor.block, line)
      return `${neighbor.block}: ${line}`
    },
    () => {
      if (neighbor === undefined) return null
      const line = `neighbor ${neighbor.address} timers 7 21`
      frr.vtysh('configure terminal', neighbor.block, line)
      return `${neighbor.block}: ${line}`
    },
  ]
  return changes[number % changes.length]?.() ?? null
}
