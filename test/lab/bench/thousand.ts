export const PORT = 'enp1s0f0'
export const FAR_PORT = 'mmr0'

/** An intent with `count` L3 attachments on one port, each a VLAN with a /30 and a BGP neighbour with prefix lists. */
export function manyAttachments(router: string, count: number) {
  return {
    schema: 'demarc/intent/v1',
    generation: 1,
    router: { id: router, role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
    connections: [{ name: 'dl-a', ports: [{ name: PORT }] }],
    attachments: Array.from({ length: count }, (_, id) => attachment(id)),
  }
}

function attachment(id: number) {
  const net = `10.${id >> 14}.${(id >> 6) & 255}`
  const host = (id & 63) * 4
  return {
    name: `net-${id}`,
    connection: 'dl-a',
    vlanId: id + 1,
    mtu: 1500,
    l3: { vrf: null, addresses: [`${net}.${host + 2}/30`] },
    bgp: [
      {
        neighborAddress: `${net}.${host + 1}`,
        peerAs: 64512,
        holdTime: 30,
        keepaliveInterval: 10,
        ipv4Unicast: {
          import: {
            prefixes: ['10.64.0.0/10 le 24'],
            maxPrefixes: { limit: 100, warningPercent: 80 },
          },
          export: {
            prefixes: [`172.${16 + (id >> 8)}.${id & 255}.0/24 le 32`],
            prependAs: 0,
            med: 50,
            communities: [],
          },
        },
      },
    ],
  }
}
