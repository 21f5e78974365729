import type { BondOptions } from '../../model/link.js'
import { isWorse } from '../../model/plan.js'
import { BOND_CHANGE, REASONS, type Reason } from './impact.js'
import { loseCarrier, lower, raise } from './cascade.js'
import type { LinkIndex } from '../survey/link-index.js'
import { set, type Ledger } from './ledger.js'

type Options = Partial<BondOptions>

/**
 * Changes what differs but for a higher `minLinks`: live where the kernel can, once down and up for
 * all that it cannot.
 */
export function settleBond(ledger: Ledger, name: string, wanted: BondOptions): void {
  const now = ledger.now.get(name)
  if (now?.detail.kind !== 'bond') return
  const is = now.detail.options
  const minLinks = Math.min(wanted.minLinks, is.minLinks)
  const { live, offline } = difference({ ...wanted, minLinks }, is)
  if (!isEmpty(live)) set(ledger, name, { bond: live }, reasonOf(live))
  if (isEmpty(offline)) return
  const reason = reasonOf(offline)
  if (!now.up) return set(ledger, name, { bond: offline }, reason)
  lower(ledger, name, { impact: reason.impact, why: `${REASONS.flapped.why}: ${reason.why}` })
  set(ledger, name, { bond: offline }, reason)
  raise(ledger, name, REASONS.up)
}

/** Before ports leave: a bond that may do with fewer keeps its carrier. */
export function lowerMinLinks(ledger: Ledger, name: string): void {
  moveMinLinks(ledger, name, (wanted, is) => wanted < is)
}

/** After ports have joined: they count as soon as they have negotiated. */
export function raiseMinLinks(ledger: Ledger, name: string): void {
  moveMinLinks(ledger, name, (wanted, is) => wanted > is)
}

function moveMinLinks(
  ledger: Ledger,
  name: string,
  moves: (wanted: number, is: number) => boolean,
): void {
  const [wanted, is] = [ledger.landscape.want.get(name)?.detail, ledger.now.get(name)?.detail]
  if (wanted?.kind !== 'bond' || is?.kind !== 'bond') return
  const { minLinks } = wanted.options
  if (!moves(minLinks, is.options.minLinks)) return
  const short = isShort(ledger.landscape, name)
  if (short) loseCarrier(ledger, name, REASONS.shortOfPorts)
  set(ledger, name, { bond: { minLinks } }, short ? REASONS.shortOfPorts : BOND_CHANGE.minLinks)
}

/** Whether the ports that were a bond's and stay are fewer than it needs, at least one. */
export function isShort({ want, members }: LinkIndex, name: string): boolean {
  const wanted = want.get(name)
  const were = members.get(name) ?? []
  if (wanted?.detail.kind !== 'bond' || were.length === 0) return false
  const staying = were.filter((port) => want.get(port.name)?.master === name)
  return staying.length < Math.max(1, wanted.detail.options.minLinks)
}

function difference(wanted: BondOptions, is: BondOptions): { live: Options; offline: Options } {
  const keys = (Object.keys(BOND_CHANGE) as (keyof BondOptions)[]).filter(
    (key) => wanted[key] !== is[key],
  )
  const live = pick(wanted, withPoll(keys.filter((key) => !BOND_CHANGE[key].down)))
  return {
    live,
    offline: pick(
      wanted,
      keys.filter((key) => BOND_CHANGE[key].down),
    ),
  }
}

/** The kernel keeps the delays as multiples of miimon: one cannot change without the others. */
function withPoll(keys: readonly (keyof BondOptions)[]): readonly (keyof BondOptions)[] {
  const poll = ['miimon', 'upDelay', 'downDelay'] as const
  return poll.some((key) => keys.includes(key)) ? [...new Set([...keys, ...poll])] : keys
}

function pick(from: BondOptions, keys: readonly (keyof BondOptions)[]): Options {
  return Object.fromEntries(keys.map((key) => [key, from[key]]))
}

function isEmpty(options: Options): boolean {
  return Object.keys(options).length === 0
}

function reasonOf(options: Options): Reason {
  const rows = (Object.keys(options) as (keyof BondOptions)[]).map((key) => BOND_CHANGE[key])
  return rows.reduce<Reason>((a, b) => (isWorse(b.impact, a.impact) ? b : a), rows[0] ?? REASONS.up)
}
