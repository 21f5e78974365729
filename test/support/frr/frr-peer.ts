import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openFrr, type Frr } from '../../../src/edge/frr/frr.js'
import { millis } from '../../../src/core/base/time.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { isListening } from '../process/listening.js'
import { waitFor } from '../process/wait.js'
import { sure } from './arbitrary-bgp.js'
import { startFrrAlone, type FrrAlone, type FrrProgram } from './isolated-frr.js'

/** A neighbour of the FRR under test: its subnet is 10.0.N.0/30, its own address the first host. */
export interface PeerTerms {
  /** 0-255. */
  readonly number: number
  readonly peerAs: number
  readonly networks: readonly string[]
  /** Lines inside of its IPv4 family. */
  readonly family?: readonly string[]
}

/** The address of a peer and the router's own beside it. */
export function peerAddresses(number: number): readonly [peer: string, own: string] {
  return [`10.0.${number}.1`, `10.0.${number}.2`]
}

/**
 * Makes a network namespace that the shell of the FRR under test knows as `$peer`. The shell waits until it is there:
 * a link that is moved too early stays where it is.
 */
export function makePeerNamespace(alone: FrrAlone): void {
  // The shell is alone in its process namespace, and needs a /proc that shows it. A second mount is refused.
  alone.shell('mount -t proc proc /proc; unshare --net sleep 600 & peer=$!')
  const [its, own] = ['$(readlink /proc/$peer/ns/net)', '$(readlink /proc/self/ns/net)']
  alone.shell(`while [ "${its}" = "${own}" ]; do sleep 0.01; done`)
}

/** Makes such a namespace and joins it to the FRR under test by a veth pair: its own end is `vN`, that of the peer `wN`. */
export function joinPeerNamespace(alone: FrrAlone, number: number): void {
  const [peer, own] = peerAddresses(number)
  const [near, far] = [`v${number}`, `w${number}`]
  makePeerNamespace(alone)
  alone.shell(`ip link add ${near} type veth peer name ${far} netns $peer`)
  alone.shell(`ip addr add ${own}/30 dev ${near}; ip link set ${near} up`)
  const inside = `ip link set lo up; ip addr add ${peer}/30 dev ${far}; ip link set ${far} up`
  alone.shell(`nsenter -t $peer -n sh -c "${inside}"`)
}

/** A bgpd of the same version in a network namespace of its own, joined to the FRR under test by a veth pair. */
export async function startPeer(
  alone: FrrAlone,
  program: FrrProgram,
  { number, peerAs, networks, family = [] }: PeerTerms,
): Promise<Frr> {
  const dir = join(alone.runDir, `peer${number}`)
  const [peer, own] = peerAddresses(number)
  const config = [
    `router bgp ${peerAs}`,
    ` bgp router-id ${peer}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    ` neighbor ${own} remote-as 65010`,
    ` neighbor ${own} timers 3 9`,
    ` neighbor ${own} timers connect 2`,
    ' address-family ipv4 unicast',
    ...networks.map((prefix) => `  network ${prefix}`),
    ...family.map((line) => `  ${line}`),
    ' exit-address-family',
    'exit',
  ]
  mkdirSync(dir)
  writeFileSync(join(dir, 'bgpd.conf'), `${config.join('\n')}\n`)
  const words = program.words('bgpd').join(' ')
  const options = `-u root -g root -n -Z -f ${dir}/bgpd.conf --vty_socket ${dir} -i ${dir}/bgpd.pid -S`
  joinPeerNamespace(alone, number)
  alone.shell(`nsenter -t $peer -n ${words} ${options} --log file:${dir}/bgpd.log &`)
  const listens = async () =>
    existsSync(join(dir, 'bgpd.pid')) && isListening({ path: join(dir, 'bgpd.vty') })
  await waitFor(`peer ${number} starts`, listens, { until: Boolean, within: 30, every: 50 })
  return openBench(dir)
}

/** FRR in namespaces of its own, and demarc's view of it, until the end of the test. */
export async function startFrrBench(t: Test, program: FrrProgram, bgpdOptions?: readonly string[]) {
  const alone = await startFrrAlone(program, bgpdOptions)
  const frr = openBench(alone.runDir)
  t.teardown(async () => {
    frr.close()
    await alone.stop()
  })
  return { alone, frr }
}

/** The daemons of a run directory, with no secrets in their configuration. */
export function openBench(runDir: string): Frr {
  return openFrr({
    runDir,
    conceal: () => sure(toSecretDigest('c'.repeat(32))),
    reveal: () => undefined,
    timeout: millis(20_000),
  })
}
