import * as z from 'zod'
import type { Netns } from '../topology/netns.js'
import { startFrr, type FrrDaemons } from './frr-daemons.js'
import type { BgpPeer, PeerNeighbor, PeerOptions } from './peer.js'
import { type FrrVersion } from '../../support/frr/frr-version.js'

const Neighbor = z.looseObject({
  bgpState: z.string(),
  connectionsEstablished: z.number().optional(),
  addressFamilyInfo: z
    .record(z.string(), z.looseObject({ acceptedPrefixCounter: z.number().optional() }))
    .optional(),
})
const Routes = z.looseObject({ routes: z.record(z.string(), z.unknown()) })

/** A plain FRR without demarc, as a provider's router. */
export async function startFrrPeer(
  netns: Netns,
  options: PeerOptions & { readonly version: FrrVersion; readonly name: string },
): Promise<BgpPeer & { readonly frr: FrrDaemons }> {
  return runFrrPeer(netns, { ...options, config: configuration(options) })
}

/** FRR without demarc, with a configuration of its own: the lines of `config`. */
export async function runFrrPeer(
  netns: Netns,
  options: Pick<PeerOptions, 'announce' | 'dir'> & {
    readonly version: FrrVersion
    readonly name: string
    readonly config: readonly string[]
  },
): Promise<BgpPeer & { readonly frr: FrrDaemons }> {
  const frr = await startFrr(netns, options)
  frr.vtysh('configure terminal', ...options.config)
  const json = (command: string): unknown => JSON.parse(frr.vtysh(`${command} json`))
  const read = (address: string) => {
    const answer = z.record(z.string(), Neighbor).safeParse(json(`show bgp neighbors ${address}`))
    return answer.success ? answer.data[address] : undefined
  }
  return {
    kind: 'frr',
    frr,
    session(address) {
      const neighbor = read(address)
      if (neighbor === undefined) return undefined
      return {
        established: neighbor.bgpState === 'Established',
        state: neighbor.bgpState,
        // FRR computes the time from the uptime, so it is off by one now and then.
        since: `session ${neighbor.connectionsEstablished ?? 0}`,
      }
    },
    routes() {
      const own = new Set(options.announce)
      return ['ipv4', 'ipv6']
        .flatMap((family) => Object.keys(Routes.parse(json(`show bgp ${family} unicast`)).routes))
        .filter((prefix) => !own.has(prefix))
    },
    received(address) {
      const families = Object.values(read(address)?.addressFamilyInfo ?? {})
      return families.reduce((sum, { acceptedPrefixCounter = 0 }) => sum + acceptedPrefixCounter, 0)
    },
    stop: frr.stop,
  }
}

function configuration({ localAs, routerId, neighbors, announce }: PeerOptions): readonly string[] {
  const family = (six: boolean): readonly string[] => [
    `address-family ${six ? 'ipv6' : 'ipv4'} unicast`,
    ...announce
      .filter((prefix) => prefix.includes(':') === six)
      .map((prefix) => `network ${prefix}`),
    ...neighbors
      .filter(({ address }) => address.includes(':') === six)
      .map(({ address }) => `neighbor ${address} activate`),
    'exit-address-family',
  ]
  return [
    `router bgp ${localAs}`,
    `bgp router-id ${routerId}`,
    'no bgp ebgp-requires-policy',
    'no bgp network import-check',
    ...neighbors.flatMap(statements),
    ...family(false),
    ...family(true),
  ]
}

function statements({ address, peerAs, password, bfd, holdTime }: PeerNeighbor): readonly string[] {
  const neighbor = `neighbor ${address}`
  return [
    `${neighbor} remote-as ${peerAs}`,
    `${neighbor} timers connect 3`,
    ...(holdTime === undefined
      ? []
      : [`${neighbor} timers ${Math.floor(holdTime / 3)} ${holdTime}`]),
    ...(password === undefined ? [] : [`${neighbor} password ${password}`]),
    ...(bfd === true ? [`${neighbor} bfd`] : []),
  ]
}
