import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { test, type Test } from 'tap'
import {
  BRIDGE_PORT_SETTINGS,
  BRIDGE_SETTINGS,
  type HaveLink,
} from '../../../src/core/model/link.js'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { set } from '../../support/kernel/kernel-steps.js'
import { ip } from '../../support/kernel/real-kernel.js'

const base = `db${process.pid % 100_000}`
const [bridge, port, peer] = [`${base}b`, `${base}p`, `${base}q`]
const skip = process.getuid?.() === 0 ? false : 'needs root, to make links'

/** Each setting as `ip link set … type bridge` or `bridge_slave` takes it, and the value that is read then. */
type Commands<Key extends string> = Readonly<Record<Key, readonly [command: string, value: number]>>
const OF_BRIDGE: Commands<keyof typeof BRIDGE_SETTINGS> = {
  vlanFiltering: ['vlan_filtering 1', 1],
  groupForwardMask: ['group_fwd_mask 0x4000', 0x4000],
}
const OF_PORT: Commands<Exclude<keyof typeof BRIDGE_PORT_SETTINGS, 'state'>> = {
  hairpin: ['hairpin on', 1],
  learning: ['learning off', 0],
  unicastFlood: ['flood off', 0],
  proxyArp: ['proxy_arp on', 1],
  proxyArpWifi: ['proxy_arp_wifi on', 1],
  multicastFlood: ['mcast_flood off', 0],
  broadcastFlood: ['bcast_flood off', 0],
  groupForwardMask: ['group_fwd_mask 0x4000', 0x4000],
  neighborSuppress: ['neigh_suppress on', 1],
  isolated: ['isolated on', 1],
  locked: ['locked on', 1],
}

test('what a person sets on a bridge and its ports is read, and set back', { skip }, async (t) => {
  const { settingsOf, portOf, apply } = await madeBridge(t)
  t.equal(await settingsOf(), undefined, 'a new bridge has the defaults')
  t.equal(await portOf(), undefined, 'and so has a new port')
  for (const [key, [command, value]] of Object.entries(OF_BRIDGE)) {
    if (key === 'vlanFiltering' && !canFilterVlans()) continue
    ip([`link set ${bridge} type bridge ${command}`])
    t.strictSame(await settingsOf(), { [key]: value }, key)
    const usual = BRIDGE_SETTINGS[key as keyof typeof OF_BRIDGE].default
    t.equal(await apply(set(bridge, { bridge: { [key]: usual } })), null)
    t.equal(await settingsOf(), undefined, `${key} is set back`)
  }
  for (const [key, [command, value]] of Object.entries(OF_PORT)) {
    ip([`link set ${port} type bridge_slave ${command}`])
    t.strictSame(await portOf(), { [key]: value }, key)
    const usual = BRIDGE_PORT_SETTINGS[key as keyof typeof OF_PORT].default
    t.equal(await apply(set(port, { bridgePort: { [key]: usual } })), null)
    t.equal(await portOf(), undefined, `${key} is set back`)
  }
  ip([`link set ${port} nomaster`])
  t.match((await apply(set(port, { bridgePort: { isolated: 1 } })))?.message, 'EOPNOTSUPP')
})

test('a port that is held back in its bridge forwards again', { skip }, async (t) => {
  const { portOf, apply } = await madeBridge(t)
  // `ip` cannot hold a port in such a state: the kernel enables the port again at the end of its request.
  for (const state of [0, 1, 2]) {
    spawnSync('bridge', ['link', 'set', 'dev', port, 'state', String(state)])
    t.strictSame(await portOf(), { state }, 'held by hand')
    t.equal(await apply(set(port, { bridgePort: { state: 3 } })), null)
    t.equal(await portOf(), undefined, 'forwards again')
  }
  ip([`link set ${peer} down`])
  t.equal(await portOf(), undefined, 'without a link the state is the kernel’s')
})

/** A bridge with one port that forwards, and the kernel that shows them. */
async function madeBridge(t: Test) {
  ip([
    `link add ${bridge} up type bridge`,
    `link add ${port} type veth peer name ${peer}`,
    `link set ${peer} up`,
    `link set ${port} up master ${bridge}`,
  ])
  t.teardown(() => ip([`link del ${bridge}`, `link del ${port}`], false))
  await isOperational()
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const link = async (name: string): Promise<HaveLink | undefined> =>
    (await kernel.read()).links.find((one) => one.name === name)
  return {
    portOf: async () => (await link(port))?.bridgePort,
    apply: async (step: KernelStep) => (await kernel.apply([step])).fault,
    settingsOf: async () => {
      const detail = (await link(bridge))?.detail
      return detail?.kind === 'bridge' ? detail.settings : undefined
    },
  }
}

/** Whether the kernel is built with CONFIG_BRIDGE_VLAN_FILTERING. */
function canFilterVlans(): boolean {
  try {
    ip([`link set ${bridge} type bridge vlan_filtering 0`])
    return true
  } catch {
    return false
  }
}

/** The operational state follows the carrier within a second; only then the bridge lets the port forward. */
async function isOperational(): Promise<void> {
  const file = `/sys/class/net/${port}/operstate`
  while (readFileSync(file, 'utf8').trim() !== 'up') await setTimeout(20)
}
