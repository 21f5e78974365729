import { fault, type Fault } from '../../base/fault.js'
import type { HaveAddress, HaveLink, WantLink } from '../../model/link.js'
import { isLinkLocal, isOurs } from '../../model/own-link.js'
import { vrfOf } from '../../model/vrf.js'
import { subjectOf, type LinkIndex } from './link-index.js'

/** An address on its link, `p1 10.0.0.2/30`. */
export function addressKey(link: string, address: string): string {
  return `${link} ${address}`
}

/** Everything that stands in the way before the first step is thought of. */
export function findConflicts(
  landscape: LinkIndex,
  accepted: ReadonlySet<string>,
): readonly Fault[] {
  const holders = holdersOf(landscape, accepted)
  const vlans = foreignBy(landscape, (link) =>
    link.detail.kind === 'vlan' ? `vlan ${link.detail.vlanId} on ${link.detail.parent}` : null,
  )
  const tables = foreignBy(landscape, (link) =>
    link.detail.kind === 'vrf' ? `table ${link.detail.table}` : null,
  )
  return [...landscape.want.values()].flatMap((link) => [
    ...(link.alias === null ? portFaults(landscape, link) : nameFaults(landscape, link)),
    ...idFaults(landscape, link, vlans, tables),
    ...parentFaults(landscape, link),
    ...addressFaults(landscape, link, holders),
  ])
}

function portFaults({ have }: LinkIndex, link: WantLink): readonly Fault[] {
  const is = have.get(link.name)
  if (is === undefined) return [fault('PORT_MISSING', link.name)]
  if (isOurs(is)) {
    const text = `is a ${is.detail.kind} that demarc made for ${is.alias}, not a port`
    return [fault('PORT_MISSING', link.name, text)]
  }
  const master = is.master === null ? undefined : have.get(is.master)
  if (is.master === null || is.master === link.master) return []
  if (master !== undefined && isOurs(master)) return []
  return [clash(link.name, `belongs to ${is.master}, which is not demarc's; release it there`)]
}

function nameFaults(landscape: LinkIndex, link: WantLink): readonly Fault[] {
  const is = landscape.have.get(link.name)
  if (is === undefined || isOurs(is)) return []
  const kind = is.detail.kind === 'other' ? is.detail.type : is.detail.kind
  const text = `${subjectOf(landscape, link.name)} needs this name, but it is a ${kind} that demarc did not make; rename or remove it`
  return [clash(link.name, text)]
}

function idFaults(
  landscape: LinkIndex,
  link: WantLink,
  vlans: ReadonlyMap<string, HaveLink>,
  tables: ReadonlyMap<string, HaveLink>,
): readonly Fault[] {
  const { detail } = link
  const [key, holder] =
    detail.kind === 'vlan'
      ? withHolder(vlans, `vlan ${detail.vlanId} on ${detail.parent}`)
      : detail.kind === 'vrf'
        ? withHolder(tables, `table ${detail.table}`)
        : ['', undefined]
  if (holder === undefined || holder.name === link.name) return []
  const text = `${subjectOf(landscape, link.name)} needs ${key}, which ${holder.name} has; demarc did not make it: remove it`
  return [clash(link.name, text)]
}

function withHolder(
  holders: ReadonlyMap<string, HaveLink>,
  key: string,
): [string, HaveLink | undefined] {
  return [key, holders.get(key)]
}

function foreignBy(
  { have }: LinkIndex,
  keyOf: (link: HaveLink) => string | null,
): ReadonlyMap<string, HaveLink> {
  const found = new Map<string, HaveLink>()
  for (const link of have.values()) {
    const key = isOurs(link) ? null : keyOf(link)
    if (key !== null) found.set(key, link)
  }
  return found
}

/** The intent names every parent and master; a want without is a mistake of ours. */
function parentFaults({ want, have }: LinkIndex, link: WantLink): readonly Fault[] {
  const { detail, master } = link
  const needs = [detail.kind === 'vlan' ? detail.parent : null, master]
  return needs.flatMap((name) => {
    if (name === null || want.has(name)) return []
    const is = have.get(name)
    if (is !== undefined && !isOurs(is)) return []
    return [fault('BUG', link.name, `${name}, which it needs, is not among the wanted links`)]
  })
}

interface Holder extends HaveAddress {
  readonly link: HaveLink
}

/** Foreign addresses by their address without prefix length, but for those accepted. */
function holdersOf(
  { have }: LinkIndex,
  accepted: ReadonlySet<string>,
): ReadonlyMap<string, readonly Holder[]> {
  const holders = new Map<string, Holder[]>()
  for (const link of have.values()) {
    for (const held of link.addresses) {
      if (held.owned || isLinkLocal(held.address)) continue
      if (accepted.has(addressKey(link.name, held.address))) continue
      const ip = ipOf(held.address)
      holders.set(ip, [...(holders.get(ip) ?? []), { ...held, link }])
    }
  }
  return holders
}

function ipOf(address: string): string {
  return address.slice(0, address.indexOf('/'))
}

/** The very address on the very link satisfies the want, whoever added it for good. */
function addressFaults(
  landscape: LinkIndex,
  link: WantLink,
  holders: ReadonlyMap<string, readonly Holder[]>,
): readonly Fault[] {
  const vrf = vrfOf(landscape.want, link)
  return link.addresses.flatMap((address) =>
    (holders.get(ipOf(address)) ?? [])
      .filter((holder) => !satisfies(holder, link, address))
      .filter(
        (holder) => holder.link.name === link.name || vrfOf(landscape.have, holder.link) === vrf,
      )
      .map((holder) => {
        const whose = holder.leased === true ? 'which DHCP gave it' : "which is not demarc's"
        const text = `${subjectOf(landscape, link.name)} needs ${address}, but ${holder.link.name} has ${holder.address}, ${whose}; remove it there`
        return clash(addressKey(link.name, address), text)
      }),
  )
}

function satisfies(holder: Holder, link: WantLink, address: string): boolean {
  return holder.link.name === link.name && holder.address === address && holder.leased !== true
}

function clash(at: string, message: string): Fault {
  return fault('NOT_OWNED', at, message)
}
