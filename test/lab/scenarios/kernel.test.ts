import t from 'tap'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { kernelContract } from '../../support/kernel/kernel-contract.js'
import { ip, realKernel } from '../../support/kernel/real-kernel.js'

// The guest has two emulated processors, which it shares with other work.
t.setTimeout(600_000)

const kernel = await openKernel()
t.teardown(() => kernel.close())

t.test('the real kernel keeps the contract of the kernel edge', { timeout: 600_000 }, async (t) => {
  await kernelContract(t, realKernel(kernel))
})

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
