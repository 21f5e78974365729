import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { test, type Test } from 'tap'
import type { Protection } from '../../../src/core/model/link.js'
import type { Ifname } from '../../../src/core/model/names.js'
import type { ProtectionStep } from '../../../src/core/model/plan.js'
import { PROTOCOL } from '../../../src/edge/kernel/netlink/uapi.js'
import { KernelError, netlinkSocket } from '../../../src/edge/kernel/netlink/socket.js'
import { openNft } from '../../../src/edge/kernel/nftables/nft.js'
import { openProtections } from '../../../src/edge/kernel/nftables/protections.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import {
  BROADCAST,
  hostMac,
  passing,
  sendUntilKnown,
  type Frame,
} from '../../support/kernel/frames.js'
import { ip } from '../../support/kernel/real-kernel.js'

const base = `dp${process.pid % 100_000}`
const [bridge, port, provider, lanPort, lan] = ['b', 'p', 'q', 'l', 'm'].map(
  (end) => `${base}${end}`,
) as [string, string, string, string, string]
const skip = process.getuid?.() === 0 ? false : 'needs root, to make links'

const FULL: Protection = {
  macLimit: 512,
  controlFrames: 'DROP',
  broadcast: 20,
  multicast: 30,
  unknownUnicast: 40,
}
const FAR = hostMac(60_000)

function step(to: Protection | null, from: Protection | null = null): ProtectionStep {
  return { do: 'protection-set', link: port as Ifname, to, from }
}

/** A LAN and a provider on one bridge, and the kernel. */
async function madeBridge(t: Test, stp = 0) {
  ip([
    `link add ${bridge} type bridge stp_state ${stp} forward_delay 0 mcast_snooping 0`,
    ...[
      [port, provider],
      [lanPort, lan],
    ].flatMap(([near, far]) => [`link add ${near} type veth peer name ${far}`]),
  ])
  // No frames of IPv6, whose sources count as well.
  for (const link of [bridge, port, provider, lanPort, lan]) {
    writeFileSync(`/proc/sys/net/ipv6/conf/${link}/disable_ipv6`, '1')
  }
  ip([
    ...[
      [port, provider],
      [lanPort, lan],
    ].flatMap(([near, far]) => [`link set ${near} up master ${bridge}`, `link set ${far} up`]),
    `link set ${bridge} up`,
  ])
  const kernel = await openKernel()
  t.teardown(() => {
    kernel.close()
    spawnSync('nft', ['delete', 'table', 'bridge', `demarc-${port}`])
    ip([`link del ${bridge}`, `link del ${port}`, `link del ${lanPort}`])
  })
  const read = async () => (await kernel.read()).protections.found.find(({ link }) => link === port)
  const apply = async (...steps: readonly ProtectionStep[]) => (await kernel.apply(steps)).fault
  const counts = async () => (await kernel.protections([port]))[0]
  return { kernel, read, apply, counts }
}

const out = (frames: readonly Frame[]) => passing(lan, provider, frames)
const many = (count: number, frame: (n: number) => Partial<Frame>): readonly Frame[] =>
  Array.from({ length: count }, (_, n) => ({ to: FAR, from: hostMac(1), ...frame(n) }))

test(
  'limits are read as they were set, and seen where somebody changed them',
  { skip },
  async (t) => {
    const { read, apply, kernel } = await madeBridge(t)
    t.equal(await read(), undefined)
    const some: readonly Protection[] = [
      FULL,
      { macLimit: 1 },
      { controlFrames: 'DROP' },
      { broadcast: 1_000_000 },
      { multicast: 1 },
      { unknownUnicast: 999 },
      { macLimit: 8192, unknownUnicast: 60 },
    ]
    for (const protection of some) {
      t.equal(await apply(step(protection)), null)
      t.strictSame(await read(), { link: port, protection })
    }
    for (const damage of [
      `flush chain bridge demarc-${port} storm`,
      `add rule bridge demarc-${port} forward accept`,
      `insert rule bridge demarc-${port} leave accept`,
      `add chain bridge demarc-${port} other`,
    ]) {
      t.equal(await apply(step(FULL)), null)
      t.equal(spawnSync('nft', [damage]).status, 0)
      t.strictSame(await read(), { link: port, protection: null }, damage)
    }
    t.equal(await apply(step(FULL), step(null, FULL)), null)
    t.equal(await read(), undefined)
    t.equal(await apply(step(null)), null, 'what is gone is removed again without a fault')
    t.equal((await kernel.read()).protections.unavailable, null)
  },
)

