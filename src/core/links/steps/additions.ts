import { fault } from '../../base/fault.js'
import type { WantLink } from '../../model/link.js'
import { carries, lower, raise, setMtu, whileDown } from './cascade.js'
import { raiseMinLinks, settleBond } from './bond.js'
import { REASONS, type Reason } from './impact.js'
import { isOurs } from '../../model/own-link.js'
import { foreignAddresses, lastOnesLast, parentOf, type LinkIndex } from '../survey/link-index.js'
import { addAddress, asIfname, change, clash, record, set, type Ledger } from './ledger.js'
import { settleSysctl } from './sysctl.js'

/** Then what is wanted: smaller MTUs from the top, links from the ground up, addresses last. */
export function planAdditions(ledger: Ledger): void {
  const links = groundUp(ledger.landscape)
  const known = new Set(ledger.now.keys())
  settleLinks(ledger, links)
  const isNew = (link: WantLink): boolean => !known.has(link.name)
  for (const link of links) settleSysctlOf(ledger, link, isNew(link) ? REASONS.created : undefined)
  for (const link of links) {
    addMissing(ledger, link, isNew(link) ? REASONS.created : REASONS.addressAdded)
  }
  const touched = mastersTouched(ledger)
  for (const link of links) settleBridgeMtu(ledger, link, touched)
}

function settleLinks(ledger: Ledger, links: readonly WantLink[]): void {
  for (const link of lastOnesLast(links.toReversed(), ledger.landscape)) shrink(ledger, link)
  for (const link of links) {
    if (ledger.now.has(link.name)) settle(ledger, link)
    else if (link.alias !== null) create(ledger, link)
  }
  for (const { name } of links) raiseMinLinks(ledger, name)
}

function settleSysctlOf(ledger: Ledger, link: WantLink, reason: Reason | undefined): void {
  if (link.sysctl !== null) settleSysctl(ledger, link.name, link.sysctl, reason)
}

function addMissing(ledger: Ledger, link: WantLink, reason: Reason): void {
  const held = ledger.now.get(link.name)?.addresses
  for (const address of link.addresses) {
    if (held?.has(address) === false) addAddress(ledger, link.name, address, reason)
  }
}

/**
 * Parents and masters before what stands on or belongs to them; those that come last, and what needs
 * them, after all others.
 */
function groundUp({ want, last }: LinkIndex): readonly WantLink[] {
  const known = new Map<string, number>()
  const rankOf = (link: WantLink): number => {
    const found = known.get(link.name)
    if (found !== undefined) return found
    known.set(link.name, 0)
    const below = [parentOf(link), link.master].flatMap((name) => want.get(name ?? '') ?? [])
    // No chain of links is longer than there are links.
    const least = last.has(link.name) ? want.size : 0
    const rank = Math.max(least, ...below.map((each) => rankOf(each) + 1))
    known.set(link.name, rank)
    return rank
  }
  return [...want.values()].sort((a, b) => rankOf(a) - rankOf(b))
}

/** A VLAN cannot be up on a parent that is to be down. */
function wantsUp(landscape: LinkIndex, link: WantLink): boolean {
  const parent = parentOf(link)
  if (!link.up || parent === null) return link.up
  const wanted = landscape.want.get(parent)
  return wanted === undefined
    ? (landscape.have.get(parent)?.up ?? false)
    : wantsUp(landscape, wanted)
}

function shrink(ledger: Ledger, link: WantLink): void {
  const now = ledger.now.get(link.name)
  if (now === undefined || link.mtu === null || !now.mtuKnown) return
  if (link.mtu < now.mtu) setMtu(ledger, link.name, link.mtu)
}

function create(ledger: Ledger, link: WantLink): void {
  const { name, detail, alias, master } = link
  const up = wantsUp(ledger.landscape, link)
  checkMtu(ledger, link)
  const step = { name, detail, alias, mtu: link.mtu, up, master }
  record(ledger, { do: 'link-add', link: step }, REASONS.created)
  ledger.now.set(name, {
    detail,
    alias,
    mtu: link.mtu ?? startMtu(ledger, link),
    mtuKnown: true,
    up,
    master,
    addresses: new Map(),
    sysctl: ledger.landscape.sysctlDefaults,
  })
}

/** What the kernel gives a new link: its parent's, 65575 for a VRF (drivers/net/vrf.c), else 1500. */
function startMtu(ledger: Ledger, link: WantLink): number {
  if (link.detail.kind === 'vrf') return 65575
  return ledger.now.get(parentOf(link) ?? '')?.mtu ?? 1500
}

