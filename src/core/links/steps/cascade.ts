import type { HaveLink } from '../../model/link.js'
import type { InterfaceAddress } from '../../model/names.js'
import { REASONS, type Reason } from './impact.js'
import { isLinkLocal, isOurs } from '../../model/own-link.js'
import { type LinkIndex } from '../survey/link-index.js'
import { affect, change, clash, disturb, removeAddress, set, type Ledger } from './ledger.js'

/*
 * What the kernel does by itself when a link goes down or up (`vlan_device_event()`,
 * `addrconf_ifdown()`): all VLANs on a link go down with it and come up with it, those that were
 * down before included, and every IPv6 address of a link that goes down is flushed. What is ours is
 * made explicit, so that an undo restores it; where it would change what is foreign, the plan stops.
 */

/** The VLANs on a link that exist at this point of the plan. */
function stackedNow(ledger: Ledger, name: string): readonly HaveLink[] {
  const all = ledger.landscape.stacked.get(name) ?? []
  return all.filter((link) => ledger.now.has(link.name))
}

/** Sets a link down. */
export function lower(ledger: Ledger, name: string, reason: Reason): void {
  prepareFall(ledger, name, reason)
  set(ledger, name, { up: false }, reason)
  fall(ledger, name)
}

/** Sets a link up. */
export function raise(ledger: Ledger, name: string, reason: Reason): void {
  set(ledger, name, { up: true }, reason)
  rise(ledger, name)
}

/** Does a deed that makes the kernel take the link down and up again, or needs it down. */
export function whileDown(ledger: Ledger, name: string, reason: Reason, deed: () => void): void {
  prepareFall(ledger, name, reason)
  fall(ledger, name)
  deed()
  rise(ledger, name)
}

/** Whether anything would notice that the link goes down. */
export function carries({ have, stacked }: LinkIndex, name: string): boolean {
  const link = have.get(name)
  if (link === undefined) return false
  const addressed = link.addresses.some(({ address }) => !isLinkLocal(address))
  return addressed || link.master !== null || stacked.has(name)
}

/** A link stays up and loses its carrier: all on it is without, and no address goes. */
export function loseCarrier(ledger: Ledger, name: string, reason: Reason): void {
  affect(ledger, name, reason)
  disturb(ledger, name, reason)
  for (const vlan of stackedNow(ledger, name)) {
    loseCarrier(ledger, vlan.name, standsOn(name, reason))
  }
}

function standsOn(name: string, { impact, why }: Reason): Reason {
  return { impact, why: `stands on ${name}, which ${why}` }
}

function prepareFall(ledger: Ledger, name: string, reason: Reason): void {
  flushIpv6(ledger, name, reason)
  disturb(ledger, name, reason)
  for (const vlan of stackedNow(ledger, name)) {
    if (ledger.now.get(vlan.name)?.up !== true) continue
    if (ledger.landscape.want.get(vlan.name)?.up === false) {
      lower(ledger, vlan.name, reason)
      continue
    }
    if (!isOurs(vlan)) {
      clash(ledger, vlan.name, `stands on ${name}, which ${reason.why}; remove it or set it down`)
      continue
    }
    affect(ledger, vlan.name, standsOn(name, reason))
    prepareFall(ledger, vlan.name, reason)
  }
}

function flushIpv6(ledger: Ledger, name: string, reason: Reason): void {
  for (const [address, owned] of ledger.now.get(name)?.addresses ?? []) {
    if (!address.includes(':') || isLinkLocal(address)) continue
    if (owned)
      removeAddress(ledger, name, address, { ...REASONS.addressFlushed, impact: reason.impact })
    else clash(ledger, `${name} ${address}`, `would be lost when ${name} goes down (${reason.why})`)
  }
}

function fall(ledger: Ledger, name: string): void {
  change(ledger, name, { up: false })
  for (const vlan of stackedNow(ledger, name)) fall(ledger, vlan.name)
}

/** A foreign VLAN that was down is set down again; ours are looked at in their own turn. */
function rise(ledger: Ledger, name: string): void {
  change(ledger, name, { up: true })
  for (const vlan of stackedNow(ledger, name)) {
    rise(ledger, vlan.name)
    if (!isOurs(vlan) && !vlan.up) set(ledger, vlan.name, { up: false }, REASONS.idle)
  }
}

/** Lowers or raises the MTU; VLANs on a link never exceed it, and a bond gives its own to its members. */
export function setMtu(ledger: Ledger, name: string, mtu: number): void {
  const kind = ledger.now.get(name)?.detail.kind
  for (const vlan of stackedNow(ledger, name)) {
    if ((ledger.now.get(vlan.name)?.mtu ?? 0) <= mtu) continue
    if (isOurs(vlan)) setMtu(ledger, vlan.name, mtu)
    else clash(ledger, vlan.name, `has MTU ${vlan.mtu}, but ${name} below it is to get ${mtu}`)
  }
  const members = kind === 'bond' ? membersNow(ledger, name) : []
  set(ledger, name, { mtu }, mtuReason(ledger, name))
  for (const member of members) change(ledger, member, { mtu })
}

function mtuReason(ledger: Ledger, name: string): Reason {
  const kind = ledger.now.get(name)?.detail.kind
  if (kind === 'bond') return REASONS.portMtu
  if (kind !== 'port') return REASONS.mtu
  return carries(ledger.landscape, name) ? REASONS.portMtu : REASONS.idle
}

function membersNow(ledger: Ledger, name: string): readonly string[] {
  const members = ledger.landscape.members.get(name) ?? []
  return members.map((link) => link.name).filter((link) => ledger.now.get(link)?.master === name)
}

/** An address of ours that the link no longer has by the intent. */
export function dropAddress(ledger: Ledger, name: string, address: InterfaceAddress): void {
  removeAddress(ledger, name, address, REASONS.addressRemoved)
  disturb(ledger, name, REASONS.addressRemoved, address)
}