test('of 700 hosts exactly as many pass as the limit allows, and stay', { skip }, async (t) => {
  const { apply, counts } = await madeBridge(t)
  const hosts = many(700, (n) => ({ from: hostMac(n) }))
  t.equal(out(hosts).length, 700, 'without a limit all of them')
  t.equal(await apply(step({ macLimit: 512 })), null)
  t.strictSame(out(hosts), hosts.slice(0, 512))
  t.strictSame(
    out(hosts.slice(500, 520)),
    hosts.slice(500, 512),
    'the first ones keep their places',
  )
  t.strictSame(await counts(), { link: port, macs: 512, dropped: { macLimit: 188 + 8 } })
})

test('control frames do not pass, whatever their tags, and others do', { skip }, async (t) => {
  const { apply, counts } = await madeBridge(t)
  t.equal(await apply(step(FULL)), null)
  const refused = [
    '01:80:c2:00:00:00',
    '01:80:c2:00:00:08',
    '01:80:c2:00:00:21',
    '01:80:c2:00:00:41',
    '01:00:0c:cc:cc:cc',
    '01:00:0c:cc:cc:cd',
    '01:00:0c:cd:cd:d0',
  ]
  const tags = [[], ['81000064'], ['88a80064', '81000065']]
  const frames = refused.flatMap((to) => tags.map((each) => ({ to, from: hostMac(1), tags: each })))
  t.strictSame(out(frames), [])
  const dropped = (await counts())?.dropped.controlFrames ?? 0
  t.ok(
    dropped >= 18,
    `${dropped} counted: the bridge itself keeps those of IEEE 802.1D that have no tag`,
  )
  const others = [FAR, BROADCAST, '01:00:5e:00:00:05', '01:80:c2:00:00:14'].flatMap((to) =>
    tags.map((each) => ({ to, from: hostMac(1), tags: each })),
  )
  t.strictSame(out(others), others, 'with one tag, two tags and none, unchanged')
})

test(
  'what a bridge sends everywhere is held to its rate, and known hosts are not',
  { skip },
  async (t) => {
    const { apply, counts } = await madeBridge(t)
    t.equal(await apply(step({ broadcast: 20, multicast: 30, unknownUnicast: 40 })), null)
    const passed = (to: string) => out(many(200, (n) => ({ to, mark: `${n}` }))).length
    const near = (rate: number, to: string, what: string) => {
      const started = performance.now()
      const found = passed(to)
      const most = rate * (2 + (performance.now() - started) / 1000)
      t.ok(found >= rate && found <= most, `${what}: ${found} of 200 pass at ${rate} a second`)
      return found
    }
    const broadcasts = near(20, BROADCAST, 'broadcast')
    near(30, '01:00:5e:00:00:05', 'multicast')
    near(40, FAR, 'unknown unicast')
    sendUntilKnown(provider, lan, FAR)
    t.equal(passed(FAR), 200, 'once the host has been seen')
    const dropped = (await counts())?.dropped
    t.match(dropped, { broadcast: Number, multicast: Number, unknownUnicast: Number })
    t.ok((dropped?.broadcast ?? 0) >= 200 - broadcasts)
  },
)

test('the spanning tree of the bridge itself stays inside', { skip }, async (t) => {
  const { apply, counts } = await madeBridge(t, 1)
  t.equal(await apply(step({ controlFrames: 'DROP' })), null)
  // A notice of a changed topology (IEEE 802.1D), which is answered at once.
  const notice = ['0007', '424203', '00000080']
  passing(provider, lan, [{ to: '01:80:c2:00:00:00', from: FAR, tags: notice }])
  t.ok(((await counts())?.dropped.controlFrames ?? 0) > 0)
})

test('a router without nft, or without nf_tables, says what is missing', async (t) => {
  const socket = netlinkSocket(PROTOCOL.NETFILTER)
  t.teardown(() => socket.close())
  const none = openProtections(socket, openNft(['/nonexistent']))
  const { found, unavailable } = await none.read([{ detail: { kind: 'bridge', stp: false } }])
  t.strictSame(found, [])
  t.match(unavailable, /install the Debian package nftables/)
  t.match(await none.set(step(FULL)), {
    code: 'KERNEL_REFUSED',
    at: port,
    message: `nft did not set the limits of what ${port} sends: there is no nft`,
  })
  t.strictSame(await none.counts([port]), [])
  const there = { ...openNft(), isInstalled: () => true }
  const silent = { ...socket, get: () => Promise.reject(new KernelError(1)) }
  const unable = await openProtections(silent, there).read([
    { detail: { kind: 'bridge', stp: false } },
  ])
  t.match(unable, { found: [], unavailable: /CAP_NET_ADMIN.*the kernel answered EPERM/ })
})
