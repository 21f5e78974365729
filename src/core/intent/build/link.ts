import type { LinkSysctl, WantLink } from '../../model/link.js'
import type { Ifname } from '../../model/names.js'
import type { Site } from '../survey/intent-index.js'
import { wantedProtection } from '../survey/protection.js'

/** A link that must exist and be up, and is otherwise left as it is. */
export function bare(name: Ifname): WantLink {
  return {
    name,
    detail: { kind: 'port' },
    alias: null,
    mtu: null,
    up: true,
    master: null,
    addresses: [],
    sysctl: null,
  }
}

/**
 * The sysctls of a link with addresses. Traffic of an interconnect may return by another link, so
 * reverse-path filtering is loose (RFC 3704 section 2.4). IPv6 is forwarded where there is an address.
 */
function routed(addresses: Site['addresses']): LinkSysctl {
  const ipv6 = addresses.some(({ cidr }) => cidr.ip.family === 6)
  return { rpFilter: 2, forwarding4: true, forwarding6: ipv6 ? true : null }
}

/** What an attachment sets on its interface. */
export function service({ attachment, addresses, vrf }: Site): Partial<WantLink> {
  if (attachment.l2 !== undefined) {
    const protection = wantedProtection(attachment)
    return { master: attachment.l2.bridge, ...(protection && { protection }) }
  }
  return { master: vrf, addresses: addresses.map(({ text }) => text), sysctl: routed(addresses) }
}
