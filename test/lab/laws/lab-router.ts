import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RouterPorts } from '../../../src/agent/ports.js'
import { toSecretDigest, type SecretDigest } from '../../../src/core/model/names.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { SECRET_NAMES, type IntentUniverse } from '../../support/arbitrary-intent.js'
import { startBird } from '../peers/bird.js'
import { startFrr, type FrrDaemons, type FrrVersion } from '../peers/frr-daemons.js'
import type { BgpPeer } from '../peers/peer.js'
import { layCable } from '../topology/links.js'
import { hostNetns, makeNetns, type Netns } from '../topology/netns.js'
import { FOREIGN, layForeign } from './foreign.js'

/** The router of the laws is the guest itself; its peer, BIRD, lives in a namespace. */
export interface LabRouter {
  readonly ports: RouterPorts
  readonly frr: FrrDaemons
  readonly peer: BgpPeer
  readonly secrets: ReadonlyMap<string, SecretDigest>
  readonly close: () => Promise<void>
}

export const LAB_UNIVERSE: IntentUniverse = {
  connections: {
    'dl-a': { ports: ['p1', 'p2'], shape: 'any' },
    'dl-b': { ports: ['p3'], shape: 'steady' },
  },
  members: ['m1', 'm2'],
  slots: 3,
  maximumPaths: [4],
  bgp: true,
}

/** Attachments 3 to 5 stand on `dl-b`, where the peer answers. */
const PEERED = [3, 4, 5]

export async function buildLabRouter(version: FrrVersion, dir: string): Promise<LabRouter> {
  const host = hostNetns()
  const provider = makeNetns('provider')
  writeFileSync('/proc/sys/net/ipv4/conf/all/promote_secondaries', '1')
  for (const name of ['p1', 'p2', 'p3', 'm1', 'm2']) {
    layCable({ netns: host, name }, { netns: provider, name: `far-${name}` })
    provider.run('ip', 'link', 'set', `far-${name}`, 'mtu', '9000', 'up')
  }
  furnishPeer(provider)
  const frr = await startFrr(host, { version, name: 'laws', dir: madeDir(dir, 'frr') })
  layForeign(host, frr)
  const peer = await startPeer(provider, madeDir(dir, 'bird'))
  const kernel = await openKernel()
  const secrets = new Map(SECRET_NAMES.map((name) => [name, digestOf(`${name}-text`)]))
  const texts = new Map([...secrets].map(([name, digest]) => [digest, `${name}-text`]))
  const frrEdge = openFrr({
    runDir: frr.runDir,
    conceal: digestOf,
    reveal: (digest) => texts.get(digest),
  })
  return {
    ports: { kernel, frr: frrEdge },
    frr,
    peer,
    secrets,
    async close() {
      frrEdge.close()
      kernel.close()
      await peer.stop()
      await frr.stop()
      provider.remove()
    },
  }
}

function digestOf(secret: string): SecretDigest {
  const digest = toSecretDigest(createHash('sha256').update(secret).digest('hex').slice(0, 32))
  if (digest === undefined) throw new Error('SHA-256 is always hexadecimal')
  return digest
}

function madeDir(dir: string, name: string): string {
  const made = join(dir, name)
  mkdirSync(made, { recursive: true })
  return made
}

function furnishPeer(provider: Netns): void {
  const lines = PEERED.flatMap((number, slot) => [
    `link add far-p3.${100 + slot} link far-p3 up type vlan id ${100 + slot}`,
    `address add 10.0.${number}.1/29 dev far-p3.${100 + slot}`,
    `address add 2001:db8:${number}::1/64 dev far-p3.${100 + slot} nodad`,
  ])
  const foreign = [
    `link add far-p3.${FOREIGN.vlanId} link far-p3 up type vlan id ${FOREIGN.vlanId}`,
    `address add ${FOREIGN.peerAddress}/24 dev far-p3.${FOREIGN.vlanId}`,
  ]
  for (const line of [...lines, ...foreign]) provider.run('ip', ...line.split(' '))
}

function startPeer(provider: Netns, dir: string): Promise<BgpPeer> {
  const ends = PEERED.flatMap((number) => [
    { address: `10.0.${number}.2`, localAddress: `10.0.${number}.1` },
    { address: `2001:db8:${number}::2`, localAddress: `2001:db8:${number}::1` },
  ])
  const foreign = { address: FOREIGN.address, localAddress: FOREIGN.peerAddress }
  return startBird(provider, {
    localAs: 65020,
    routerId: '10.255.0.2',
    neighbors: [...ends, foreign].map((end) => ({ ...end, peerAs: 65010 })),
    announce: ['10.64.1.0/24', '2001:db8:101::/48'],
    dir,
  })
}
