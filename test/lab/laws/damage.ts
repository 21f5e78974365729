import type { Want } from '../../../src/core/model/plan.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import type { Netns } from '../topology/netns.js'

/** Something done to the router behind demarc's back; says what, or null where there was nothing to do. */
export function damage(host: Netns, frr: FrrDaemons, want: Want, number: number): string | null {
  const made = want.links.filter(({ alias }) => alias !== null)
  const link = made[number % Math.max(1, made.length)]
  const neighbors = want.bgp.flatMap(({ vrf, localAs, neighbors: all }) =>
    all.map((each) => ({
      block: `router bgp ${localAs}${vrf === null ? '' : ` vrf ${vrf}`}`,
      each,
    })),
  )
  const neighbor = neighbors[number % Math.max(1, neighbors.length)]
  const ip = (...words: readonly string[]): string => {
    host.run('ip', ...words)
    return `ip ${words.join(' ')}`
  }
  const deeds = [
    () => (link === undefined ? null : ip('link', 'delete', link.name)),
    () => (link === undefined ? null : ip('link', 'set', link.name, 'down')),
    () => (link === undefined ? null : ip('address', 'flush', 'dev', link.name)),
    () => {
      if (neighbor === undefined) return null
      const line = `no neighbor ${neighbor.each.address}`
      frr.vtysh('configure terminal', neighbor.block, line)
      return `${neighbor.block}: ${line}`
    },
    () => {
      if (neighbor === undefined) return null
      const line = `neighbor ${neighbor.each.address} timers 7 21`
      frr.vtysh('configure terminal', neighbor.block, line)
      return `${neighbor.block}: ${line}`
    },
  ]
  return deeds[number % deeds.length]?.() ?? null
}
