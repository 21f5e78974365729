import type { BondOptions } from '../model/link.js'
import { BOND_CHANGE, isWorse, REASONS, type Reason } from './impact.js'
import { lower, raise } from './cascade.js'
import { set, type Ledger } from './ledger.js'

type Options = Partial<BondOptions>

/** Changes what differs: live where the kernel can, once down and up for all that it cannot. */
export function settleBond(ledger: Ledger, name: string, wanted: BondOptions): void {
  const now = ledger.now.get(name)
  if (now?.detail.kind !== 'bond') return
  const { live, offline } = difference(wanted, now.detail.options)
  if (!isEmpty(live)) set(ledger, name, { bond: live }, reasonOf(live))
  if (isEmpty(offline)) return
  const reason = reasonOf(offline)
  if (!now.up) return set(ledger, name, { bond: offline }, reason)
  lower(ledger, name, { impact: reason.impact, why: `${REASONS.flapped.why}: ${reason.why}` })
  set(ledger, name, { bond: offline }, reason)
  raise(ledger, name, REASONS.up)
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
