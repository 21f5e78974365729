import { formatCidr, network, parseCidr } from '../../base/ip.js'
import type { HaveAddress, HaveLink } from '../../model/link.js'
import { kernelName, type InterfaceAddress, type Line } from '../../model/names.js'
import { chosenMac, isOurs, type OwnLink } from '../../model/own-link.js'
import type { NewLink } from '../../model/plan.js'
import { foreignAddresses, parentOf, placeLast, type LinkIndex } from '../survey/link-index.js'
import { lowerMinLinks } from './bond.js'
import type { CascadingLedger } from './cascade.js'
import { REASONS, type Reason } from './impact.js'
import type { Ledger } from './ledger.js'
import { leaveMaster } from './members.js'
import { settleSysctl } from './sysctl.js'

/** Plans what is no longer wanted, before the additions: addresses, memberships, then links from the top. */
export function planRemovals(ledger: CascadingLedger): void {
  const { index } = ledger
  const links = placeLast([...index.have.values()], index)
  for (const link of links) removeAddresses(ledger, link)
  for (const { name } of links) lowerMinLinks(ledger, name)
  for (const link of links) {
    if (leavesMaster(index, link)) leaveMaster(ledger, link, isRemoved(index, link.master ?? ''))
  }
  const removed = links.filter(isOurs).filter(({ name }) => isRemoved(index, name))
  const depthOf = depths(index.have)
  removed.sort((a, b) => depthOf(b) - depthOf(a))
  for (const link of placeLast(removed, index)) removeLink(ledger, link)
}

function isRemoved({ actions }: LinkIndex, name: string): boolean {
  const action = actions.get(name)
  return action === 'delete' || action === 'recreate'
}

function removeAddresses(ledger: Ledger, link: HaveLink): void {
  const { index } = ledger
  const lastFirst = link.addresses.filter(({ owned }) => owned).toReversed()
  if (isRemoved(index, link.name)) {
    for (const { address } of lastFirst) ledger.removeAddress(link.name, address, REASONS.deleted)
    return
  }
  const wanted = new Set<string>(index.want.get(link.name)?.addresses)
  const unwanted = lastFirst.filter(({ address }) => !wanted.has(address))
  const dropped = new Set(
    unwanted.flatMap((held) => [held, ...secondaryAddresses(ledger, link, held)]),
  )
  for (const held of lastFirst) {
    if (dropped.has(held)) ledger.dropAddress(link.name, held.address, REASONS.addressRemoved)
  }
}

/**
 * The addresses that the kernel deletes with `first` if it is the first IPv4 address of its subnet, unless
 * `promote_secondaries` is set. demarc's own are dropped before it and added again later in the plan; a
 * foreign one is a conflict.
 */
function secondaryAddresses(
  ledger: Ledger,
  link: HaveLink,
  first: HaveAddress,
): readonly HaveAddress[] {
  const subnet = subnetOf(first.address)
  const sharing = link.addresses.filter(({ address }) => subnetOf(address) === subnet)
  if (first.address.includes(':') || sharing[0] !== first) return []
  for (const { address, owned } of sharing) {
    if (owned) continue
    ledger.conflict(
      link.name,
      `${link.name} ${address}`,
      `is not demarc's, and the kernel would delete it with ${first.address}, which the intent no longer has; remove one of them`,
    )
  }
  return sharing.slice(1).filter(({ owned }) => owned)
}

function subnetOf(address: InterfaceAddress): string | undefined {
  const cidr = parseCidr(address)
  return cidr && formatCidr({ ip: network(cidr), length: cidr.length })
}

/**
 * Whether demarc ends the membership of a link: it may where the master or the link is its own. A link that
 * the intent does not name and that has foreign addresses stays in a VRF that stays: others put it there.
 */
function leavesMaster(index: LinkIndex, link: HaveLink): boolean {
  const { want, have } = index
  if (link.master === null || isRemoved(index, link.name)) return false
  const wanted = want.get(link.name)
  const master = have.get(link.master)
  if (master === undefined || !isOurs(master)) {
    return isOurs(link) && wanted?.master !== link.master
  }
  if (isRemoved(index, link.master)) return true
  if (wanted !== undefined) return wanted.master !== link.master
  return master.detail.kind !== 'vrf' || foreignAddresses(link).length === 0
}

/** How many links are below a link in its chain of parents and masters. */
function depths(have: ReadonlyMap<string, HaveLink>): (link: HaveLink) => number {
  const known = new Map<string, number>()
  const depthOf = (link: HaveLink): number => {
    const found = known.get(link.name)
    if (found !== undefined) return found
    known.set(link.name, 0)
    const below = [parentOf(link), link.master].flatMap((name) => have.get(name ?? '') ?? [])
    const depth = Math.max(0, ...below.map((lower) => depthOf(lower) + 1))
    known.set(link.name, depth)
    return depth
  }
  return depthOf
}

function removeLink(ledger: Ledger, link: OwnLink): void {
  const { actions, vlans, sysctlDefaults } = ledger.index
  const { name } = link
  for (const address of foreignAddresses(link)) {
    ledger.conflict(
      name,
      `${name} ${address}`,
      `is not demarc's, and ${name} would be removed with it; remove the address`,
    )
  }
  for (const vlan of vlans.get(name) ?? []) {
    if (isOurs(vlan)) continue
    ledger.conflict(
      name,
      vlan.name,
      `is not demarc's, and ${name} below it would be removed; remove it first`,
    )
  }
  const reason: Reason = actions.get(name) === 'recreate' ? REASONS.recreated : REASONS.deleted
  const forwarding6 = link.sysctl.forwarding6 === null ? null : sysctlDefaults.forwarding6
  settleSysctl(ledger, name, { ...sysctlDefaults, forwarding6 }, reason)
  ledger.delete(asNew(link, [...ledger.index.have.values()]), reason)
  ledger.disturb(name, reason)
}

/** What a rollback needs to create the link again. */
function asNew(link: OwnLink, links: readonly HaveLink[]): NewLink {
  const mac = chosenMac(link, links)
  return {
    ...(mac !== undefined && { mac }),
    name: kernelName(link.name),
    detail: link.detail,
    alias: link.alias as Line,
    mtu: link.mtu,
    up: link.up,
    master: link.master === null ? null : kernelName(link.master),
  }
}
