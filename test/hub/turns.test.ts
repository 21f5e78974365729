import t from 'tap'
import { createTurns } from '../../src/hub/routers/turns.js'

t.test('deeds of one router wait for each other, and a failed one holds up none', async (t) => {
  const { inTurn, isBusy, idle } = createTurns()
  const order: string[] = []
  let go = (): void => undefined
  const gate = new Promise<void>((resolve) => (go = resolve))
  const failing = inTurn('a', async () => {
    await gate
    order.push('a1')
    throw new Error('lost')
  })
  const next = inTurn('a', async () => order.push('a2'))
  await inTurn('b', async () => order.push('b'))
  t.strictSame(order, ['b'], 'another router does not wait')
  t.ok(isBusy('a'))
  go()
  await t.rejects(failing, { message: 'lost' })
  await next
  t.strictSame(order, ['b', 'a1', 'a2'])
  await idle()
  t.notOk(isBusy('a'), 'it takes no room any more')
})
