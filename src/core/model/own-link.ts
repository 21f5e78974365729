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

/** The MAC address of a bond that is none of the router's ports: somebody chose it. undefined: nobody did. */
export function chosenMac(bond: HaveLink, links: readonly HaveLink[]): string | undefined {
  const inside = links.filter(({ master }) => master === bond.name)
  const isKnown = inside.length > 0 && inside.every((port) => port.permanentMac !== undefined)
  if (bond.detail.kind !== 'bond' || !isKnown) return undefined
  const ofPort = links.some(
    ({ detail, mac, permanentMac = mac }) => detail.kind === 'port' && permanentMac === bond.mac,
  )
  return ofPort ? undefined : bond.mac
}
