import { ALIAS_MARK, type HaveLink, type LinkDetail } from './link.js'

/** A link that demarc made: it has the mark and is of a kind that demarc makes. */
export type OwnLink = HaveLink & {
  readonly alias: string
  readonly detail: Exclude<LinkDetail, { kind: 'port' }>
}

/** Whether a link is demarc's, by the mark in its alias (IFLA_IFALIAS). A port with the mark is still the host's. */
export function isOurs(link: HaveLink): link is OwnLink {
  const { kind } = link.detail
  return (link.alias?.startsWith(ALIAS_MARK) ?? false) && kind !== 'port' && kind !== 'other'
}

/** The kernel adds and removes link-local IPv6 addresses by itself. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address)
}
