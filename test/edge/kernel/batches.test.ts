import t from 'tap'
import type { KernelStep } from '../../../src/core/model/plan.js'
import { requestsOf } from '../../../src/edge/kernel/apply/requests.js'
import { refusal } from '../../../src/edge/kernel/apply/refusal.js'
import { messagesOf, batchesOf } from '../../../src/edge/kernel/apply/batches.js'
import { add, bond, give, remove, set, tune, vlan } from '../../support/kernel/kernel-steps.js'

/** The messages of each batch, as `place of the step:message type`. */
function lines(steps: readonly KernelStep[]): string[][] {
  const requests = requestsOf(
    steps,
    new Map([
      ['p0', 3],
      ['p0.5', 10],
      ['p0.6', 11],
    ]),
    () => undefined,
  )
  const tasks = steps.flatMap((step, place) => {
    const own = requests[place]
    return own === undefined ? [] : [{ place, step, requests: own }]
  })
  return batchesOf(tasks).map((batch) =>
    messagesOf(batch, 99).map(({ task, request }) => `${task.place}:${request.type}`),
  )
}

const NEW = 16
const DELETE = 17
const SET = 19
const ADDRESS = 20

t.test(
  'a new link takes two messages, its settings with them, and they go out together',
  async (t) => {
    const steps = [
      add('p0.7', vlan('p0', 7)),
      give('p0.7', '10.0.0.1/30'),
      tune('p0.7', { rpFilter: 2, forwarding4: true }),
    ]
    t.strictSame(lines(steps), [[`0:${NEW}`, `0:${SET}`, `1:${ADDRESS}`]])
    t.strictSame(requestsOf(steps, new Map([['p0', 3]]), () => undefined)[2]?.files, [
      { path: '/proc/sys/net/ipv4/conf/p0.7/forwarding', value: '1' },
    ])
  },
)

t.test('settings of a link that was there take a message of their own', async (t) => {
  t.strictSame(lines([tune('p0.5', { rpFilter: 1 })]), [[`0:${SET}`]])
  t.strictSame(lines([tune('p0.5', { forwarding6: false })]), [[]])
})

t.test('a link made anew does not take the settings of the one before it', async (t) => {
  t.strictSame(
    lines([
      tune('p0.5', { rpFilter: 1 }),
      remove('p0.5', vlan('p0', 5)),
      add('p0.5', vlan('p0', 5)),
      tune('p0.5', { rpFilter: 2 }),
    ]),
    [[`1:${DELETE}`, `2:${NEW}`, `2:${SET}`]],
  )
})

t.test(
  'a link that must be down for a change is set down before it, and up after it',
  async (t) => {
    t.strictSame(lines([set('p0', { master: null, up: false })]), [[`0:${SET}`, `0:${SET}`]])
    t.strictSame(lines([set('p0', { bond: { lacpRate: 'slow' }, up: true })]), [
      [`0:${NEW}`, `0:${SET}`],
    ])
    t.strictSame(lines([set('p0', { mtu: 9000, up: true })]), [[`0:${SET}`]])
  },
)

t.test('VLANs in a row are deleted together, others one by one', async (t) => {
  t.strictSame(
    lines([
      remove('p0.5', vlan('p0', 5)),
      tune('p0.6', { rpFilter: 0 }),
      remove('p0.6', vlan('p0', 6)),
      remove('bo', bond()),
    ]),
    [[`0:${SET}`, `2:${SET}`, `0:${DELETE}`, `3:${DELETE}`]],
  )
  t.strictSame(lines([remove('p0.5', vlan('p0', 5))]), [[`0:${DELETE}`]])
})

t.test('no batch is larger than the kernel’s answers to it can be', async (t) => {
  const many = Array.from({ length: 500 }, (_, id) => [
    add(`p0.${id + 10}`, vlan('p0', id + 10)),
    give(`p0.${id + 10}`, '10.0.0.1/30'),
  ]).flat()
  const batches = lines(many)
  t.ok(batches.every((batch) => batch.length <= 64))
  t.equal(batches.flat().length, 1500, 'and nothing is lost')
})

t.test('a refusal names the step, the kernel’s errno and its meaning', async (t) => {
  t.strictSame(refusal(add('p0.7', vlan('p0', 7)), 17), {
    code: 'KERNEL_REFUSED',
    at: 'p0.7',
    message:
      'the kernel refused to create VLAN 7 on p0 as p0.7: EEXIST (a link of that name, or that VLAN on that parent, already exists)',
  })
  t.match(refusal(set('p0', { master: 'bo' }), 1).message, /set master of p0: EPERM .*must be down/)
  t.match(refusal(tune('p0', { rpFilter: 1 }), 74).message, /set rpFilter of p0: EBADMSG$/)
  t.match(refusal(give('p0', '10.0.0.1/30'), 17).message, /add 10.0.0.1\/30 to p0: EEXIST/)
})
