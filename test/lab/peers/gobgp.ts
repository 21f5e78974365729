import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import type { Netns } from '../topology/netns.js'
import type { BgpPeer, PeerNeighbor, PeerOptions } from './peer.js'

const Neighbors = z.array(
  z.looseObject({
    state: z.looseObject({
      neighbor_address: z.string(),
      session_state: z.union([z.string(), z.number()]),
    }),
    timers: z.looseObject({
      state: z
        .looseObject({
          uptime: z.looseObject({ seconds: z.union([z.number(), z.string()]) }).optional(),
        })
        .optional(),
    }),
    afi_safis: z
      .array(
        z.looseObject({
          state: z.looseObject({ accepted: z.coerce.number().optional() }).optional(),
        }),
      )
      .optional(),
  }),
)

/** GoBGP in a namespace, as a provider's router. */
export async function startGobgp(netns: Netns, options: PeerOptions): Promise<BgpPeer> {
  return runGobgp(netns, { ...options, config: gobgpConfig(options) })
}

/** GoBGP with a configuration of its own. */
export async function runGobgp(
  netns: Netns,
  options: Pick<PeerOptions, 'announce' | 'dir'> & { readonly config: string },
): Promise<BgpPeer> {
  const config = join(options.dir, 'gobgpd.toml')
  writeFileSync(config, options.config, { mode: 0o600 })
  const daemon = netns.start(join(options.dir, 'gobgpd.log'), 'gobgpd', '-t', 'toml', '-f', config)
  const gobgp = (...words: readonly string[]): string => netns.run('gobgp', ...words)
  await waitFor('gobgpd answers', () => answers(gobgp), { until: (up) => up, within: 60 })
  for (const prefix of options.announce) {
    gobgp('global', 'rib', 'add', prefix, '-a', prefix.includes(':') ? 'ipv6' : 'ipv4')
  }
  const read = (address: string) =>
    Neighbors.parse(JSON.parse(gobgp('neighbor', '-j'))).find(
      ({ state }) => state.neighbor_address === address,
    )
  return {
    kind: 'gobgp',
    session(address) {
      const neighbor = read(address)
      if (neighbor === undefined) return undefined
      const state = String(neighbor.state.session_state)
      const since = String(neighbor.timers.state?.uptime?.seconds ?? '')
      // 6 is ESTABLISHED in GoBGP's PeerState.SessionState.
      return { established: state === '6' || state === 'ESTABLISHED', state, since }
    },
    routes() {
      const own = new Set(options.announce)
      const table = z.record(z.string(), z.unknown())
      return ['ipv4', 'ipv6']
        .flatMap((family) =>
          Object.keys(table.parse(JSON.parse(gobgp('global', 'rib', '-j', '-a', family)))),
        )
        .filter((prefix) => !own.has(prefix))
    },
    received(address) {
      const families = read(address)?.afi_safis ?? []
      return families.reduce((sum, { state }) => sum + (state?.accepted ?? 0), 0)
    },
    async stop() {
      if (daemon.exitCode !== null) return
      daemon.kill()
      await once(daemon, 'exit')
    },
  }
}

function answers(gobgp: (...words: readonly string[]) => string): boolean {
  try {
    gobgp('global')
    return true
  } catch {
    return false
  }
}

function gobgpConfig({ localAs, routerId, neighbors }: PeerOptions): string {
  const global = `[global.config]\n  as = ${localAs}\n  router-id = "${routerId}"\n`
  return global + neighbors.map(gobgpNeighbor).join('')
}

function gobgpNeighbor({
  address,
  localAddress,
  peerAs,
  password,
  holdTime,
}: PeerNeighbor): string {
  const family = address.includes(':') ? 'ipv6-unicast' : 'ipv4-unicast'
  return `
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address}"
    peer-as = ${peerAs}
    ${password === undefined ? '' : `auth-password = "${password}"`}
  [neighbors.transport.config]
    local-address = "${localAddress}"
  [neighbors.timers.config]
    connect-retry = 3
    idle-hold-time-after-reset = 1
    hold-time = ${holdTime ?? 90}
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${family}"
`
}
