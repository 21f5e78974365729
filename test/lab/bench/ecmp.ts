import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isFrrVersion } from '../../support/frr/frr-version.js'
import { run } from '../../support/process/command.js'
import { waitFor } from '../../support/process/wait.js'
import { established } from '../providers/cells/sessions.js'
import { startFlows, type Flows } from '../providers/flows.js'
import { buildModeScene, LAN_HOST, type Document, type ModeScene } from '../providers/scene.js'
import { privateMode } from '../providers/yandex/private/mode.js'
import { row } from './row.js'

/**
 * What traffic loses when one of two equal-cost attachments fails: where the port loses its light, where BFD notices
 * a path that drops everything, and where nothing but the hold time does. The router of the Yandex mode `private`, with eight
 * pings at once, 20 a second each. Prints rows of JSON.
 */

const HOSTS = Array.from({ length: 8 }, (_, n) => `10.128.0.${n + 11}`)
const NETWORK = '10.128.0.0/24'
const ROUTER = 'cloud'
const PEER_AS = 200350
/** The ports of the two attachments, and the one that fails with its far end. */
const PORTS = ['enp1s0', 'enp2s0'] as const
const [, PORT] = PORTS
const FAR = 'nord'
/** Seconds; the hold time is 90. */
const PATIENCE = 200

const version = process.argv[2] ?? '10.3'
if (!isFrrVersion(version)) throw new Error(`there is no FRR ${version}`)
const scene = await buildModeScene(
  { ...privateMode, hosts: HOSTS },
  version,
  mkdtempSync(join(tmpdir(), 'demarc-ecmp-')),
)
try {
  await measure(scene)
} finally {
  await scene.remove()
}
process.exit()

async function measure(scene: ModeScene): Promise<void> {
  for (const host of HOSTS) cloud(scene, 'ip', 'address', 'add', `${host}/32`, 'dev', 'lo')
  await push(scene, scene.intent())
  await fail(scene, { by: 'carrier', begin: () => vfiber('cut'), end: () => vfiber('mend') })
  const silent = { begin: () => silence(scene, true), end: () => silence(scene, false) }
  await fail(scene, { by: 'BFD, 300 ms x 3', ...silent })
  // The sessions begin anew, because a change would wait until the provider's end has them back without BFD.
  await push(scene, { ...scene.intent(), connections: [], attachments: [] })
  await push(scene, withoutBfd(scene.intent()))
  await fail(scene, { by: 'hold time, 90 s', ...silent })
}

interface Failure {
  readonly by: string
  readonly begin: () => void
  readonly end: () => void
}

/** Breaks one attachment until all flows go over the other one, and mends it. No ping runs beside a change. */
async function fail(scene: ModeScene, failure: Failure): Promise<void> {
  await twoPaths(scene)
  const flows = startFlows(scene.core, LAN_HOST, HOSTS)
  try {
    await flows.steady(0, PATIENCE)
    await bothUsed(scene)
    await lose(flows, failure)
  } finally {
    await flows.stop()
  }
  failure.end()
  await twoPaths(scene)
}

async function lose(flows: Flows, { by, begin }: Failure): Promise<void> {
  const at = Date.now()
  begin()
  await flows.steady(at, PATIENCE, 1000)
  const { longest, packets, flows: broken } = flows.lost(at)
  const name = `one of two attachments fails, by ${by}`
  row(`${name}: longest silence`, longest, null, 'ms')
  row(`${name}: lost in ${broken} of ${HOSTS.length} flows`, packets, null, 'packets')
}

/** Waits until all sessions are up and both paths are in use. */
async function twoPaths(scene: ModeScene): Promise<void> {
  await established(scene, scene.mode.sessions, PATIENCE)
  const paths = () => scene.edge.run('ip', 'route', 'show', NETWORK)
  await waitFor('two paths', paths, {
    until: (text) => [...text.matchAll(/via /g)].length === 2,
    within: PATIENCE,
    every: 500,
  })
}

/** Each of the two ports sends at least one flow. */
async function bothUsed({ edge }: ModeScene): Promise<void> {
  const sent = () =>
    PORTS.map((port) => Number(edge.run('cat', `/sys/class/net/${port}/statistics/tx_packets`)))
  const before = sent()
  await waitFor('both attachments carry a flow', sent, {
    until: (after) => after.every((count, i) => count - (before[i] ?? 0) > 200),
    within: 30,
  })
}

/** Drops every frame that arrives at either end, while the light stays on. */
function silence(scene: ModeScene, isOn: boolean): void {
  const add = (device: string) =>
    `add table netdev silence; add chain netdev silence in { type filter hook ingress device "${device}" priority 0; policy drop; }`
  cloud(scene, 'nft', isOn ? add(FAR) : 'delete table netdev silence')
  scene.edge.run('nft', isOn ? add(PORT) : 'delete table netdev silence')
}

function vfiber(verb: 'cut' | 'mend'): void {
  run('vfiber', verb, PORT)
}

function cloud(scene: ModeScene, ...words: readonly string[]): void {
  scene.netns.get(ROUTER)?.run(...words)
}

async function push(scene: ModeScene, intent: Document): Promise<void> {
  const change = await scene.push(intent, { maxImpact: 'traffic-loss' })
  if (change.phase !== 'confirmed') throw new Error(JSON.stringify(change))
}

interface Attachment {
  readonly bgp?: readonly Readonly<Record<string, unknown>>[]
}

/** The same router at a provider that demarc does not know, because Yandex always has BFD. */
function withoutBfd(intent: Document): Document {
  const attachments = intent.attachments.map((attachment) => ({
    ...attachment,
    bgp: (attachment as Attachment).bgp?.map(({ bfd: _bfd, ...neighbor }) => ({
      ...{ peerAs: PEER_AS, ...neighbor },
    })),
  }))
  const connections = intent.connections.map(({ provider: _provider, ...rest }) => rest)
  return { ...intent, connections, attachments }
}
