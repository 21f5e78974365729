import { spawnSync } from 'node:child_process'
import { test } from 'tap'
import type { HaveLink, LinkModeSettings } from '../../../src/core/model/link.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import type { Ethtool, ReadModes } from '../../../src/edge/kernel/ethtool/ethtool.js'
import { portModes } from '../../../src/edge/kernel/ethtool/link-modes.js'
import { KernelError } from '../../../src/edge/kernel/netlink/socket.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'
import { SETTABLE_MODES } from '../../support/kernel/fake-modes.js'
import { modes, set } from '../../support/kernel/kernel-steps.js'

const skip = process.getuid?.() === 0 ? false : 'needs root, to add links'

const BY_HAND = { autoNegotiate: false, speed: 1000, duplex: 'half' } as const

const ip = (...words: readonly string[]) => spawnSync('ip', words)

// A tap has a driver that takes what is set, as that of a NIC; that of a veth cannot.
test('link modes are set through ethtool and read back', { skip }, async (t) => {
  ip('tuntap', 'add', 'dev', 'dmtap0', 'mode', 'tap')
  ip('link', 'add', 'dmveth0', 'type', 'veth', 'peer', 'name', 'dmveth1')
  const kernel = await openKernel()
  t.teardown(() => {
    kernel.close()
    ip('link', 'del', 'dmtap0')
    ip('link', 'del', 'dmveth0')
  })
  const read = async (name: string) =>
    (await kernel.read()).links.find((link) => link.name === name)?.modes

  t.match(await read('dmtap0'), { autoNegotiate: false, canAutoNegotiate: false })
  const steps = [modes('dmtap0', BY_HAND), modes('dmveth0', BY_HAND), set('dmtap0', { up: true })]
  t.strictSame(await kernel.apply(steps), { done: 3, fault: null }, 'a refusal stops nothing')
  t.match(await read('dmtap0'), { ...BY_HAND, attempt: { settings: BY_HAND, refusal: null } })
  t.match(await read('dmveth0'), {
    speed: 10_000,
    attempt: { refusal: 'EOPNOTSUPP: its driver cannot set them' },
  })
  t.match(await kernel.ports(['dmtap0', 'dmveth0']), [
    { speed: 1000, duplex: 'half', autoNegotiate: false },
    { modesRefused: /EOPNOTSUPP/ },
  ])
  t.equal((await kernel.apply([modes('dmtap0', { autoNegotiate: true })])).fault, null)
  t.match(await read('dmtap0'), { autoNegotiate: true, speed: 1000 })
  t.match(await kernel.apply([modes('dm-none', BY_HAND), set('dmtap0', { up: false })]), {
    done: 0,
    fault: { code: 'KERNEL_REFUSED', at: 'dm-none', message: /ENODEV/ },
  })
})

const step = (to: LinkModeSettings) =>
  modes('p1', to) as Extract<KernelStep, { do: 'link-modes-set' }>

/** A driver with these answers. */
function driver(errno: number, shown: ReadModes | null) {
  const tool: Pick<Ethtool, 'linkModes' | 'setLinkModes'> = {
    linkModes: () =>
      shown === null ? Promise.reject(new KernelError(95)) : Promise.resolve(shown),
    setLinkModes: () => Promise.resolve(errno),
  }
  return portModes(tool)
}

const port = (over: Partial<HaveLink> = {}) => {
  const { modes: _usual, ...plain } = fakePort('p1', { index: 4, ...over })
  return plain
}

test('a driver that refuses is remembered until its port changes', async (t) => {
  const ports = driver(22, SETTABLE_MODES)
  t.strictSame((await ports.of(port(), '')).modes, SETTABLE_MODES)
  t.equal(await ports.set(step(BY_HAND)), null)
  const attempt = {
    settings: BY_HAND,
    refusal: 'EINVAL: its driver or its module does not have these values',
  }
  t.match((await ports.of(port(), '')).modes, { attempt })
  t.match((await ports.of(port(), '')).modes, { attempt })
  t.equal(ports.refusal('p1'), attempt.refusal)
  t.equal((await ports.of(port({ carrier: false }), '')).modes?.attempt, undefined, 'its carrier')
  await ports.set(step(BY_HAND))
  await ports.of(port(), '')
  t.equal((await ports.of(port({ index: 9 }), '')).modes?.attempt, undefined, 'another device')
  t.equal(ports.refusal('p1'), null)
})

test('a driver that accepts and shows something else has not set it', async (t) => {
  const ports = driver(0, SETTABLE_MODES)
  await ports.set(step(BY_HAND))
  t.match(ports.refusal('p1'), /accepted it, and still shows autoNegotiate true/)
  const dark = driver(0, {
    ...SETTABLE_MODES,
    autoNegotiate: false,
    speed: null,
    duplex: 'unknown',
  })
  await dark.set(step(BY_HAND))
  t.equal(dark.refusal('p1'), null, 'what it does not show may be so')
})

test('a link without link modes has none, and a failure without permission is a fault', async (t) => {
  t.equal((await driver(0, null).of(port(), '')).modes, undefined)
  t.equal((await driver(0, SETTABLE_MODES).of(port(), 'dummy')).modes, undefined, 'not asked')
  t.match(await driver(1, null).set(step(BY_HAND)), {
    code: 'KERNEL_REFUSED',
    message: /EPERM .*CAP_NET_ADMIN/,
  })
  const none = driver(95, null)
  t.equal(await none.set(step(BY_HAND)), null)
  t.match((await none.of(port(), 'dummy')).modes, {
    speed: null,
    attempt: { refusal: /EOPNOTSUPP/ },
  })
})
