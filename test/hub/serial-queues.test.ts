import t from 'tap'
import { createSerialQueues } from '../../src/hub/routers/serial-queues.js'

t.test('tasks of one router wait for each other, and a failed one holds up none', async (t) => {
  const { run, isBusy, idle } = createSerialQueues()
  const order: string[] = []
  let go = (): void => undefined
  const gate = new Promise<void>((resolve) => (go = resolve))
  const failing = run('a', async () => {
    await gate
    order.push('a1')
    throw new Error('lost')
  })
  const next = run('a', async () => order.push('a2'))
  await run('b', async () => order.push('b'))
  t.strictSame(order, ['b'], 'another router does not wait')
  t.ok(isBusy('a'))
  go()
  await t.rejects(failing, { message: 'lost' })
  await next
  t.strictSame(order, ['b', 'a1', 'a2'])
  await idle()
  t.notOk(isBusy('a'), 'it takes no memory any more')
})
