import t from 'tap'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchKernel, type KernelChange } from '../../../src/edge/kernel/news/news.js'
import { openKernel } from '../../../src/edge/kernel/open.js'
import { add, remove, vlan } from '../../support/kernel/kernel-steps.js'
import { ip, realKernel } from '../../support/kernel/real-kernel.js'
import { waitFor } from '../../support/process/wait.js'

t.setTimeout(460_000)

/** VLANs; enough to overrun the listener. 4,000 take three minutes: `DEMARC_STORM=4000`. */
const COUNT = Number(process.env['DEMARC_STORM'] ?? 1500)

/** Whatever the kernel does to the listening child, this process lives, and hears again afterwards. */
t.test(`${COUNT} VLANs come, flap and go under a listener`, async (t) => {
  const kernel = await openKernel()
  const bench = realKernel(kernel)
  const stop = new AbortController()
  const heard = new Map<KernelChange, number>()
  t.teardown(() => {
    stop.abort()
    ip(['link del p0', 'link del p1'], false)
    kernel.close()
  })
  await bench.clear()
  ip(['link set p0 up', 'link set q0 up'])
  watchKernel({
    onChange: (change) => heard.set(change, (heard.get(change) ?? 0) + 1),
    signal: stop.signal,
  })
  await waitFor('the listener', () => heard.get('resync') ?? 0, { until: Boolean, within: 60 })

  const ids = Array.from({ length: COUNT }, (_, place) => place + 1)
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
  t.comment(`deleted in ${seconds(end)} s; heard ${JSON.stringify([...heard])}`)

  const before = heard.get('links') ?? 0
  await waitFor(
    'news after the storm',
    () => {
      ip(['link set p1 up', 'link set p1 down'])
      return heard.get('links') ?? 0
    },
    { until: (now) => now > before, within: 60, every: 1000 },
  )
})

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}
