import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentParams, ChangeProgress } from '../../../src/core/wire/messages.js'
import { run } from '../../support/process/command.js'
import type { FrrVersion } from '../../support/frr/frr-version.js'
import { planted } from '../../support/process/planted-secrets.js'
import { runBird, type BirdPeer } from '../peers/bird.js'
import { startFrr, type FrrDaemons } from '../peers/frr-daemons.js'
import { runFrrPeer } from '../peers/frr.js'
import { runGobgp } from '../peers/gobgp.js'
import type { BgpPeer } from '../peers/peer.js'
import { openAgentConnection, type AgentConnection } from '../topology/agent-connection.js'
import { connectFibre, connectVeth } from '../topology/links.js'
import { makeNetns, type Netns } from '../topology/netns.js'
import { socketIn, startAgent } from '../topology/programs.js'
import type { FarRouterData, Mode } from './mode.js'

/** A mode as it stands in the guest: the provider's routers, the customer's router with demarcd, and its network. */
export interface ModeScene {
  readonly mode: Mode
  readonly edge: Netns
  /** A router in the customer's network, with the host {@link LAN_HOST}. */
  readonly core: Netns
  readonly frr: FrrDaemons
  readonly agent: AgentConnection
  /** By the name of the router. */
  readonly netns: ReadonlyMap<string, Netns>
  readonly peer: (router: string) => BgpPeer
  /** Starts a router that was left out at the beginning. */
  readonly start: (router: string) => Promise<void>
  /** The intent of the mode, with the customer's network beside it; without the provider where `isEmpty`. */
  readonly intent: (isEmpty?: boolean) => Document
  /** Pushes with the next generation, and waits for the end of the change. */
  readonly push: (
    intent: Document,
    terms?: Omit<AgentParams<'intent.push'>, 'intent'>,
  ) => Promise<ChangeProgress>
  /** Lets the customer's network, or a router of the provider, announce so many more prefixes. */
  readonly announceMore: (count: number, router?: string) => void
  readonly remove: () => Promise<void>
}

/** An intent as it is written, before it is checked. */
export interface Document {
  readonly generation: number
  readonly router: { readonly id: string; readonly staticRoutes?: readonly unknown[] }
  readonly connections: readonly { readonly provider?: string; readonly name: string }[]
  readonly attachments: readonly { readonly connection: string; readonly name: string }[]
}

/** Hosts in the customer's network: one with a private address, one with a public one. */
export const LAN_HOST = '192.168.0.1'
export const PUBLIC_HOST = '203.0.113.1'
const PASSWORD = planted('Mode13')
const FOLDER = 'test/lab/providers'

/** The customer's network in every intent: a router that announces its prefixes, and more after `announceMore`. */
const CORE = { name: 'lan', ports: [{ name: 'lan0' }] }
const coreAttachment = ({ toCore = ['0.0.0.0/0 le 32'] }: Mode) => ({
  name: 'core',
  connection: CORE.name,
  vlanId: null,
  mtu: 9000,
  l3: { addresses: ['10.255.1.1/30'] },
  bgp: [
    {
      neighborAddress: '10.255.1.2',
      peerAs: 65100,
      ipv4Unicast: {
        import: { prefixes: ['192.168.0.0/24', '203.0.113.0/24', '10.192.0.0/10 le 24'] },
        export: { prefixes: toCore },
      },
    },
  ],
})

const CORE_BIRD = `router id 10.255.1.2;
log stderr all;
timeformat protocol iso long;
protocol device { scan time 1; }
protocol static inside {
  ipv4;
  route 192.168.0.0/24 blackhole;
  route 203.0.113.0/24 blackhole;
include "more.conf";
}
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
protocol bgp edge {
  local 10.255.1.2 as 65100;
  neighbor 10.255.1.1 external;
  connect delay time 1; error wait time 1, 4; connect retry time 3;
  ipv4 { import all; export where source = RTS_STATIC; };
}
`

