import { isOurs } from '../../model/own-link.js'
import type { HaveLink } from '../../model/link.js'
import type { LeftOut } from '../../model/found.js'
import { addressesOf, type RouterIndex } from './router-index.js'

/** What may carry attachments: a bond of managed ports, or one such port. */
export interface TrunkLink {
  readonly link: HaveLink
  readonly ports: readonly HaveLink[]
}

/** The links that can be connections, by name, and those that look like one and cannot. */
export interface Trunks {
  readonly byName: ReadonlyMap<string, TrunkLink>
  readonly left: readonly LeftOut[]
}

/** Bonds and managed ports that can be a connection, and why the others cannot. */
export function findTrunks(scene: RouterIndex): Trunks {
  const found = scene.links.flatMap((link): TrunkLink[] => {
    if (link.detail.kind === 'bond') return [{ link, ports: membersOf(scene, link) }]
    return link.detail.kind === 'port' && scene.isManaged(link.name)
      ? [{ link, ports: [link] }]
      : []
  })
  const judged = found.map((trunk) => ({ trunk, why: against(trunk, scene) }))
  return {
    byName: new Map(
      judged.flatMap(({ trunk, why }) => (why === null ? [[trunk.link.name, trunk]] : [])),
    ),
    left: [
      ...judged.flatMap(({ trunk, why }) =>
        why === null || why === '' ? [] : [{ at: trunk.link.name, why }],
      ),
      ...scene.links.flatMap((link) => strangeKind(link, scene)),
    ],
  }
}

function membersOf({ members }: RouterIndex, { name }: HaveLink): readonly HaveLink[] {
  return members.get(name) ?? []
}

/** Why it is no connection; empty where it has nothing to do with one; null where it is one. */
function against(trunk: TrunkLink, scene: RouterIndex): string | null {
  return trunk.link.detail.kind === 'bond' ? againstBond(trunk, scene) : againstPort(trunk, scene)
}

function againstBond({ link, ports }: TrunkLink, scene: RouterIndex): string | null {
  const unmanaged = ports.find((port) => !scene.isManaged(port.name) || port.detail.kind !== 'port')
  if (ports.length === 0) return 'it is a bond without members'
  if (unmanaged !== undefined) {
    const others = ports.some((port) => scene.isManaged(port.name)) || isOurs(link)
    return others
      ? `its member ${unmanaged.name} is no port that [ports] manage allows: add it there`
      : ''
  }
  const down = [link, ...ports].find(({ up }) => !up)
  if (down !== undefined)
    return `${down.name} is down, and an intent would raise it: raise it first`
  const other = ports.find(({ mtu }) => mtu !== link.mtu)
  if (other !== undefined && isUsed(link, scene)) {
    return `its member ${other.name} has an MTU of ${other.mtu} and not ${link.mtu}: give it the same`
  }
  return againstMaster(link, scene)
}

function againstPort({ link }: TrunkLink, scene: RouterIndex): string | null {
  const master = scene.byName.get(link.master ?? '')
  if (master?.detail.kind === 'bond') return ''
  if (!isUsed(link, scene) && !scene.ports.has(link.name)) return ''
  if (!link.up) return 'it is down, and an intent would raise it: raise it first'
  return againstMaster(link, scene)
}

/** Without an address an intent has nothing to say of a link in a VRF, and would take it out. */
function againstMaster(link: HaveLink, { byName }: RouterIndex): string | null {
  if (link.master === null) return null
  const kind = byName.get(link.master)?.detail.kind
  if (kind === 'bridge') return null
  if (kind !== 'vrf') return `it belongs to ${link.master}, which is neither bond, bridge nor VRF`
  return addressesOf(link).length > 0
    ? null
    : `it is in VRF ${link.master} without an address: give it one or take it out`
}

function isUsed(link: HaveLink, { vlans }: RouterIndex): boolean {
  return vlans.has(link.name) || link.master !== null || addressesOf(link).length > 0
}

/** Kinds that stand on a port, whose parent is not told. */
const STACKED: readonly string[] = ['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap']

function strangeKind(link: HaveLink, scene: RouterIndex): readonly LeftOut[] {
  if (link.detail.kind !== 'other') return []
  const { type } = link.detail
  if (STACKED.includes(type)) {
    const what = type === 'vlan' ? 'a VLAN, but not of 802.1Q on a link here' : `a ${type}`
    return [{ at: link.name, why: `it is ${what}, which an intent does not have` }]
  }
  const manages = membersOf(scene, link).some(({ name }) => scene.isManaged(name))
  if (!manages) return []
  const why = type === 'bond' ? 'it is a bond, but not in mode 802.3ad' : `it is a ${type}`
  return [{ at: link.name, why: `${why}; an intent has only 802.3ad bonds` }]
}
