import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RouterPorts } from '../../../src/agent/router/ports.js'
import { toSecretDigest, type SecretDigest } from '../../../src/core/model/names.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { millis } from '../../../src/core/base/time.js'
import { openVty } from '../../../src/edge/frr/vty/vty.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { SECRET_NAMES, type IntentUniverse } from '../../support/intent/arbitrary-intent.js'
import { planted } from '../../support/process/planted-secrets.js'
import { waitFor } from '../../support/process/wait.js'
import { startFrr, type FrrDaemons } from '../peers/frr-daemons.js'
import { connectVeth } from '../topology/links.js'
import { hostNetns, makeNetns } from '../topology/netns.js'
import { FOREIGN, configureForeign } from './foreign.js'
import { startProvider, type Uptimes } from './provider.js'
import { type FrrVersion } from '../../support/frr/frr-version.js'

/** The router under test is the guest itself; its BGP peer runs in a network namespace. */
export interface LabRouter {
  readonly ports: RouterPorts
  readonly frr: FrrDaemons
  /** The established sessions as the peer reports them, by the router's neighbour address. */
  readonly sessions: () => Promise<Uptimes>
  /** bgpd's running configuration. */
  readonly config: () => Promise<string>
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

export async function buildLabRouter(version: FrrVersion, dir: string): Promise<LabRouter> {
  const host = hostNetns()
  const peer = makeNetns(`laws-provider-${version}`)
  writeFileSync('/proc/sys/net/ipv4/conf/all/promote_secondaries', '1')
  for (const name of ['p1', 'p2', 'p3', 'm1', 'm2']) {
    connectVeth({ netns: host, name }, { netns: peer, name: `far-${name}` })
    peer.run('ip', 'link', 'set', `far-${name}`, 'mtu', '9000', 'up')
  }
  const frr = await startFrr(host, {
    version,
    name: `laws-${version}`,
    dir: makeDir(dir, 'router'),
  })
  configureForeign(host, frr)
  const provider = await startProvider(peer, { version, dir })
  await waitFor('the foreign session', provider.sessions, {
    until: (sessions) => sessions.has(FOREIGN.peerAddress),
    within: 60,
  })
  const kernel = await openKernel()
  const secrets = new Map(SECRET_NAMES.map((name) => [name, digestOf(planted(name))]))
  const texts = new Map([...secrets].map(([name, digest]) => [digest, planted(name)]))
  const frrEdge = openFrr({
    runDir: frr.runDir,
    conceal: digestOf,
    reveal: (digest) => texts.get(digest),
  })
  return {
    ports: { kernel, frr: frrEdge, sleep: systemClock.sleep },
    frr,
    sessions: provider.sessions,
    config: () => runningConfig(frr.runDir),
    secrets,
    async close() {
      frrEdge.close()
      kernel.close()
      await provider.stop()
      await frr.stop()
      peer.remove()
    },
  }
}

/** Opens a new connection each time, because bgpd may have been killed since the last call. */
async function runningConfig(runDir: string): Promise<string> {
  const path = join(runDir, 'bgpd.vty')
  const bgpd = await openVty({ daemon: 'bgpd', path, timeout: millis(60_000) })
  const [, reply] = await bgpd.run(['enable', 'show running-config'])
  bgpd.close()
  return reply?.text ?? ''
}

function digestOf(secret: string): SecretDigest {
  const digest = toSecretDigest(createHash('sha256').update(secret).digest('hex').slice(0, 32))
  if (digest === undefined) throw new Error('SHA-256 is always hexadecimal')
  return digest
}

function makeDir(dir: string, name: string): string {
  const path = join(dir, name)
  mkdirSync(path, { recursive: true })
  return path
}
