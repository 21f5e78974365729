import { isLinkLocal } from '../../model/own-link.js'
import { ALIAS_MARK, type HaveLink, type LinkSysctl, type WantLink } from '../../model/link.js'

/** 'recreate': something that can only be said at creation changes, here or below. */
export type LinkAction = 'keep' | 'delete' | 'recreate'

/** Both sides of the plan, indexed once so that no question costs more than a look-up. */
export interface LinkIndex {
  readonly want: ReadonlyMap<string, WantLink>
  readonly have: ReadonlyMap<string, HaveLink>
  readonly sysctlDefaults: LinkSysctl
  /** The VLANs that stand on a link, foreign ones included. */
  readonly stacked: ReadonlyMap<string, readonly HaveLink[]>
  /** The links enslaved to a link. */
  readonly members: ReadonlyMap<string, readonly HaveLink[]>
  /** Links whose turn comes last where nothing depends on them: the way to the hub. */
  readonly last: ReadonlySet<string>
  /** What becomes of each link of ours that exists. */
  readonly fates: ReadonlyMap<string, LinkAction>
}

/** The link that a VLAN stands on; null for every other kind. */
export function parentOf(link: WantLink | HaveLink): string | null {
  return link.detail.kind === 'vlan' ? link.detail.parent : null
}

/** The addresses that neither demarc nor the kernel made, and that demarc must not lose. */
export function foreignAddresses(link: HaveLink): readonly string[] {
  return link.addresses
    .filter(({ address, owned }) => !owned && !isLinkLocal(address))
    .map(({ address }) => address)
}

/** What people call the link: `attachment net-a`, `connection dl-par`, `port enp1s0f0`. */
export function subjectOf(landscape: LinkIndex, name: string): string {
  const alias = landscape.want.get(name)?.alias ?? landscape.have.get(name)?.alias
  return alias?.startsWith(ALIAS_MARK) ? alias.slice(ALIAS_MARK.length) : `port ${name}`
}

/** The same order but for those that come last. */
export function lastOnesLast<T extends { readonly name: string }>(
  links: readonly T[],
  { last }: LinkIndex,
): readonly T[] {
  if (last.size === 0) return links
  return [...links].sort((a, b) => Number(last.has(a.name)) - Number(last.has(b.name)))
}