/** The kernel refuses a VLAN with a larger MTU than its parent's. */
function checkMtu(ledger: Ledger, link: WantLink): void {
  const parent = ledger.now.get(parentOf(link) ?? '')
  if (parent === undefined || link.mtu === null || link.mtu <= parent.mtu) return
  const text = `MTU ${link.mtu} does not fit ${parentOf(link)}, which has ${parent.mtu}`
  ledger.faults.push(fault('INTENT_CONFLICT', link.name, text))
}

function settle(ledger: Ledger, link: WantLink): void {
  const { name } = link
  const now = ledger.now.get(name)
  if (now === undefined) return
  if (link.alias !== null && link.alias !== now.alias) {
    set(ledger, name, { alias: link.alias }, REASONS.relabelled)
  }
  if (link.detail.kind === 'bond') settleBond(ledger, name, link.detail.options)
  if (link.detail.kind === 'bridge' && now.detail.kind === 'bridge') {
    if (link.detail.stp !== now.detail.stp) set(ledger, name, { stp: link.detail.stp }, REASONS.stp)
  }
  if (link.master !== null && link.master !== now.master) join(ledger, link, link.master)
  settleMtu(ledger, link)
  settleUp(ledger, link)
}

/** Too large again is a member whose bond has another MTU: what was there before a change may be so. */
function settleMtu(ledger: Ledger, link: WantLink): void {
  const now = ledger.now.get(link.name)
  if (now === undefined || link.mtu === null) return
  checkMtu(ledger, link)
  if (!now.mtuKnown || link.mtu !== now.mtu) setMtu(ledger, link.name, link.mtu)
}

function settleUp(ledger: Ledger, link: WantLink): void {
  const up = wantsUp(ledger.landscape, link)
  if (ledger.now.get(link.name)?.up === up) return
  if (up) raise(ledger, link.name, REASONS.up)
  else lower(ledger, link.name, REASONS.down)
}

/** Enslaves a link that has no master now. */
function join(ledger: Ledger, link: WantLink, master: string): void {
  const { landscape } = ledger
  const { name } = link
  const kind = landscape.want.get(master)?.detail.kind
  const have = landscape.have.get(name)
  const foreign = have === undefined ? [] : foreignAddresses(have)
  if (foreign.length > 0) {
    clash(
      ledger,
      `${name} ${foreign.join(' ')}`,
      `is not demarc's and would be cut off in ${master}; remove the address`,
    )
  }
  if (kind === 'bond') return joinBond(ledger, name, master)
  if (kind === 'vrf') return joinVrf(ledger, name, master)
  set(ledger, name, { master: asIfname(master) }, REASONS.joinsBridge)
}

/** The kernel wants the port down, sets it up itself, and gives it the bond's MTU (`bond_enslave()`). */
function joinBond(ledger: Ledger, name: string, bond: string): void {
  for (const vlan of ledger.landscape.stacked.get(name) ?? []) {
    if (!isOurs(vlan))
      clash(ledger, vlan.name, `is not demarc's and stands on ${name}, which joins ${bond}`)
  }
  const reason: Reason = carries(ledger.landscape, name)
    ? { impact: 'link-flap', why: REASONS.joinsBond.why }
    : REASONS.joinsBond
  if (ledger.now.get(name)?.up === true) lower(ledger, name, reason)
  set(ledger, name, { master: asIfname(bond) }, reason)
  const mtu = ledger.now.get(bond)?.mtu ?? 1500
  change(ledger, name, { up: true, mtu, mtuKnown: true })
}

function joinVrf(ledger: Ledger, name: string, vrf: string): void {
  const reason = carries(ledger.landscape, name) ? REASONS.movesVrf : REASONS.idle
  const enter = () => set(ledger, name, { master: asIfname(vrf) }, reason)
  if (ledger.now.get(name)?.up === true) whileDown(ledger, name, reason, enter)
  else enter()
}

/**
 * A bridge takes the smallest MTU of its members until one was set by hand (`br_mtu_auto_adjust()`),
 * and does not show which of the two holds. So it is named again after its members changed.
 */
function settleBridgeMtu(ledger: Ledger, link: WantLink, touched: ReadonlySet<string>): void {
  if (link.detail.kind !== 'bridge' || link.mtu === null || !touched.has(link.name)) return
  set(ledger, link.name, { mtu: link.mtu }, REASONS.mtu)
}

/** The masters whose members came, or changed their MTU. */
function mastersTouched({ steps, now }: Ledger): ReadonlySet<string> {
  const masters = steps.flatMap(({ step }) => {
    if (step.do === 'link-add') return step.link.master
    if (step.do !== 'link-set') return null
    const { master, mtu } = step.to
    return master ?? (mtu === undefined ? null : now.get(step.link)?.master)
  })
  return new Set(masters.filter((master) => typeof master === 'string'))
}
