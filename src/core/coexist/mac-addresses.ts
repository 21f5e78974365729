import { groupBy } from '../base/group-by.js'
import type { HaveLink } from '../model/link.js'
import type { Conflict, HostFacts } from '../model/host-facts.js'
import { listed, type Managed } from './managed.js'

/** What no interface has of its own. */
const NO_MAC = ['', '00:00:00:00:00:00']

/** Ports and bonds that speak with one MAC address, where one of them is demarc's. */
export function judgeMacAddresses(_facts: HostFacts, ours: Managed): readonly Conflict[] {
  const own = new Set<string>(ours.links.map(({ name }) => name))
  const have = new Map(ours.have.map((link) => [link.name, link]))
  const speakers = ours.have.filter((link) => speaksForItself(link, have))
  return [...groupBy(speakers, ({ mac }) => mac)].flatMap(([mac, links]) =>
    links.length > 1 && links.some(({ name }) => own.has(name)) ? [shared(mac, links)] : [],
  )
}

/** The kinds of link that have an address of their own. */
const SPEAKERS: readonly string[] = ['port', 'bond']
/** The kinds of master whose links keep their own address; a failover pair is a port with ports. */
const PLAIN_MASTERS: readonly string[] = ['bridge', 'vrf']

/**
 * Whether a link is up with a MAC address that nothing else gave it. VLANs and bridges have the address of
 * another link; so have a port of a bond or of a failover pair, and a link on another one, such as an ipvlan
 * or a port of a switch chip.
 */
function speaksForItself(link: HaveLink, have: ReadonlyMap<string, HaveLink>): boolean {
  const { detail, up, mac } = link
  if (!up || NO_MAC.includes(mac) || !SPEAKERS.includes(detail.kind)) return false
  const master = have.get(link.master ?? '')
  const apart = master === undefined || PLAIN_MASTERS.includes(master.detail.kind)
  return apart && have.get(link.lower ?? '')?.mac !== mac
}

function shared(mac: string, links: readonly HaveLink[]): Conflict {
  const names = links.map(({ name }) => name)
  return {
    code: 'MAC_DUPLICATE',
    at: names[0] ?? '',
    message: `${listed(names)} have the same MAC address ${mac}, so that a switch or provider that sees both loses frames of one: give one of them another address with "ip link set dev NAME address MAC", and remove the old one from the configuration that set it.`,
    destroys: false,
  }
}
