import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { millis } from '../../../src/core/base/time.js'
import { openVty, type Vty } from '../../../src/edge/frr/vty/vty.js'
import { type FrrVersion } from '../../support/frr/frr-version.js'
import { startFrrPeer } from '../peers/frr.js'
import type { Netns } from '../topology/netns.js'
import { FOREIGN } from './foreign.js'

/** The established sessions as the peer reports them, by the peer's own address. */
export type Uptimes = ReadonlyMap<string, Uptime>

export interface Uptime {
  /** Seconds since the epoch; the peer computes it from its uptime, so it may be off by one. */
  readonly since: number
  /** How many sessions with this neighbour the peer has established, this one included. */
  readonly number: number
}

/** Whether both are the same session, which was not reset in between. */
export function sameSession(before: Uptime | undefined, after: Uptime | undefined): boolean {
  if (before === undefined || after === undefined) return false
  return before.number === after.number && Math.abs(before.since - after.since) <= 1
}

/** An FRR without demarc, at the far end of `dl-b` and of the foreign VLAN. */
export interface Provider {
  readonly sessions: () => Promise<Uptimes>
  readonly stop: () => Promise<void>
}

/** Attachments 3 to 5 are on `dl-b`, where the peer answers. */
const PEERED = [3, 4, 5]

/** Both addresses of every session, from the peer's side. */
const SESSIONS = [
  ...PEERED.flatMap((number) => [
    { address: `10.0.${number}.2`, localAddress: `10.0.${number}.1` },
    { address: `2001:db8:${number}::2`, localAddress: `2001:db8:${number}::1` },
  ]),
  { address: FOREIGN.address, localAddress: FOREIGN.peerAddress },
]
const LOCAL_AS = 65020

/** `netns` has the far ends of the ports, named `far-…`. */
export async function startProvider(
  netns: Netns,
  options: { readonly version: FrrVersion; readonly dir: string },
): Promise<Provider> {
  configureLinks(netns)
  const dir = join(options.dir, 'provider')
  mkdirSync(dir, { recursive: true })
  const { frr } = await startFrrPeer(netns, {
    version: options.version,
    name: `laws-provider-${options.version}`,
    localAs: LOCAL_AS,
    routerId: '10.255.0.2',
    neighbors: SESSIONS.map((session) => ({ ...session, peerAs: 65010 })),
    announce: ['10.64.1.0/24', '2001:db8:101::/48'],
    dir,
  })
  // Both address families on every session, so that the router may negotiate either.
  frr.vtysh(
    'configure terminal',
    `router bgp ${LOCAL_AS}`,
    ...activate('ipv4'),
    ...activate('ipv6'),
  )
  const path = join(frr.runDir, 'bgpd.vty')
  const bgpd = await openVty({ daemon: 'bgpd', path, timeout: millis(60_000) })
  return {
    sessions: () => readSessions(bgpd),
    async stop() {
      bgpd.close()
      await frr.stop()
    },
  }
}

function activate(family: 'ipv4' | 'ipv6'): readonly string[] {
  const lines = SESSIONS.map(({ address }) => `neighbor ${address} activate`)
  return [`address-family ${family} unicast`, ...lines, 'exit-address-family']
}

function configureLinks(netns: Netns): void {
  const lines = PEERED.flatMap((number, slot) => [
    `link add far-p3.${100 + slot} link far-p3 up type vlan id ${100 + slot}`,
    `address add 10.0.${number}.1/29 dev far-p3.${100 + slot}`,
    `address add 2001:db8:${number}::1/64 dev far-p3.${100 + slot} nodad`,
  ])
  const foreign = [
    `link add far-p3.${FOREIGN.vlanId} link far-p3 up type vlan id ${FOREIGN.vlanId}`,
    `address add ${FOREIGN.peerAddress}/24 dev far-p3.${FOREIGN.vlanId}`,
  ]
  for (const line of [...lines, ...foreign]) netns.run('ip', ...line.split(' '))
}

const Neighbors = z.record(
  z.string(),
  z.looseObject({
    bgpState: z.string(),
    bgpTimerUpEstablishedEpoch: z.number().default(0),
    connectionsEstablished: z.number().default(0),
  }),
)

async function readSessions(bgpd: Vty): Promise<Uptimes> {
  const [reply] = await bgpd.run(['show bgp neighbors json'])
  const neighbors = Neighbors.parse(JSON.parse(reply?.text ?? ''))
  return new Map(
    SESSIONS.flatMap(({ address, localAddress }) => {
      const found = neighbors[address]
      if (found?.bgpState !== 'Established') return []
      const { bgpTimerUpEstablishedEpoch: since, connectionsEstablished: number } = found
      return [[localAddress, { since, number }] as const]
    }),
  )
}