export async function buildModeScene(
  mode: Mode,
  version: FrrVersion,
  root: string,
): Promise<ModeScene> {
  const dir = (name: string): string => {
    const path = join(root, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const edge = makeNetns('edge')
  const core = makeNetns('core')
  const netns = new Map(mode.routers.map(({ name }) => [name, makeNetns(name)]))
  const netnsOf = (name: string): Netns => found(netns.get(name), name)
  for (const { port, router, far } of mode.fibres) {
    connectFibre({ netns: edge, name: port }, { netns: netnsOf(router), name: far })
  }
  connectCore(edge, core)
  const peers = new Map<string, FarPeer>()
  const reloads = new Map<string, () => void>()
  for (const data of mode.routers) {
    for (const words of data.ip) netnsOf(data.name).run('ip', ...words.split(' '))
    netnsOf(data.name).run('sysctl', '-qw', ...FORWARDING)
  }
  const start = async (name: string): Promise<void> => {
    const data = found(
      mode.routers.find((router) => router.name === name),
      name,
    )
    const peer = await startFar(mode, data, netnsOf(name), dir(name))
    if (peer !== undefined) peers.set(name, peer)
    if (peer?.reload !== undefined) reloads.set(name, peer.reload)
  }
  writeFileSync(join(dir('core'), 'more.conf'), '')
  const coreBird = await runBird(core, dir('core'), CORE_BIRD)
  reloads.set('core', coreBird.reload)
  for (const { name, late } of mode.routers) if (late !== true) await start(name)
  const frr = await startFrr(edge, {
    version,
    name: `edge-${mode.provider}-${mode.name}`,
    dir: dir('frr'),
    withStatic: mode.withStatic === true,
  })
  const daemon = await startAgent(edge, {
    dir: dir('agent'),
    id: 'edge-1',
    manage: ['enp*', 'lan0'],
    frrRunDir: frr.runDir,
    hub: null,
    secrets: { key: PASSWORD },
  })
  const agent = await openAgentConnection(socketIn(dir('agent')))
  let generation = 0
  return {
    mode,
    edge,
    core,
    frr,
    agent,
    netns,
    start,
    peer: (name) => found(peers.get(name), name),
    intent: (isEmpty) => intentOf(mode, isEmpty === true),
    async push(intent, terms = {}) {
      generation += 1
      return agent.change({ ...intent, generation }, terms)
    },
    announceMore(count, router = 'core') {
      writeFileSync(join(dir(router), 'more.conf'), moreRoutes(count, router === 'core' ? 192 : 64))
      found(reloads.get(router), router)()
    },
    async remove() {
      agent.close()
      await daemon.stop()
      await frr.stop()
      for (const peer of [...peers.values(), coreBird]) await peer.stop()
      for (const each of [edge, core, ...netns.values()]) each.remove()
      for (const { port } of mode.fibres) run('vfiber', 'remove', port)
    },
  }
}

/** A router of the provider; BIRD can read its configuration again. */
type FarPeer = BgpPeer & Partial<Pick<BirdPeer, 'reload'>>

const FORWARDING = ['net.ipv4.ip_forward=1', 'net.ipv4.fib_multipath_hash_policy=1']

/** /24 prefixes, the second one of 10.192.0.0/16 or 10.64.0.0/16 at first. */
function moreRoutes(count: number, base: 192 | 64): string {
  const prefixes = Array.from({ length: count }, (_, i) => {
    const number = i + 1
    return `10.${base + (number >> 8)}.${number & 255}.0/24`
  })
  return prefixes.map((prefix) => `route ${prefix} blackhole;\n`).join('')
}

function connectCore(edge: Netns, core: Netns): void {
  connectVeth({ netns: edge, name: 'lan0' }, { netns: core, name: 'core0' })
  edge.run('sysctl', '-qw', ...FORWARDING)
  core.run('ip', 'address', 'add', '10.255.1.2/30', 'dev', 'core0')
  for (const host of [LAN_HOST, PUBLIC_HOST]) {
    core.run('ip', 'address', 'add', `${host}/32`, 'dev', 'lo')
  }
  core.run('ip', 'link', 'set', 'core0', 'mtu', '9000', 'up')
}

function startFar(
  { provider, name: mode }: Mode,
  { name, program, config, announce = [] }: FarRouterData,
  netns: Netns,
  dir: string,
): Promise<FarPeer> | undefined {
  if (program === 'none' || config === undefined) return undefined
  const text = readFileSync(join(FOLDER, provider, mode, config), 'utf8').replaceAll(
    'PASSWORD',
    PASSWORD,
  )
  if (program === 'gobgp') return runGobgp(netns, { dir, config: text, announce })
  if (program === 'bird') {
    writeFileSync(join(dir, 'more.conf'), '')
    return runBird(netns, dir, text)
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return runFrrPeer(netns, { version: '10.3', name, dir, announce, config: lines })
}

function intentOf(mode: Mode, isEmpty: boolean): Document {
  const { provider, name } = mode
  const intent = JSON.parse(
    readFileSync(join(FOLDER, provider, name, 'intent.json'), 'utf8'),
  ) as Document
  return {
    ...intent,
    // A static route leads to the provider, so it goes with it.
    router: isEmpty ? { ...intent.router, staticRoutes: [] } : intent.router,
    connections: [...(isEmpty ? [] : intent.connections), CORE],
    attachments: [...(isEmpty ? [] : intent.attachments), coreAttachment(mode)],
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`there is no router ${name}`)
  return value
}
