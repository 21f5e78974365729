import { fault, type Fault } from '../../base/fault.js'
import { linkTarget, presenceTarget, type PlanConflict } from '../../model/drift.js'
import { vlanSlot, type HaveAddress, type HaveLink, type WantLink } from '../../model/link.js'
import { isLinkLocal, isOurs } from '../../model/own-link.js'
import { vrfOf } from '../../model/vrf.js'
import { subjectOf, type LinkIndex } from './link-index.js'

/** An address on its link, `p1 10.0.0.2/30`. */
export function addressKey(link: string, address: string): string {
  return `${link} ${address}`
}

/** Every conflict of links that can be seen without planning steps. */
export function findConflicts(index: LinkIndex): readonly PlanConflict[] {
  const vlans = foreignBy(index, (link) =>
    link.detail.kind === 'vlan' ? vlanSlot(link.detail, 'on') : null,
  )
  const tables = foreignBy(index, (link) =>
    link.detail.kind === 'vrf' ? `table ${link.detail.table}` : null,
  )
  const altNames = new Map(
    [...index.have.values()].flatMap((link) =>
      (link.altNames ?? []).map((name) => [name, link] as const),
    ),
  )
  return [...index.want.values()].flatMap((link) => {
    const targets = [linkTarget(link.name)]
    const names = link.alias === null ? [] : nameFaults(index, link, altNames)
    const others = [
      ...(link.alias === null ? portFaults(index, link, altNames) : []),
      ...idFaults(index, link, vlans, tables),
      ...parentFaults(index, link),
    ]
    return [
      // FRR must not use a link of the wanted name that is another link.
      ...names.map((found) => ({ fault: found, targets: [...targets, presenceTarget(link.name)] })),
      ...others.map((found) => ({ fault: found, targets })),
    ]
  })
}

/**
 * Every wanted address that something foreign has, with its fault at {@link addressKey}. `accepted` holds
 * keys of foreign addresses that are no conflict.
 */
export function findTakenAddresses(
  index: LinkIndex,
  accepted: ReadonlySet<string>,
): readonly AddressConflict[] {
  const holders = holdersOf(index, accepted)
  return [...index.want.values()].flatMap((link) => addressFaults(index, link, holders))
}

/** A wanted address of a link that something foreign has, or whose subnet takes packets from something foreign. */
export interface AddressConflict {
  readonly link: string
  readonly address: string
  readonly fault: Fault
}

function portFaults(
  { have }: LinkIndex,
  link: WantLink,
  altNames: ReadonlyMap<string, HaveLink>,
): readonly Fault[] {
  const current = have.get(link.name)
  const holder = altNames.get(link.name)
  if (current === undefined && holder !== undefined) {
    const text = `is an alternative name of ${holder.name}; write ${holder.name} in the intent`
    return [fault('PORT_MISSING', link.name, text)]
  }
  if (current === undefined) return [fault('PORT_MISSING', link.name)]
  if (isOurs(current)) {
    const text = `is a ${current.detail.kind} that demarc made for ${current.alias}, not a port; name another port in the intent`
    return [fault('PORT_MISSING', link.name, text)]
  }
  const master = current.master === null ? undefined : have.get(current.master)
  if (current.master === null || current.master === link.master) return []
  if (master !== undefined && isOurs(master)) return []
  return [
    conflict(
      link.name,
      `is in ${current.master}, which demarc did not make; take it out of ${current.master}`,
    ),
  ]
}

function nameFaults(
  index: LinkIndex,
  link: WantLink,
  altNames: ReadonlyMap<string, HaveLink>,
): readonly Fault[] {
  const current = index.have.get(link.name)
  const holder = altNames.get(link.name)
  if (current === undefined && holder !== undefined) {
    const text = `${subjectOf(index, link.name)} needs this name, which ${holder.name} has as an alternative name; choose another name, or remove it with \`ip link property del dev ${holder.name} altname ${link.name}\``
    return [conflict(link.name, text)]
  }
  if (current === undefined || isOurs(current)) return []
  const kind = current.detail.kind === 'other' ? current.detail.type : current.detail.kind
  const text = `${subjectOf(index, link.name)} needs this name, which a ${kind} has that demarc did not make; take it over with \`demarc adopt\` if it is the same, or rename or remove it`
  return [conflict(link.name, text)]
}

function idFaults(
  index: LinkIndex,
  link: WantLink,
  vlans: ReadonlyMap<string, HaveLink>,
  tables: ReadonlyMap<string, HaveLink>,
): readonly Fault[] {
  const { detail } = link
  const [key, holder] =
    detail.kind === 'vlan'
      ? withHolder(vlans, vlanSlot(detail, 'on'))
      : detail.kind === 'vrf'
        ? withHolder(tables, `table ${detail.table}`)
        : ['', undefined]
  if (holder === undefined || holder.name === link.name) return []
  const text = `${subjectOf(index, link.name)} needs ${key}, which ${holder.name} has; demarc did not make ${holder.name}: remove it, or change the intent`
  return [conflict(link.name, text)]
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

/** The want names every parent and master; one that does not is demarc's own mistake. */
function parentFaults({ want, have }: LinkIndex, link: WantLink): readonly Fault[] {
  const { detail, master } = link
  const needs = [detail.kind === 'vlan' ? detail.parent : null, master]
  return needs.flatMap((name) => {
    if (name === null || want.has(name)) return []
    const current = have.get(name)
    if (current !== undefined && !isOurs(current)) return []
    return [fault('BUG', link.name, `needs ${name}, which is not among the wanted links`)]
  })
}

interface Holder extends HaveAddress {
  readonly link: HaveLink
}

/** Foreign addresses by address without prefix length, without the accepted ones. */
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

/** The wanted address on the wanted link is no conflict, no matter which program added it, unless it is leased. */
function addressFaults(
  index: LinkIndex,
  link: WantLink,
  holders: ReadonlyMap<string, readonly Holder[]>,
): readonly AddressConflict[] {
  const vrf = vrfOf(index.want, link)
  return link.addresses.flatMap((address) =>
    (holders.get(ipOf(address)) ?? [])
      .filter((holder) => !satisfies(holder, link, address))
      .filter((holder) => holder.link.name === link.name || vrfOf(index.have, holder.link) === vrf)
      .map((holder) => {
        const origin = holder.leased === true ? 'leased by DHCP' : 'which demarc did not add'
        const text = `${subjectOf(index, link.name)} needs ${address}, but ${holder.link.name} has ${holder.address}, ${origin}; remove it there`
        return { link: link.name, address, fault: conflict(addressKey(link.name, address), text) }
      }),
  )
}

function satisfies(holder: Holder, link: WantLink, address: string): boolean {
  return holder.link.name === link.name && holder.address === address && holder.leased !== true
}

function conflict(at: string, message: string): Fault {
  return fault('NOT_OWNED', at, message)
}
