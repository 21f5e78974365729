import type { HaveLink, WantLink } from './link.js'
import type { Ifname, IpText, Prefix } from './names.js'

/**
 * The VRF whose table a link's addresses are in; null is the default VRF. Only a direct member is in a VRF:
 * the kernel does not look through a bond or bridge (`l3mdev_fib_table_rcu()`, net/l3mdev/l3mdev.c).
 */
export function vrfOf(
  links: ReadonlyMap<string, WantLink | HaveLink>,
  { master }: Pick<WantLink | HaveLink, 'master'>,
): string | null {
  return master !== null && links.get(master)?.detail.kind === 'vrf' ? master : null
}

/** A static route. A VRF has at most one for a prefix and a next hop. */
export interface StaticRoute {
  /** null: the default VRF. */
  readonly vrf: Ifname | null
  readonly prefix: Prefix
  /** null: packets to the prefix are dropped. */
  readonly nextHop: IpText | null
  /** Administrative distance, 1-254; the lowest of the routes to a prefix is used. */
  readonly distance: number
}

/** A static route of FRR as it is, for an export. */
export interface FoundRoute {
  readonly vrf: string | null
  readonly prefix: string
  /** An address, or `blackhole`; undefined: the route has another form, such as one with an interface. */
  readonly hop: string | undefined
  readonly distance: number
  /** Whether it is demarc's. */
  readonly owned: boolean
  /** FRR's line, with the VRF at its end. */
  readonly line: string
}

/**
 * A rule of the kernel that ends the look-up of a packet in a VRF: `from all lookup [l3mdev-table] unreachable`.
 * Without it the kernel goes on to the main table (Documentation/networking/vrf.rst).
 *
 * `own`: demarc made it; `foreign`: somebody else did, and it does the same; `absent`: there is none;
 * `unsupported`: the kernel has no rules of this family, because IPv6 is disabled.
 */
export type VrfRule = 'own' | 'foreign' | 'absent' | 'unsupported'

export interface VrfRules {
  readonly ipv4: VrfRule
  readonly ipv6: VrfRule
}

/** Whose rule it is. */
export type RuleOwner = keyof typeof RULE_PRIORITY

export const RULE_FAMILIES = ['ipv4', 'ipv6'] as const satisfies readonly (keyof VrfRules)[]
export type RuleFamily = (typeof RULE_FAMILIES)[number]

/** FRA_PROTOCOL of demarc's rules, which marks their owner. The same number marks its addresses. */
export const RULE_PROTOCOL = 0xde

/**
 * Priorities of the rule, just before the main table's, 32766: rules that others put between the VRFs' own look-up
 * at 1000 and here, such as those that leak routes, are used first. The kernel cannot change a rule, so that a
 * released one is made anew beside the marked one.
 */
export const RULE_PRIORITY = { own: 32764, foreign: 32763 } as const
