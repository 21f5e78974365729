import { spawnSync } from 'node:child_process'
import t from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { kernelContract } from '../../support/kernel/kernel-contract.js'
import { add, give, rule, set } from '../../support/kernel/kernel-steps.js'
import { ip, realKernel } from '../../support/kernel/real-kernel.js'

// The guest has two emulated processors, which it shares with other work.
t.setTimeout(600_000)

const kernel = await openKernel()
t.teardown(() => kernel.close())

t.test('the real kernel keeps the contract of the kernel edge', { timeout: 600_000 }, async (t) => {
  await kernelContract(t, realKernel(kernel))
})

t.test(
  'a packet without a route in its VRF is dropped, and a rule before that still leaks',
  async (t) => {
    await realKernel(kernel).clear()
    const master = { master: 'blue' }
    ip([
      'link add other0 type dummy',
      'link set other0 up',
      'address add 198.51.100.1/24 dev other0',
    ])
    ip(['address add 2001:db8:9::1/64 dev other0 nodad', 'link set q0 up'])
    t.teardown(() => {
      for (const family of ['-4', '-6'])
        spawnSync('ip', [family, 'rule', 'del', 'priority', '2000'])
      ip(['link del other0'])
    })
    const made = await kernel.apply([
      add('blue', { kind: 'vrf', table: 10 }),
      set('p0', { up: true, ...master }),
      give('p0', '192.0.2.1/24'),
      give('p0', '2001:db8:8::1/64'),
    ])
    t.equal(made.fault, null)
    const leaves = (...words: readonly string[]) =>
      spawnSync('ip', ['route', 'get', ...words], { encoding: 'utf8' }).stdout.includes('other0')
    /** Packets of the router itself in the VRF, and packets that arrive in it. */
    const open = () =>
      ['198.51.100.9', '2001:db8:9::9'].flatMap((far) => {
        const near = far.includes(':') ? '2001:db8:8::9' : '192.0.2.9'
        return [leaves(far, 'vrf', 'blue'), leaves(far, 'from', near, 'iif', 'p0')]
      })
    spawnSync('sysctl', ['-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
    t.strictSame(open(), [true, true, true, true], 'without the rule, all of them leave')
    t.equal((await kernel.apply([rule('add', 'ipv4'), rule('add', 'ipv6')])).fault, null)
    t.strictSame(open(), [false, false, false, false])
    t.equal(leaves('198.51.100.9'), true, 'the default VRF has all its routes')
    t.equal(leaves('2001:db8:9::9'), true)
    for (const family of ['-4', '-6']) {
      spawnSync('ip', [family, 'rule', 'add', 'priority', '2000', 'iif', 'p0', 'lookup', 'main'])
    }
    const leaked = leaves('198.51.100.9', 'from', '192.0.2.9', 'iif', 'p0')
    t.ok(leaked, 'a rule that somebody put before demarc’s is used')
  },
)

t.test('an address from DHCP is read, one from a router advertisement is not', async (t) => {
  const life = 'valid_lft 600 preferred_lft 600'
  ip([
    'link add leased0 type dummy',
    `address add 192.0.2.9/24 dev leased0 ${life}`,
    `address add 2001:db8::9/64 dev leased0 ${life}`,
    'address add 2001:db8::a/64 dev leased0',
  ])
  t.teardown(() => ip(['link del leased0']))
  const { links } = await kernel.read()
  const found = links.find(({ name }) => name === 'leased0')?.addresses
  t.strictSame(found, [
    { address: '192.0.2.9/24', protocol: 0, owned: false, leased: true },
    { address: '2001:db8::a/64', protocol: 0, owned: false },
  ])
})
