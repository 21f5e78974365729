import { networkInterfaces } from 'node:os'
import t from 'tap'
import { applySteps } from '../../../src/edge/kernel/apply/apply.js'
import { ethtool } from '../../../src/edge/kernel/ethtool/ethtool.js'
import { KernelError, netlinkSocket } from '../../../src/edge/kernel/netlink/socket.js'
import { MESSAGE } from '../../../src/edge/kernel/netlink/uapi.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { tune } from '../../support/kernel/kernel-steps.js'

t.test('the links and addresses of this machine are read without any privilege', async (t) => {
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const { links, sysctlDefaults } = await kernel.read()
  const loopback = links.find(({ name }) => name === 'lo')
  t.match(loopback, { index: 1, detail: { kind: 'other' }, mac: '00:00:00:00:00:00' })
  const known = networkInterfaces()['lo']?.map(({ cidr }) => cidr) ?? []
  for (const cidr of known) {
    t.ok(
      loopback?.addresses.some(({ address }) => address === cidr),
      `lo has ${cidr}`,
    )
  }
  t.type(sysctlDefaults.forwarding4, 'boolean')
  t.strictSame(await kernel.apply([]), { done: 0, fault: null })
  t.match(await kernel.apply([tune('no-such-link', { rpFilter: 2 })]), {
    done: 0,
    fault: { code: 'KERNEL_REFUSED', at: 'no-such-link' },
  })
  t.match(await kernel.ports(['lo', 'no-such-link']), [{ present: true }, { present: false }])
})

t.test('questions asked at the same time each get their own answer', async (t) => {
  const kernel = await openKernel()
  t.teardown(() => kernel.close())
  const answers = await Promise.all(Array.from({ length: 20 }, () => kernel.read()))
  t.ok(answers.every(({ links }) => links.some(({ name }) => name === 'lo')))
})

t.test('a refusal is an error with the number of the kernel', async (t) => {
  const socket = netlinkSocket(16)
  t.teardown(() => socket.close())
  await t.rejects(ethtool(socket).linkModes('no-such-link'), new KernelError(19))
})

t.test('a table that the kernel could not finish is an error, not a short table', async (t) => {
  const socket = netlinkSocket(0)
  t.teardown(() => socket.close())
  const IFLA_TARGET_NETNSID = 46
  const links = socket.dump({
    type: MESSAGE.GETLINK,
    flags: 0,
    body: (writer) => writer.words(0, 0, 0, 0).u32(IFLA_TARGET_NETNSID, 99_999),
  })
  await t.rejects(links, new KernelError(22))
})

t.test('a socket that was closed opens again when it is needed', async (t) => {
  const kernel = await openKernel()
  await kernel.read()
  kernel.close()
  t.ok((await kernel.read()).links.length > 0)
  kernel.close()
})

t.test('closing while an answer is optional is a fault, not a hang', async (t) => {
  const kernel = await openKernel()
  const reading = kernel.read()
  setImmediate(() => kernel.close())
  await reading.catch((error: unknown) => t.match(error, { fault: { code: 'KERNEL_UNAVAILABLE' } }))
  kernel.close()
})

t.test('a protocol that is not there is a fault', async (t) => {
  const socket = netlinkSocket(31)
  t.match(await applySteps(socket, [tune('lo', { rpFilter: 2 })]), {
    done: 0,
    fault: { code: 'KERNEL_UNAVAILABLE' },
  })
  await t.rejects(socket.dump({ type: 18, flags: 0, body: () => undefined }), {
    name: 'FaultError',
  })
})
