import { isLinkLocal } from '../../model/own-link.js'
import { ALIAS_MARK, type HaveLink, type LinkSysctl, type WantLink } from '../../model/link.js'

/** `recreate`: a property that is fixed at creation changes, on this link or on its parent. */
export type LinkAction = 'keep' | 'delete' | 'recreate'

/** Wanted and observed links, indexed once so that every question is a look-up. */
export interface LinkIndex {
  readonly want: ReadonlyMap<string, WantLink>
  readonly have: ReadonlyMap<string, HaveLink>
  /** What a new link starts with. */
  readonly sysctlDefaults: LinkSysctl
  /** Observed VLANs by parent, foreign ones included. */
  readonly vlans: ReadonlyMap<string, readonly HaveLink[]>
  /** Observed members by bond, bridge or VRF. */
  readonly members: ReadonlyMap<string, readonly HaveLink[]>
  /** Links that come last where no other depends on them: those on the path to the hub. */
  readonly last: ReadonlySet<string>
  /** What happens to each link of demarc's that exists. */
  readonly actions: ReadonlyMap<string, LinkAction>
}

/** The link that a VLAN is on; null for every other kind. */
export function parentOf(link: WantLink | HaveLink): string | null {
  return link.detail.kind === 'vlan' ? link.detail.parent : null
}

/** The addresses that demarc must not lose: those that neither it nor the kernel made. */
export function foreignAddresses(link: HaveLink): readonly string[] {
  return link.addresses
    .filter(({ address, owned }) => !owned && !isLinkLocal(address))
    .map(({ address }) => address)
}

/** The name that people know a link by: `attachment net-a`, `connection dl-par`, `port enp1s0f0`. */
export function subjectOf(index: LinkIndex, name: string): string {
  const alias = index.want.get(name)?.alias ?? index.have.get(name)?.alias
  if (alias?.startsWith(ALIAS_MARK)) return alias.slice(ALIAS_MARK.length)
  return index.have.get(name)?.detail.kind === 'vrf' ? `VRF ${name}` : `port ${name}`
}

/** Moves the links of `last` to the end; the order is kept otherwise. */
export function placeLast<T extends { readonly name: string }>(
  links: readonly T[],
  { last }: Pick<LinkIndex, 'last'>,
): readonly T[] {
  if (last.size === 0) return links
  return [...links].sort((a, b) => Number(last.has(a.name)) - Number(last.has(b.name)))
}
