import { formatCidr, network, parseCidr } from '../../base/ip.js'
import type { HaveAddress, HaveLink } from '../../model/link.js'
import type { NewLink } from '../../model/plan.js'
import type { InterfaceAddress, Line } from '../../model/names.js'
import { isShort, lowerMinLinks } from './bond.js'
import { dropAddress, loseCarrier, lower, whileDown } from './cascade.js'
import { REASONS, type Reason } from './impact.js'
import { isOurs, type OwnLink } from '../../model/own-link.js'
import { foreignAddresses, lastOnesLast, parentOf } from '../survey/link-index.js'
import {
  asIfname,
  change,
  clash,
  disturb,
  record,
  removeAddress,
  set,
  type Ledger,
} from './ledger.js'
import { settleSysctl } from './sysctl.js'

/** First the way is cleared: addresses, memberships, then links, top ones first. */
export function planRemovals(ledger: Ledger): void {
  const { have } = ledger.landscape
  const links = lastOnesLast([...have.values()], ledger.landscape)
  for (const link of links) removeAddresses(ledger, link)
  for (const { name } of links) lowerMinLinks(ledger, name)
  for (const link of links) if (isToRelease(ledger, link)) release(ledger, link)
  const going = links.filter(isOurs).filter((link) => isGoing(ledger, link.name))
  const depthOf = depths(have)
  going.sort((a, b) => depthOf(b) - depthOf(a))
  for (const link of lastOnesLast(going, ledger.landscape)) removeLink(ledger, link)
}

function isGoing(ledger: Ledger, name: string): boolean {
  const fate = ledger.landscape.fates.get(name)
  return fate === 'delete' || fate === 'recreate'
}

function removeAddresses(ledger: Ledger, link: HaveLink): void {
  const going = isGoing(ledger, link.name)
  const last = link.addresses.filter(({ owned }) => owned).toReversed()
  if (going) {
    for (const { address } of last) removeAddress(ledger, link.name, address, REASONS.deleted)
    return
  }
  const wanted = new Set<string>(ledger.landscape.want.get(link.name)?.addresses)
  const unwanted = last.filter(({ address }) => !wanted.has(address))
  const drop = new Set(unwanted.flatMap((held) => [held, ...takenAlong(ledger, link, held)]))
  for (const held of last) if (drop.has(held)) dropAddress(ledger, link.name, held.address)
}

/**
 * The kernel deletes a subnet's other IPv4 addresses with its first one (`promote_secondaries` is 0
 * unless set). Ours are dropped before it and come back afterwards; foreign ones stop the plan.
 */
function takenAlong(ledger: Ledger, link: HaveLink, first: HaveAddress): readonly HaveAddress[] {
  const subnet = subnetOf(first.address)
  const sharing = link.addresses.filter(({ address }) => subnetOf(address) === subnet)
  if (first.address.includes(':') || sharing[0] !== first) return []
  for (const { address, owned } of sharing) {
    if (owned) continue
    clash(
      ledger,
      `${link.name} ${address}`,
      `is not demarc's, but the kernel would remove it with ${first.address}, which is no longer wanted; remove one of them`,
    )
  }
  return sharing.slice(1).filter(({ owned }) => owned)
}

function subnetOf(address: InterfaceAddress): string | undefined {
  const cidr = parseCidr(address)
  return cidr && formatCidr({ ip: network(cidr), length: cidr.length })
}

/**
 * A membership is ours to end when the master is ours. A link that nobody wants in a VRF that stays
 * is left there when it carries addresses that are not ours: such a link was put there by others.
 */
function isToRelease(ledger: Ledger, link: HaveLink): boolean {
  const { want, have } = ledger.landscape
  if (link.master === null || isGoing(ledger, link.name)) return false
  const wanted = want.get(link.name)
  const master = have.get(link.master)
  const masterIsOurs = master !== undefined && isOurs(master)
  if (!masterIsOurs) return isOurs(link) && wanted?.master !== link.master
  if (isGoing(ledger, link.master)) return true
  if (wanted !== undefined) return wanted.master !== link.master
  return master.detail.kind !== 'vrf' || foreignAddresses(link).length === 0
}

function release(ledger: Ledger, link: HaveLink): void {
  const { have } = ledger.landscape
  const name = link.name
  const master = link.master ?? ''
  const kind = have.get(master)?.detail.kind
  if (kind === 'vrf') return leaveVrf(ledger, link)
  if (kind !== 'bond') return set(ledger, name, { master: null }, REASONS.leavesBridge)
  const short = isShort(ledger.landscape, master)
  if (short) loseCarrier(ledger, master, REASONS.shortOfPorts)
  const reason = short || isGoing(ledger, master) ? REASONS.leavesShort : REASONS.leavesBond
  if (ledger.now.get(name)?.up === true) lower(ledger, name, reason)
  set(ledger, name, { master: null }, reason)
  change(ledger, name, { mtuKnown: false })
}

function leaveVrf(ledger: Ledger, link: HaveLink): void {
  const foreign = foreignAddresses(link)
  if (foreign.length > 0) {
    clash(
      ledger,
      `${link.name} ${foreign.join(' ')}`,
      `is not demarc's, but would have to leave VRF ${link.master}; remove the address or the link from it`,
    )
  }
  const leave = () => set(ledger, link.name, { master: null }, REASONS.movesVrf)
  if (ledger.now.get(link.name)?.up === true) whileDown(ledger, link.name, REASONS.movesVrf, leave)
  else leave()
}

/** How many links of have stand below or above in the chain of parents and masters. */
function depths(have: ReadonlyMap<string, HaveLink>): (link: HaveLink) => number {
  const known = new Map<string, number>()
  const depthOf = (link: HaveLink): number => {
    const found = known.get(link.name)
    if (found !== undefined) return found
    known.set(link.name, 0)
    const below = [parentOf(link), link.master].flatMap((name) => have.get(name ?? '') ?? [])
    const depth = Math.max(0, ...below.map((each) => depthOf(each) + 1))
    known.set(link.name, depth)
    return depth
  }
  return depthOf
}

function removeLink(ledger: Ledger, link: OwnLink): void {
  const { fates, stacked, sysctlDefaults } = ledger.landscape
  const { name } = link
  for (const address of foreignAddresses(link)) {
    clash(ledger, `${name} ${address}`, `is not demarc's, but ${name} would be removed with it`)
  }
  for (const vlan of stacked.get(name) ?? []) {
    if (!isOurs(vlan))
      clash(ledger, vlan.name, `is not demarc's, but ${name} below it would be removed`)
  }
  const reason: Reason = fates.get(name) === 'recreate' ? REASONS.recreated : REASONS.deleted
  const forwarding6 = link.sysctl.forwarding6 === null ? null : sysctlDefaults.forwarding6
  settleSysctl(ledger, name, { ...sysctlDefaults, forwarding6 }, reason)
  record(ledger, { do: 'link-delete', link: asNew(link) }, reason)
  disturb(ledger, name, reason)
  ledger.now.delete(name)
}

/** What an undo needs to create the link again. */
function asNew(link: OwnLink): NewLink {
  return {
    name: asIfname(link.name),
    detail: link.detail,
    alias: link.alias as Line,
    mtu: link.mtu,
    up: link.up,
    master: link.master === null ? null : asIfname(link.master),
  }
}
