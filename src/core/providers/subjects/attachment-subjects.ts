import { network, parseCidr } from '../../base/ip.js'
import { MTU } from '../../model/intent-defaults.js'
import type { IntentAttachment } from '../../wire/intent.js'
import { member, onAddresses, onAttachments } from './line.js'
import { presence, PRESENCE, same, type Subject } from './subject.js'

/** The subjects about an attachment and its addresses. */
export const attachmentSubjects = {
  tagging: {
    what: 'the attachment',
    words: ['tagged', 'untagged'],
    read: onAttachments(({ vlanId }) => ({
      key: ['vlanId'],
      value: vlanId === null ? 'untagged' : 'tagged',
    })),
  },
  vlan: {
    what: 'the VLAN id',
    read: onAttachments(({ vlanId }) => ({ key: ['vlanId'], value: vlanId ?? undefined })),
  },
  'inner-tag': {
    what: 'the second VLAN tag',
    words: PRESENCE,
    read: onAttachments((attachment) => ({
      key: ['innerVlanId'],
      value: presence(member(attachment, 'innerVlanId') !== undefined),
    })),
  },
  layer: {
    what: 'the attachment',
    words: ['routed', 'bridged'],
    read: onAttachments(({ l2 }) => ({
      key: l2 === undefined ? ['l3'] : ['l2'],
      value: l2 === undefined ? 'routed' : 'bridged',
    })),
  },
  mtu: {
    what: 'the MTU in octets',
    write: same,
    read: onAttachments(({ mtu, vlanId }, { connection }) => ({
      key: ['mtu'],
      value: mtu,
      absent: (vlanId === null ? connection.mtu : undefined) ?? MTU,
    })),
  },
  'address-count': {
    what: 'the number of addresses of the router',
    read: onAttachments(({ l3 }) =>
      l3 === undefined ? null : { key: ['l3', 'addresses'], value: l3.addresses.length },
    ),
  },
  'session-count': {
    what: 'the number of BGP neighbours',
    read: onAttachments(({ l3, bgp }) =>
      l3 === undefined ? null : { key: ['bgp'], value: bgp?.length ?? 0 },
    ),
  },
  gateway: {
    what: "the name of the provider's gateway",
    words: [],
    write: same,
    read: onAttachments((attachment) =>
      announces(attachment) ? { key: ['gateway', 'name'], value: attachment.gateway?.name } : null,
    ),
  },
  'gateway-export-limit': {
    what: 'the most prefixes that all sessions to the gateway announce together',
    write: same,
    read: onAttachments((attachment) =>
      announces(attachment)
        ? {
            key: ['gateway', 'maxPrefixes', 'limit'],
            value: attachment.gateway?.maxPrefixes?.limit,
          }
        : null,
    ),
  },
  'prefix-length': {
    what: 'the prefix length of the subnet',
    read: onAddresses((address) => parseCidr(address)?.length),
  },
  pool: {
    what: 'the subnet',
    read: onAddresses((address) => address),
  },
  'address-family': {
    what: 'the address',
    words: ['IPv4', 'IPv6'],
    read: onAddresses((address) => (parseCidr(address)?.ip.family === 6 ? 'IPv6' : 'IPv4')),
  },
  'own-host': {
    what: "the place of the router's address in its subnet",
    read: onAddresses(hostNumber),
  },
} satisfies Readonly<Record<string, Subject>>

/** Where nothing is announced, a gateway has nothing to limit. */
function announces({ bgp }: IntentAttachment): boolean {
  return (bgp ?? []).some(
    ({ ipv4Unicast, ipv6Unicast }) =>
      ipv4Unicast?.export !== undefined || ipv6Unicast?.export !== undefined,
  )
}

/** 1 is the first host of a /30, and the second address of a /31; other subnets have no sides. */
function hostNumber(address: string): number | undefined {
  const cidr = parseCidr(address)
  if (cidr === undefined || cidr.ip.family !== 4 || cidr.length < 30) return undefined
  return Number(cidr.ip.bits - network(cidr).bits)
}
