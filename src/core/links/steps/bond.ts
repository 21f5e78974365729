import type { BondOptions, HaveLink } from '../../model/link.js'
import { isWorse } from '../../model/plan.js'
import { BOND_CHANGE, REASONS, type Reason } from './impact.js'
import type { CascadingLedger } from './cascade.js'
import type { LinkIndex } from '../survey/link-index.js'

type Options = Partial<BondOptions>
type OptionName = keyof BondOptions

/**
 * Plans the options that differ, except a higher `minLinks`, which follows once all ports have joined.
 * Options that the kernel refuses on a running bond share one down and up.
 */
export function settleBond(ledger: CascadingLedger, name: string, wanted: BondOptions): void {
  const state = ledger.state(name)
  if (state?.detail.kind !== 'bond') return
  const current = state.detail.options
  const minLinks = Math.min(wanted.minLinks, current.minLinks)
  const { live, offline } = difference({ ...wanted, minLinks }, current)
  if (!isEmpty(live)) ledger.set(name, { bond: live }, reasonOf(live))
  if (isEmpty(offline)) return
  const reason = reasonOf(offline)
  if (!state.up) return ledger.set(name, { bond: offline }, reason)
  ledger.setDown(name, { impact: reason.impact, why: `${REASONS.flapped.why}: ${reason.why}` })
  ledger.set(name, { bond: offline }, reason)
  ledger.setUp(name, REASONS.up)
}

/** Plans a lower `minLinks` before ports leave, so that the bond keeps its carrier. */
export function lowerMinLinks(ledger: CascadingLedger, name: string): void {
  changeMinLinks(ledger, name, (wanted, current) => wanted < current)
}

/** Plans a higher `minLinks` after ports have joined; they count once they have negotiated. */
export function raiseMinLinks(ledger: CascadingLedger, name: string): void {
  changeMinLinks(ledger, name, (wanted, current) => wanted > current)
}

function changeMinLinks(
  ledger: CascadingLedger,
  name: string,
  isDue: (wanted: number, current: number) => boolean,
): void {
  const [wanted, current] = [ledger.index.want.get(name)?.detail, ledger.state(name)?.detail]
  if (wanted?.kind !== 'bond' || current?.kind !== 'bond') return
  const { minLinks } = wanted.options
  if (!isDue(minLinks, current.options.minLinks)) return
  const short = isShort(ledger.index, name)
  if (short) ledger.loseCarrier(name, REASONS.shortOfPorts)
  ledger.set(name, { bond: { minLinks } }, short ? REASONS.shortOfPorts : BOND_CHANGE.minLinks)
}

/** Whether fewer of a bond's present ports stay than it needs, which is at least one. */
export function isShort({ want, members }: LinkIndex, name: string): boolean {
  const wanted = want.get(name)
  const ports = members.get(name) ?? []
  if (wanted?.detail.kind !== 'bond' || ports.length === 0) return false
  const staying = ports.filter((port) => want.get(port.name)?.master === name)
  return staying.length < Math.max(1, wanted.detail.options.minLinks)
}

/**
 * Plans another MAC address for a bond that has the one of a port outside it: the kernel gives a bond the address of its
 * first port, and leaves it that when the port goes. Two links of one router would speak with one address.
 */
export function settleBondMac(ledger: CascadingLedger, name: string): void {
  const { have, want } = ledger.index
  const state = ledger.state(name)
  if (state?.detail.kind !== 'bond' || !have.has(name)) return
  const wanted = want.get(name)?.mac
  if (wanted !== undefined) return setBondMac(ledger, name, wanted)
  const inside = new Set((ledger.members().get(name) ?? []).map((member) => member.name))
  const macOf = ({ mac, permanentMac = mac }: HaveLink) => permanentMac
  const ports = [...have.values()].filter(({ detail }) => detail.kind === 'port')
  const outside = ports.some((port) => !inside.has(port.name) && macOf(port) === state.mac)
  const [first] = ports.filter((port) => inside.has(port.name))
  if (!outside || first === undefined || macOf(first) === state.mac) return
  ledger.loseCarrier(name, REASONS.bondMac)
  ledger.set(name, { mac: macOf(first) }, REASONS.bondMac)
}

/** Plans the wanted MAC address of a bond that exists. A new bond is created with it. */
function setBondMac(ledger: CascadingLedger, name: string, mac: string): void {
  if (ledger.state(name)?.mac === mac) return
  ledger.loseCarrier(name, REASONS.bondMacSet)
  ledger.set(name, { mac }, REASONS.bondMacSet)
}

function difference(
  wanted: BondOptions,
  current: BondOptions,
): { readonly live: Options; readonly offline: Options } {
  const names = optionNames(BOND_CHANGE).filter((option) => wanted[option] !== current[option])
  const live = names.filter((option) => !BOND_CHANGE[option].down)
  const offline = names.filter((option) => BOND_CHANGE[option].down)
  return { live: pick(wanted, withPoll(live)), offline: pick(wanted, offline) }
}

/** The kernel stores the delays as multiples of miimon, so the three change together. */
function withPoll(names: readonly OptionName[]): readonly OptionName[] {
  const poll = ['miimon', 'upDelay', 'downDelay'] as const
  return poll.some((option) => names.includes(option)) ? [...new Set([...names, ...poll])] : names
}

function pick(options: BondOptions, names: readonly OptionName[]): Options {
  return Object.fromEntries(names.map((option) => [option, options[option]]))
}

function optionNames(options: Options | typeof BOND_CHANGE): readonly OptionName[] {
  return Object.keys(options) as OptionName[]
}

function isEmpty(options: Options): boolean {
  return optionNames(options).length === 0
}

function reasonOf(options: Options): Reason {
  const reasons = optionNames(options).map((option): Reason => BOND_CHANGE[option])
  return reasons.reduce((a, b) => (isWorse(b.impact, a.impact) ? b : a))
}
