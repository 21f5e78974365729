import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { isOverdue, recover, type Unsettled } from '../../../src/core/change/recovery.js'

const found: Unsettled = {
  phase: 'provisional',
  generation: 7,
  digest: 'a'.repeat(64),
  bootId: 'boot-1',
  until: millis(60_000),
}
const context = {
  lastGood: { generation: 6, digest: 'b'.repeat(64) },
  bootId: 'boot-1',
  now: millis(5000),
}

t.test(
  'a provisional change goes on within its window, by the clock of its own boot',
  async (t) => {
    t.strictSame(recover(found, context), { action: 'resume' })
    t.match(recover(found, { ...context, now: millis(60_000) }), {
      action: 'roll-back',
      reasons: [{ code: 'CHANGE_NOT_CONFIRMED', message: /not confirmed in time/ }],
    })
  },
)

t.test(
  'a change that was being applied is rolled back, and so is one that a reboot interrupted',
  async (t) => {
    t.match(recover({ ...found, phase: 'applying' }, context), {
      action: 'roll-back',
      reasons: [{ message: /stopped while it applied/ }],
    })
    t.match(recover(found, { ...context, bootId: 'boot-2' }), {
      action: 'roll-back',
      reasons: [{ message: /router restarted/ }],
    })
  },
)

t.test('a rollback goes on, whatever the time, and keeps its own reasons', async (t) => {
  for (const phase of ['rolling-back', 'stuck'] as const) {
    t.strictSame(recover({ ...found, phase }, context), { action: 'roll-back', reasons: [] })
  }
})

t.test('a change whose intent is the last good one is only finished', async (t) => {
  const lastGood = { generation: 7, digest: 'a'.repeat(64) }
  t.strictSame(recover(found, { ...context, lastGood, now: millis(99_000) }), { action: 'finish' })
})

t.test('a rollback goes on even if its intent was stored as the last good one', async (t) => {
  const lastGood = { generation: 7, digest: 'a'.repeat(64) }
  for (const phase of ['rolling-back', 'stuck'] as const) {
    for (const bootId of ['boot-1', 'boot-2']) {
      t.match(recover({ ...found, phase }, { ...context, lastGood, bootId }), {
        action: 'roll-back',
      })
    }
  }
})

t.test('another program rolls back only well after the time the agent has', async (t) => {
  t.notOk(isOverdue(found, { bootId: 'boot-1', now: millis(60_001) }))
  t.ok(isOverdue(found, { bootId: 'boot-1', now: millis(75_000) }))
  t.notOk(
    isOverdue(found, { bootId: 'boot-2', now: millis(75_000) }),
    'after a boot the agent comes first',
  )
  t.ok(isOverdue(found, { bootId: 'boot-2', now: millis(180_000) }))
})
