import t from 'tap'
import { isOverdue, recover, type Unsettled } from '../../../src/core/change/recovery.js'

const found: Unsettled = {
  phase: 'provisional',
  generation: 7,
  digest: 'a'.repeat(64),
  bootId: 'boot-1',
  until: 60_000,
}
const standing = {
  lastGood: { generation: 6, digest: 'b'.repeat(64) },
  bootId: 'boot-1',
  now: 5000,
}

t.test(
  'a provisional change goes on within its window, by the clock of its own boot',
  async (t) => {
    t.strictSame(recover(found, standing), { do: 'resume' })
    t.match(recover(found, { ...standing, now: 60_000 }), {
      do: 'roll-back',
      why: [{ code: 'CHANGE_NOT_CONFIRMED', message: /nobody confirmed/ }],
    })
  },
)

t.test('a change that was being applied is undone, and so is one that a reboot cut', async (t) => {
  t.match(recover({ ...found, phase: 'applying' }, standing), {
    do: 'roll-back',
    why: [{ message: /stopped in the middle/ }],
  })
  t.match(recover(found, { ...standing, bootId: 'boot-2' }), {
    do: 'roll-back',
    why: [{ message: /router restarted/ }],
  })
})

t.test('an undo goes on, whatever the clock says, and keeps its own reason', async (t) => {
  for (const phase of ['rolling-back', 'stuck'] as const) {
    t.strictSame(recover({ ...found, phase }, standing), { do: 'roll-back', why: [] })
  }
})

t.test('what was made the last good intent is only brought to its end', async (t) => {
  const lastGood = { generation: 7, digest: 'a'.repeat(64) }
  t.strictSame(recover(found, { ...standing, lastGood, now: 99_000 }), { do: 'finish' })
})

t.test('an undo goes on where the undone intent was stored as the last good one', async (t) => {
  const lastGood = { generation: 7, digest: 'a'.repeat(64) }
  for (const phase of ['rolling-back', 'stuck'] as const) {
    for (const bootId of ['boot-1', 'boot-2']) {
      t.match(recover({ ...found, phase }, { ...standing, lastGood, bootId }), { do: 'roll-back' })
    }
  }
})

t.test('another program steps in only when the agent has long had its time', async (t) => {
  t.notOk(isOverdue(found, { bootId: 'boot-1', now: 60_001 }))
  t.ok(isOverdue(found, { bootId: 'boot-1', now: 75_000 }))
  t.notOk(isOverdue(found, { bootId: 'boot-2', now: 75_000 }), 'after a boot the agent comes first')
  t.ok(isOverdue(found, { bootId: 'boot-2', now: 180_000 }))
})
