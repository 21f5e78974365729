import t from 'tap'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchKernel, type KernelChange } from '../../../src/edge/kernel/news/news.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { add, remove, vlan } from '../../support/kernel/kernel-steps.js'
import { ip, realKernel } from '../../support/kernel/real-kernel.js'
import { waitFor } from '../../support/process/wait.js'

t.setTimeout(460_000)

/** How many VLANs; enough to overrun the listener's socket buffer. `DEMARC_STORM=4000` takes three minutes. */
const COUNT = Number(process.env['DEMARC_STORM'] ?? 1500)

/** Even if the kernel overruns the listening child process, this process survives and receives later notifications. */
t.test(`${COUNT} VLANs are created, flap and are deleted while a listener runs`, async (t) => {
  const kernel = await openKernel()
  const bench = realKernel(kernel)
  const stop = new AbortController()
  const received = new Map<KernelChange, number>()
  t.teardown(() => {
    stop.abort()
    ip(['link del p0', 'link del p1'], false)
    kernel.close()
  })
  await bench.clear()
  ip(['link set p0 up', 'link set q0 up'])
  watchKernel({
    onLink: () => undefined,
    onSessionEnd: () => undefined,
    onChange: (change) => received.set(change, (received.get(change) ?? 0) + 1),
    signal: stop.signal,
  })
  await waitFor('the listener', () => received.get('resync') ?? 0, { until: Boolean, within: 60 })

  const ids = Array.from({ length: COUNT }, (_, index) => index + 1)
  const start = performance.now()
  const created = await kernel.apply(
    ids.map((id) => add(`p0.${id}`, vlan('p0', id), { mtu: 1500 })),
  )
  t.strictSame(created, { done: COUNT, fault: null })
  t.comment(`created ${COUNT} in ${seconds(start)} s`)

  for (let flaps = 0; flaps < 3; flaps++) {
    ip(['link set q0 down'])
    await sleep(1500)
    ip(['link set q0 up'])
    await sleep(1500)
  }
  const read = performance.now()
  const { links } = await kernel.read()
  t.equal(links.filter(({ name }) => name.startsWith('p0.')).length, COUNT)
  t.comment(`read in ${seconds(read)} s`)

  const end = performance.now()
  const deleted = await kernel.apply(ids.map((id) => remove(`p0.${id}`, vlan('p0', id))))
  t.strictSame(deleted, { done: COUNT, fault: null })
  t.comment(`deleted in ${seconds(end)} s; received ${JSON.stringify([...received])}`)

  const before = received.get('links') ?? 0
  await waitFor(
    'a notification after the storm',
    () => {
      ip(['link set p1 up', 'link set p1 down'])
      return received.get('links') ?? 0
    },
    { until: (now) => now > before, within: 60, every: 1000 },
  )
})

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}
