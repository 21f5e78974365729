import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../support/process/command.js'
import { isListening } from '../../support/process/listening.js'
import { waitFor } from '../../support/process/wait.js'
import type { Netns } from '../topology/netns.js'
import type { BgpPeer, PeerNeighbor, PeerOptions, PeerSession } from './peer.js'

/** BIRD, and how to let it read its configuration again. */
export interface BirdPeer extends BgpPeer {
  readonly reload: () => void
}

/** BIRD 2 in a namespace, as a provider's router. */
export async function startBird(netns: Netns, options: PeerOptions): Promise<BirdPeer> {
  return runBird(netns, options.dir, birdConfig(options))
}

/** BIRD 2 with a configuration of its own. Its files are in `dir`. */
export async function runBird(netns: Netns, dir: string, text: string): Promise<BirdPeer> {
  const config = join(dir, 'bird.conf')
  const control = join(dir, 'bird.ctl')
  writeFileSync(config, text, { mode: 0o600 })
  const daemon = netns.start(join(dir, 'bird.log'), ...['bird', '-f', '-c', config, '-s', control])
  const birdc = (...words: readonly string[]): string => run('birdc', '-r', '-s', control, ...words)
  const answers = async () => daemon.exitCode === null && isListening({ path: control })
  await waitFor('bird answers', answers, { until: Boolean, within: 20 })
  const names = new Map(
    [...text.matchAll(/protocol bgp (\w+)[^}]*?neighbor ([0-9a-f.:]+)/g)].map(
      ([, name = '', address = '']) => [address, name],
    ),
  )
  return {
    kind: 'bird',
    session(address) {
      const name = names.get(address)
      return name === undefined ? undefined : readSession(birdc('show', 'protocols', name), name)
    },
    routes() {
      const lines = birdc('show', 'route', 'where', 'source', '=', 'RTS_BGP').split('\n')
      return lines.flatMap((line) => /^([0-9a-f.:]+\/\d+)\s/.exec(line)?.[1] ?? [])
    },
    received(address) {
      const shown = birdc('show', 'protocols', 'all', names.get(address) ?? address)
      return Number(/Routes:\s+(\d+) imported/.exec(shown)?.[1] ?? 0)
    },
    reload: () => void run('birdc', '-s', control, 'configure'),
    async stop() {
      if (daemon.exitCode !== null) return
      daemon.kill()
      await once(daemon, 'exit')
    },
  }
}

/** `name proto table state date time info`: the columns of `show protocols`. */
function readSession(text: string, name: string): PeerSession | undefined {
  const line = text.split('\n').find((text) => text.startsWith(`${name} `))
  const [, , , , date = '', time = '', ...info] = line?.trim().split(/\s+/) ?? []
  if (line === undefined) return undefined
  return {
    established: info.includes('Established'),
    state: info.join(' '),
    since: `${date} ${time}`,
  }
}

function birdConfig({ localAs, routerId, neighbors, announce }: PeerOptions): string {
  const statics = (six: boolean): string =>
    announce
      .filter((prefix) => prefix.includes(':') === six)
      .map((prefix) => `  route ${prefix} blackhole;`)
      .join('\n')
  return `
router id ${routerId};
log stderr all;
timeformat protocol iso long;
protocol device { scan time 1; }
protocol bfd { interface "*" { min rx interval 1 s; min tx interval 1 s; multiplier 5; }; }
protocol static s4 { ipv4;
${statics(false)}
}
protocol static s6 { ipv6;
${statics(true)}
}
protocol kernel k4 { ipv4 { import none; export where source = RTS_BGP; }; }
protocol kernel k6 { ipv6 { import none; export where source = RTS_BGP; }; }
${neighbors.map((neighbor, i) => birdNeighbor(neighbor, i, localAs)).join('\n')}
`
}

function birdNeighbor(neighbor: PeerNeighbor, index: number, localAs: number): string {
  const { address, localAddress, peerAs, password, bfd, holdTime } = neighbor
  return `protocol bgp n${index} {
  local ${localAddress} as ${localAs};
  neighbor ${address} as ${peerAs};
  connect delay time 1; error wait time 1, 4; connect retry time 3;
  ${holdTime === undefined ? '' : `hold time ${holdTime};`}
  ${password === undefined ? '' : `password "${password}";`}
  ${bfd === true ? 'bfd;' : ''}
  ipv4 { import all; export where source = RTS_STATIC; };
  ipv6 { import all; export where source = RTS_STATIC; };
}`
}
