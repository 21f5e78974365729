import { fault } from '../../base/fault.js'
import type { WantLink } from '../../model/link.js'
import { parentOf, placeLast, type LinkIndex } from '../survey/link-index.js'
import { raiseMinLinks, settleBond, settleBondMac } from './bond.js'
import { settleBridge, settleBridgeMtus, settleBridgePort } from './bridge.js'
import type { CascadingLedger } from './cascade.js'
import { REASONS, type Reason } from './impact.js'
import type { Ledger } from './ledger.js'
import { joinMaster } from './members.js'
import { settleModes } from './modes.js'
import { settleSysctl } from './sysctl.js'

/**
 * Plans what is wanted, after the removals: smaller MTUs from the top, then links from the ground up, then
 * sysctls, addresses and the MTUs of bridges.
 */
export function planAdditions(ledger: CascadingLedger): void {
  const links = groundUp(ledger.index)
  const isNew = new Set(links.map(({ name }) => name).filter((name) => !ledger.has(name)))
  settleLinks(ledger, links)
  for (const { name, sysctl } of links) {
    if (sysctl === null) continue
    settleSysctl(ledger, name, sysctl, isNew.has(name) ? REASONS.created : undefined)
  }
  for (const link of links) {
    addMissing(ledger, link, isNew.has(link.name) ? REASONS.created : REASONS.addressAdded)
  }
  settleBridgeMtus(ledger, links)
}

function settleLinks(ledger: CascadingLedger, links: readonly WantLink[]): void {
  for (const link of placeLast(links.toReversed(), ledger.index)) lowerMtu(ledger, link)
  for (const link of links) {
    if (ledger.has(link.name)) settle(ledger, link)
    else if (link.alias !== null) create(ledger, link)
    if (link.detail.kind === 'bridge') settleBridge(ledger, link.name, link.detail.settings)
    settleBridgePort(ledger, link)
  }
  for (const { name } of links) settleBondMac(ledger, name)
  for (const { name } of links) raiseMinLinks(ledger, name)
}

function addMissing(ledger: Ledger, link: WantLink, reason: Reason): void {
  const present = ledger.state(link.name)?.addresses
  for (const address of link.addresses) {
    if (present?.has(address) === false) ledger.addAddress(link.name, address, reason)
  }
}

/**
 * Sorts parents and masters before the links that are on or in them. Links that come last, and the
 * links that need those, follow all others.
 */
function groundUp({ want, last }: LinkIndex): readonly WantLink[] {
  const ranks = new Map<string, number>()
  const rankOf = (link: WantLink): number => {
    const known = ranks.get(link.name)
    if (known !== undefined) return known
    ranks.set(link.name, 0)
    const below = [parentOf(link), link.master].flatMap((name) => want.get(name ?? '') ?? [])
    // No chain of links is longer than the number of links.
    const least = last.has(link.name) ? want.size : 0
    const rank = Math.max(least, ...below.map((lower) => rankOf(lower) + 1))
    ranks.set(link.name, rank)
    return rank
  }
  return [...want.values()].sort((a, b) => rankOf(a) - rankOf(b))
}

/** A VLAN cannot be up on a parent that is to be down. */
function wantsUp(index: LinkIndex, link: WantLink): boolean {
  const parent = parentOf(link)
  if (!link.up || parent === null) return link.up
  const wanted = index.want.get(parent)
  return wanted === undefined ? (index.have.get(parent)?.up ?? false) : wantsUp(index, wanted)
}

function lowerMtu(ledger: CascadingLedger, { name, mtu }: WantLink): void {
  const state = ledger.state(name)
  if (state === undefined || mtu === null || !state.mtuKnown) return
  if (mtu < state.mtu) ledger.setMtu(name, mtu)
}

function create(ledger: Ledger, link: WantLink): void {
  const { name, detail, alias, mtu, master, mac } = link
  const up = wantsUp(ledger.index, link)
  checkMtu(ledger, link)
  // The kernel's message for a new bridge holds none of the settings; they follow as steps.
  const made = detail.kind === 'bridge' ? { kind: detail.kind, stp: detail.stp } : detail
  const state = {
    detail: made,
    alias,
    mtu: mtu ?? defaultMtu(ledger, link),
    mtuKnown: true,
    up,
    master,
    mac: mac ?? '',
    addresses: new Map(),
    sysctl: ledger.index.sysctlDefaults,
    bridgePort: {},
    modes: null,
  }
  const created = { name, detail: made, alias, mtu, up, master, ...(mac !== undefined && { mac }) }
  ledger.create(created, state, REASONS.created)
}

/** Octets, as the kernel chooses: a parent's for a VLAN, 65575 for a VRF (drivers/net/vrf.c), else 1500. */
function defaultMtu(ledger: Ledger, link: WantLink): number {
  if (link.detail.kind === 'vrf') return 65575
  return ledger.state(parentOf(link) ?? '')?.mtu ?? 1500
}

/** The kernel refuses a VLAN with a larger MTU than its parent's. */
function checkMtu(ledger: Ledger, link: WantLink): void {
  const name = parentOf(link)
  const parent = ledger.state(name ?? '')
  if (parent === undefined || link.mtu === null || link.mtu <= parent.mtu) return
  const text = `MTU ${link.mtu} does not fit ${name}, which has ${parent.mtu}; lower it here, or raise the MTU of ${name}`
  ledger.refuse(link.name, fault('INTENT_CONFLICT', link.name, text))
}

function settle(ledger: CascadingLedger, link: WantLink): void {
  const { name, alias, master } = link
  const before = ledger.state(name)
  if (before === undefined) return
  if (alias !== null && alias !== before.alias) ledger.set(name, { alias }, REASONS.relabelled)
  settleDetail(ledger, link)
  settleModes(ledger, link)
  if (master !== null && master !== before.master) joinMaster(ledger, link, master)
  settleMtu(ledger, link)
  settleUp(ledger, link)
}

function settleDetail(ledger: CascadingLedger, { name, detail }: WantLink): void {
  const current = ledger.state(name)?.detail
  if (detail.kind === 'bond') settleBond(ledger, name, detail.options)
  if (detail.kind !== 'bridge' || current?.kind !== 'bridge') return
  if (detail.stp !== current.stp) ledger.set(name, { stp: detail.stp }, REASONS.stp)
}

function settleMtu(ledger: CascadingLedger, link: WantLink): void {
  const state = ledger.state(link.name)
  if (state === undefined || link.mtu === null) return
  checkMtu(ledger, link)
  if (!state.mtuKnown || link.mtu !== state.mtu) ledger.setMtu(link.name, link.mtu)
}

function settleUp(ledger: CascadingLedger, link: WantLink): void {
  const up = wantsUp(ledger.index, link)
  if (ledger.state(link.name)?.up === up) return
  if (up) ledger.setUp(link.name, REASONS.up)
  else ledger.setDown(link.name, REASONS.down)
}
