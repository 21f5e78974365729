import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { readJournal } from '../../../src/agent/change/journal.js'
import { readState } from '../../../src/edge/host/files/state-files.js'
import { run } from '../../support/process/command.js'
import { startSshd, type TestSshd } from '../../support/process/sshd.js'
import { waitFor } from '../../support/process/wait.js'
import { startBird } from '../peers/bird.js'
import type { BgpPeer } from '../peers/peer.js'
import {
  BGP_PASSWORD,
  CUSTOMER_PORTS,
  PROVIDER_PORTS,
  exampleIntent,
} from '../topology/interconnect.js'
import { connectFibre, makeBond, makeVlan } from '../topology/links.js'
import { hostNetns, makeNetns } from '../topology/netns.js'

/**
 * The guest itself as a customer's router, with Debian's systemd and frr.service, an administrator who is
 * not root, and an sshd. A provider's BIRD runs in a network namespace behind two fibres.
 */
export interface SystemdRouter {
  readonly bird: BgpPeer
  readonly sshd: TestSshd
  readonly admin: { readonly name: string; readonly password: string }
  /** Writes a file for the operator and returns its path. */
  readonly file: (name: string, text: string) => string
  /** Runs `demarc …` as the operator does from the checkout, without a terminal. */
  readonly demarc: (words: readonly string[], env?: Record<string, string>) => CommandResult
}

export interface CommandResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The customer's ends of the provider's sessions: in the default VRF, and in `blue`. */
export const SESSIONS = ['10.0.0.2', '10.0.1.2'] as const

const ADMIN = { name: 'admin', password: 'lab-only-Sudo17' }

export async function buildSystemdRouter(dir: string): Promise<SystemdRouter> {
  // Set by the machine that made the guest's root, so that no package starts a service there.
  rmSync('/usr/sbin/policy-rc.d', { force: true })
  // Otherwise man-db reads every manual page of the machine at each installation.
  rmSync('/var/lib/man-db/auto-update', { force: true })
  startFrr()
  makeAdmin()
  const cli = join(process.cwd(), 'dist/demarc.js')
  const [sshd, bird] = [await startSshd(), await buildProvider(dir)]
  await waitFor('frr.service', () => unitProperty('frr', 'ActiveState'), {
    until: (state) => state === 'active',
    within: 90,
  })
  return {
    sshd,
    bird,
    admin: ADMIN,
    file(name, content) {
      writeFileSync(join(dir, name), content, { mode: 0o600 })
      return join(dir, name)
    },
    demarc: (words, env = {}) =>
      spawnSync(process.execPath, [cli, ...words], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, HOME: dir, ...env },
      }),
  }
}

/** Creates the administrator, who becomes root with sudo and the password. */
function makeAdmin(): void {
  run('useradd', '--create-home', '--shell', '/bin/sh', '--groups', 'sudo', ADMIN.name)
  const lines = `${ADMIN.name}:${ADMIN.password}\n`
  const set = spawnSync('chpasswd', ['--crypt-method', 'SHA512'], { input: lines })
  if (set.status !== 0) throw new Error(`chpasswd: ${String(set.stderr)}`)
}

async function buildProvider(dir: string): Promise<BgpPeer> {
  const provider = makeNetns('provider')
  for (const [i, name] of CUSTOMER_PORTS.entries()) {
    connectFibre({ netns: hostNetns(), name }, { netns: provider, name: PROVIDER_PORTS[i] ?? '' })
  }
  run('ip', 'link', 'add', 'enp2s0.200', 'type', 'dummy')
  makeBond(provider, 'bond0', PROVIDER_PORTS)
  makeVlan(provider, 'bond0', 100, ['10.0.0.1/30'])
  makeVlan(provider, 'bond0', 300, ['10.0.1.1/30'])
  const birdDir = join(dir, 'bird')
  mkdirSync(birdDir, { recursive: true })
  const customer = { peerAs: 65010, password: BGP_PASSWORD, bfd: true }
  return startBird(provider, {
    localAs: 50624,
    routerId: '10.0.0.1',
    neighbors: SESSIONS.map((address) => ({
      ...customer,
      address,
      localAddress: address.replace(/2$/, '1'),
    })),
    announce: ['10.64.0.0/24'],
    dir: birdDir,
  })
}

/** Enables the daemons in /etc/frr/daemons and starts Debian's own unit, as an administrator does. */
function startFrr(): void {
  const daemons = readFileSync('/etc/frr/daemons', 'utf8')
  writeFileSync(
    '/etc/frr/daemons',
    daemons
      .replace(/^bgpd=no$/m, 'bgpd=yes')
      .replace(/^bfdd=no$/m, 'bfdd=yes')
      // Seconds. By default watchfrr restarts a bgpd that hangs for 90 s, and on a busy machine demarcd may take as long to notice.
      .replace(/^#watchfrr_options=.*$/m, 'watchfrr_options="-t 600"'),
  )
  writeFileSync('/etc/frr/frr.conf', 'log syslog informational\n')
  run('systemctl', 'start', '--no-block', 'frr.service')
}

/** One property of a unit, as `systemctl show` prints it. */
export function unitProperty(unit: string, property: string): string {
  return run('systemctl', 'show', '--value', '-p', property, unit).trim()
}

/** The journal of the unsettled change; without one the file does not exist. */
export const JOURNAL = '/var/lib/demarc/change.json'

/** When the unsettled change is rolled back, in ms since the boot. */
export async function deadline(): Promise<number> {
  const found = await readJournal(() => readState(JOURNAL))
  if (!found.ok || found.value === null) throw new Error(JSON.stringify(found))
  return found.value.until
}

/** The design's example with a second session in a VRF, and with BFD intervals for a busy machine. */
export function serviceIntent() {
  const example = exampleIntent(1)
  const intervals = { desiredMinimumTxInterval: 2000, requiredMinimumReceive: 2000 }
  const bfd = { ...intervals, detectionMultiplier: 10 }
  const [netA, ...others] = example.attachments
  const [neighbor] = netA?.bgp ?? []
  const netB = {
    ...{ name: 'net-b', connection: 'dl-par', vlanId: 300, mtu: 1500 },
    l3: { vrf: 'blue', addresses: ['10.0.1.2/30'] },
    probe: {},
    bgp: [{ ...neighbor, neighborAddress: '10.0.1.1', bfd }],
  }
  const attachments = [{ ...netA, probe: {}, bgp: [{ ...neighbor, bfd }] }, netB, ...others]
  return { ...example, vrfs: [{ name: 'blue', table: 1001 }], attachments }
}

const Health = z.looseObject({
  health: z.looseObject({
    // Absent where there are none.
    router: z.looseObject({ findings: z.record(z.string(), z.unknown()).optional() }),
    attachments: z.record(
      z.string(),
      z.looseObject({
        probe: z
          .looseObject({ targets: z.record(z.string(), z.looseObject({ state: z.string() })) })
          .optional(),
      }),
    ),
  }),
})

/** The findings of the router in the health that a hub has. */
export function findingsOf(body: unknown): readonly string[] {
  return Object.keys(Health.safeParse(body).data?.health.router.findings ?? {})
}

/** What that health says of the two neighbours that the service's intent probes. */
export function probedStates(body: unknown): readonly (string | undefined)[] {
  const attachments = Health.safeParse(body).data?.health.attachments
  const stateOf = (attachment: string, address: string) =>
    attachments?.[attachment]?.probe?.targets[address]?.state
  return [stateOf('net-a', '10.0.0.1'), stateOf('net-b', '10.0.1.1')]
}
