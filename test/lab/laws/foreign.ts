import type { HaveLink } from '../../../src/core/model/link.js'
import { isLinkLocal, isOurs } from '../../../src/core/model/own-link.js'
import type { FrrDaemons } from '../peers/frr-daemons.js'
import type { Netns } from '../topology/netns.js'

/** The foreign session: configured by somebody else, so demarc must leave it alone. It is established in every pair. */
export const FOREIGN = {
  vlanId: 77,
  address: '198.51.100.1',
  peerAddress: '198.51.100.2',
} as const

/** Configures links, routes, policies and BGP instances that demarc does not own. */
export function configureForeign(host: Netns, frr: FrrDaemons): void {
  const lines = [
    'link set p3 up',
    `link add p3.${FOREIGN.vlanId} link p3 up type vlan id ${FOREIGN.vlanId}`,
    `link set p3.${FOREIGN.vlanId} mtu 1400`,
    `address add ${FOREIGN.address}/24 dev p3.${FOREIGN.vlanId}`,
    `address add 2001:db8:77::1/64 dev p3.${FOREIGN.vlanId} nodad`,
    'link add idle77 link p3 type vlan id 78',
    'link add loop7 up type dummy',
    'address add 203.0.113.7/32 dev loop7',
    'link add br-others up type bridge',
    'link add tap7 up master br-others type dummy',
    'link add vrf-others up type vrf table 77',
    'link add loop8 up master vrf-others type dummy',
    'address add 10.0.3.2/32 dev loop8',
    'route add 203.0.113.128/25 via 198.51.100.9',
  ]
  for (const line of lines) host.run('ip', ...line.split(' '))
  frr.vtysh(
    'configure terminal',
    'ip prefix-list OTHERS-IN seq 5 permit 10.0.0.0/8 le 24',
    'ipv6 prefix-list OTHERS6 seq 5 permit 2001:db8::/32 le 48',
    'bgp community-list standard OTHERS-COMMUNITY permit 65010:77',
    'route-map OTHERS-MAP permit 10',
    'match ip address prefix-list OTHERS-IN',
    'exit',
    'router bgp 65010',
    'bgp router-id 10.255.0.1',
    'no bgp ebgp-requires-policy',
    `neighbor ${FOREIGN.peerAddress} remote-as 65020`,
    `neighbor ${FOREIGN.peerAddress} description runs by hand`,
    'address-family ipv4 unicast',
    'maximum-paths 4',
    `neighbor ${FOREIGN.peerAddress} route-map OTHERS-MAP in`,
    'network 203.0.113.7/32',
    'exit-address-family',
    'exit',
    'router bgp 65077 vrf vrf-others',
    'neighbor 10.77.0.1 remote-as 65078',
    'neighbor 10.77.0.1 shutdown',
  )
}

/**
 * Everything on the router that demarc does not own, as sorted lines of text for a comparison of before and
 * after. `config` is bgpd's running configuration; `named` has the links of the intents, which are left out.
 */
export function foreignState(
  host: Netns,
  config: string,
  links: readonly HaveLink[],
  named: ReadonlySet<string>,
): readonly string[] {
  const others = links.filter((link) => !isOurs(link) && !named.has(link.name))
  const addresses = links.flatMap((link) =>
    link.addresses
      .filter(({ address, owned }) => !owned && !isLinkLocal(address))
      .map(({ address }) => `address ${link.name} ${address}`),
  )
  const routes = host.run('ip', 'route', 'show', 'proto', 'boot').trim().split('\n')
  return [
    ...others.map(({ name, detail, alias, mtu, up, master }) =>
      JSON.stringify({ name, detail, alias, mtu, up, master }),
    ),
    ...addresses,
    ...routes.map((route) => `route ${route.trim()}`),
    ...foreignLines(config),
  ].sort()
}

/** The foreign lines of FRR's configuration, each with its block. */
function foreignLines(config: string): readonly string[] {
  let block = ''
  const lines: string[] = []
  for (const line of config.split('\n')) {
    if (line !== '' && !line.startsWith(' ')) block = line
    // The block has a foreign neighbour, so demarc must not change what applies to the whole instance.
    const instanceWide = block === 'router bgp 65010' && /router-id|maximum-paths/.test(line)
    const foreign = /OTHERS|198\.51\.100|203\.0\.113|10\.77\.0\.1|65077/
    if (instanceWide || foreign.test(line)) lines.push(`frr ${block} | ${line.trim()}`)
  }
  return lines
}
