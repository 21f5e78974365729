import { isOurs } from '../../model/own-link.js'
import type { HaveLink } from '../../model/link.js'
import type { NotExported } from '../../model/exported.js'
import { addressesOf, type RouterIndex } from './router-index.js'

/** A link that can carry attachments: a bond of managed ports, or one managed port. */
export interface TrunkLink {
  readonly link: HaveLink
  readonly ports: readonly HaveLink[]
}

/** The links that can be connections, by name, and those that look like one and cannot be. */
export interface Trunks {
  readonly byName: ReadonlyMap<string, TrunkLink>
  readonly notExported: readonly NotExported[]
}

/** Bonds and managed ports that can be a connection, and why the others cannot. */
export function findTrunks(router: RouterIndex): Trunks {
  const found = router.links.flatMap((link): TrunkLink[] => {
    if (link.detail.kind === 'bond') return [{ link, ports: membersOf(router, link) }]
    return link.detail.kind === 'port' && router.isManaged(link.name)
      ? [{ link, ports: [link] }]
      : []
  })
  const checked = found.map((trunk) => ({ trunk, why: against(trunk, router) }))
  return {
    byName: new Map(
      checked.flatMap(({ trunk, why }) => (why === null ? [[trunk.link.name, trunk]] : [])),
    ),
    notExported: [
      ...checked.flatMap(({ trunk, why }) =>
        why === null || why === '' ? [] : [{ at: trunk.link.name, why }],
      ),
      ...router.links.flatMap((link) => strangeKind(link, router)),
    ],
  }
}

function membersOf({ members }: RouterIndex, { name }: HaveLink): readonly HaveLink[] {
  return members.get(name) ?? []
}

/** Why the link cannot be a connection; empty: it has nothing to do with one; null: it can be. */
function against(trunk: TrunkLink, router: RouterIndex): string | null {
  return trunk.link.detail.kind === 'bond' ? againstBond(trunk, router) : againstPort(trunk, router)
}

function againstBond({ link, ports }: TrunkLink, router: RouterIndex): string | null {
  const unmanaged = ports.find(
    (port) => !router.isManaged(port.name) || port.detail.kind !== 'port',
  )
  if (ports.length === 0) return 'it is a bond without members'
  if (unmanaged !== undefined) {
    const others = ports.some((port) => router.isManaged(port.name)) || isOurs(link)
    return others
      ? `its member ${unmanaged.name} is not a port that [ports] manage allows: add it there`
      : ''
  }
  const down = [link, ...ports].find(({ up }) => !up)
  if (down !== undefined)
    return `${down.name} is down, and applying an intent would set it up: set it up first`
  const other = ports.find(({ mtu }) => mtu !== link.mtu)
  if (other !== undefined && isUsed(link, router)) {
    return `its member ${other.name} has an MTU of ${other.mtu} and not ${link.mtu}: set it to ${link.mtu}`
  }
  return againstMaster(link, router)
}

function againstPort({ link }: TrunkLink, router: RouterIndex): string | null {
  const master = router.byName.get(link.master ?? '')
  if (master?.detail.kind === 'bond') return ''
  if (!isUsed(link, router) && !router.ports.has(link.name)) return ''
  if (!link.up) return 'it is down, and applying an intent would set it up: set it up first'
  return againstMaster(link, router)
}

/** An intent cannot describe a link in a VRF without an address, and applying it would remove the link. */
function againstMaster(link: HaveLink, { byName }: RouterIndex): string | null {
  if (link.master === null) return null
  const kind = byName.get(link.master)?.detail.kind
  if (kind === 'bridge') return null
  if (kind !== 'vrf') return `it belongs to ${link.master}, which is neither bond, bridge nor VRF`
  return addressesOf(link).length > 0
    ? null
    : `it is in VRF ${link.master} without an address: give it an address or remove it from the VRF`
}

function isUsed(link: HaveLink, { vlans }: RouterIndex): boolean {
  return vlans.has(link.name) || link.master !== null || addressesOf(link).length > 0
}

/** Kinds of links on top of a port; the kernel's answer is not read far enough to know which port. */
const STACKED: readonly string[] = ['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap']

function strangeKind(link: HaveLink, router: RouterIndex): readonly NotExported[] {
  if (link.detail.kind !== 'other') return []
  const { type } = link.detail
  if (STACKED.includes(type)) {
    const what = type === 'vlan' ? 'a VLAN, but not of 802.1Q on a link here' : `a ${type}`
    return [{ at: link.name, why: `it is ${what}, which an intent does not have` }]
  }
  const manages = membersOf(router, link).some(({ name }) => router.isManaged(name))
  if (!manages) return []
  const why = type === 'bond' ? 'it is a bond, but not in mode 802.3ad' : `it is a ${type}`
  return [{ at: link.name, why: `${why}; an intent has only 802.3ad bonds` }]
}
