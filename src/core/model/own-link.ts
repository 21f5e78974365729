import { ALIAS_MARK, type HaveLink, type LinkDetail } from './link.js'

/** A link demarc made: it has the mark and is of a kind that demarc makes. */
export type OwnLink = HaveLink & {
  readonly alias: string
  readonly detail: Exclude<LinkDetail, { kind: 'port' }>
}

/** By the mark in its alias (IFLA_IFALIAS). A port that has one is still the host's. */
export function isOurs(link: HaveLink): link is OwnLink {
  const { kind } = link.detail
  return (link.alias?.startsWith(ALIAS_MARK) ?? false) && kind !== 'port' && kind !== 'other'
}

/** The kernel gives every link that is up such an address and takes it away again by itself. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address)
}
