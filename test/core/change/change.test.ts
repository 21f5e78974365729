import fc from 'fast-check'
import t from 'tap'
import { fault } from '../../../src/core/base/fault.js'
import { admit, type AdmissionContext } from '../../../src/core/change/admission.js'
import {
  isSettled,
  nextChange,
  type ChangeEvent,
  type ChangeState,
  type ChangeTask,
} from '../../../src/core/change/change.js'

const boom = fault('KERNEL_REFUSED', 'bond0')

function walk(events: readonly ChangeEvent[], automatic = false) {
  let state: ChangeState = { phase: 'applying' }
  const tasks: ChangeTask[] = []
  for (const event of events) {
    const [next, more] = nextChange(state, event, { automatic })
    state = next
    tasks.push(...more)
  }
  return { phase: state.phase, state, tasks }
}

const applied = { type: 'applied' } as const
const kept = { type: 'kept' } as const

t.test('an automatic change is kept once its witnesses are healthy, and not before', async (t) => {
  t.equal(walk([applied], true).phase, 'provisional')
  const { phase, tasks } = walk([applied, { type: 'verified' }, kept], true)
  t.equal(phase, 'confirmed')
  t.strictSame(tasks, ['report', 'watch', 'keep', 'report'])
})

t.test('a change that must be confirmed is not kept by healthy witnesses alone', async (t) => {
  t.equal(walk([applied, { type: 'verified' }]).phase, 'provisional')
  const { phase, tasks } = walk([applied, { type: 'verified' }, { type: 'confirm' }, kept])
  t.equal(phase, 'confirmed')
  t.strictSame(tasks, ['report', 'watch', 'keep', 'report'])
})

t.test('the deadline, a cancel, a witness and a failed apply all roll back', async (t) => {
  const ends: readonly (readonly ChangeEvent[])[] = [
    [applied, { type: 'deadline' }],
    [applied, { type: 'cancel' }],
    [applied, { type: 'unhealthy', faults: [boom] }],
    [{ type: 'apply-failed', faults: [boom] }],
    [applied, { type: 'confirm' }, { type: 'keep-failed', faults: [boom] }],
  ]
  for (const events of ends) {
    const rollingBack = walk(events)
    t.equal(rollingBack.phase, 'rolling-back')
    t.strictSame(rollingBack.tasks.slice(-2), ['report', 'roll-back'])
    const rolledBack = walk([...events, { type: 'rolled-back' }])
    t.equal(rolledBack.phase, 'rolled-back')
    t.strictSame(rolledBack.tasks.slice(-2), ['report', 'watch-rollback'])
    t.equal(walk([...events, { type: 'rollback-failed', faults: [boom] }]).phase, 'stuck')
  }
})

t.test('a stuck change is retried or accepted, and keeps the reason of its rollback', async (t) => {
  const stuck: readonly ChangeEvent[] = [
    { type: 'apply-failed', faults: [boom] },
    { type: 'rollback-failed', faults: [fault('FRR_UNAVAILABLE', 'bgpd')] },
  ]
  const { state } = walk(stuck)
  t.match(state, {
    phase: 'stuck',
    reasons: [{ code: 'KERNEL_REFUSED' }],
    remaining: [{ at: 'bgpd' }],
  })
  t.equal(walk([...stuck, { type: 'confirm' }]).phase, 'stuck', 'no confirmation leads out')
  const again = walk([...stuck, { type: 'retry' }, { type: 'rolled-back' }])
  t.match(again.state, { phase: 'rolled-back', reasons: [{ code: 'KERNEL_REFUSED' }] })
  const accepted = walk([...stuck, { type: 'accept' }])
  t.equal(accepted.phase, 'stuck', 'until that is recorded')
  t.equal(accepted.tasks.at(-1), 'accept')
  const recorded = walk([...stuck, { type: 'accept' }, { type: 'accepted' }])
  t.equal(recorded.phase, 'rolled-back')
  t.equal(recorded.tasks.at(-1), 'report', 'nothing was rolled back that could be verified')
})

t.test('a confirmation after the deadline changes nothing', async (t) => {
  const events = [
    applied,
    { type: 'deadline' },
    { type: 'confirm' },
    { type: 'rolled-back' },
  ] as const
  t.equal(walk(events).phase, 'rolled-back')
})

const anyEvent: fc.Arbitrary<ChangeEvent> = fc.oneof(
  fc.constantFrom<ChangeEvent>(
    applied,
    kept,
    { type: 'verified' },
    { type: 'confirm' },
    { type: 'cancel' },
    { type: 'deadline' },
    { type: 'rolled-back' },
    { type: 'retry' },
    { type: 'accept' },
    { type: 'accepted' },
  ),
  fc.constantFrom<ChangeEvent>(
    { type: 'apply-failed', faults: [boom] },
    { type: 'unhealthy', faults: [boom] },
    { type: 'keep-failed', faults: [boom] },
    { type: 'rollback-failed', faults: [boom] },
  ),
)

t.test(
  'whatever happens, a kept change is never rolled back and a rolled-back one never kept',
  async () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 14 }), fc.boolean(), (events, automatic) => {
        const { state, tasks } = walk(events, automatic)
        const isRolledBack = tasks.includes('roll-back')
        if (state.phase === 'confirmed') return tasks.includes('keep') && !isRolledBack
        if (state.phase === 'rolled-back' || state.phase === 'stuck') return isRolledBack
        return !isSettled(state)
      }),
    )
  },
)

const context: AdmissionContext = {
  routerId: 'par-edge-1',
  lastGood: { generation: 7, digest: 'a'.repeat(64) },
  rolledBack: 9,
  pending: null,
}

t.test(
  'admission takes only newer intents for this router while nothing is under way',
  async (t) => {
    const digest = 'b'.repeat(64)
    const code = (
      generation: number,
      over: Partial<AdmissionContext & { routerId: string }> = {},
    ) => {
      const answer = admit({ routerId: 'par-edge-1', generation, digest }, { ...context, ...over })
      return answer.admitted === false ? answer.fault.code : answer.admitted
    }
    t.equal(code(10), 'new')
    t.equal(code(9), 'INTENT_STALE', 'a generation that was rolled back is not tried again')
    t.equal(code(8), 'INTENT_STALE')
    t.equal(code(7), 'INTENT_STALE', 'the running generation with other content')
    t.equal(code(1), 'INTENT_STALE', 'a replay')
    t.equal(code(10, { pending: { name: 'other', stuck: false } }), 'CHANGE_BUSY')
    t.equal(code(10, { pending: { name: 'other', stuck: true } }), 'CHANGE_STUCK')
    t.equal(code(10, { routerId: 'ams-edge-1' }), 'INTENT_WRONG_ROUTER')
    const same = admit({ routerId: 'par-edge-1', generation: 7, digest: 'a'.repeat(64) }, context)
    t.equal(same.admitted, 'same')
  },
)
