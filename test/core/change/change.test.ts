import fc from 'fast-check'
import t from 'tap'
import { fault } from '../../../src/core/base/fault.js'
import { admit, type Admissibility } from '../../../src/core/change/admission.js'
import {
  isSettled,
  nextChange,
  type ChangeAct,
  type ChangeEvent,
  type ChangeState,
} from '../../../src/core/change/change.js'

const boom = fault('KERNEL_REFUSED', 'bond0')

function walk(events: readonly ChangeEvent[], automatic = false) {
  let state: ChangeState = { phase: 'applying' }
  const acts: ChangeAct[] = []
  for (const event of events) {
    const [next, more] = nextChange(state, event, { automatic })
    state = next
    acts.push(...more)
  }
  return { phase: state.phase, state, acts: acts.map((act) => act.do) }
}

const applied = { saw: 'applied' } as const
const kept = { saw: 'kept' } as const

t.test('an automatic change is kept once it is proven, and not before', async (t) => {
  t.equal(walk([applied], true).phase, 'provisional')
  const { phase, acts } = walk([applied, { saw: 'verified' }, kept], true)
  t.equal(phase, 'confirmed')
  t.strictSame(acts, ['report', 'watch', 'keep', 'report'])
})

t.test('a change that waits for a word is not kept by proof alone', async (t) => {
  t.equal(walk([applied, { saw: 'verified' }]).phase, 'provisional')
  const { phase, acts } = walk([applied, { saw: 'verified' }, { saw: 'confirm' }, kept])
  t.equal(phase, 'confirmed')
  t.strictSame(acts, ['report', 'watch', 'keep', 'report'])
})

t.test('the deadline, a cancel, a witness and a failed apply all undo', async (t) => {
  const ends: readonly (readonly ChangeEvent[])[] = [
    [applied, { saw: 'deadline' }],
    [applied, { saw: 'cancel' }],
    [applied, { saw: 'unhealthy', faults: [boom] }],
    [{ saw: 'apply-failed', faults: [boom] }],
    [applied, { saw: 'confirm' }, { saw: 'keep-failed', faults: [boom] }],
  ]
  for (const events of ends) {
    const undoing = walk(events)
    t.equal(undoing.phase, 'rolling-back')
    t.strictSame(undoing.acts.slice(-2), ['report', 'roll-back'])
    t.equal(walk([...events, { saw: 'rolled-back' }]).phase, 'rolled-back')
    t.equal(walk([...events, { saw: 'rollback-failed', faults: [boom] }]).phase, 'stuck')
  }
})

t.test('what is stuck is tried again, or taken as it is, and remembers why it began', async (t) => {
  const stuck: readonly ChangeEvent[] = [
    { saw: 'apply-failed', faults: [boom] },
    { saw: 'rollback-failed', faults: [fault('FRR_UNAVAILABLE', 'bgpd')] },
  ]
  const { state } = walk(stuck)
  t.match(state, { phase: 'stuck', why: [{ code: 'KERNEL_REFUSED' }], left: [{ at: 'bgpd' }] })
  t.equal(walk([...stuck, { saw: 'confirm' }]).phase, 'stuck', 'no confirmation leads out')
  const again = walk([...stuck, { saw: 'retry' }, { saw: 'rolled-back' }])
  t.match(again.state, { phase: 'rolled-back', why: [{ code: 'KERNEL_REFUSED' }] })
  const accepted = walk([...stuck, { saw: 'accept' }])
  t.equal(accepted.phase, 'stuck', 'until it is written down')
  t.equal(accepted.acts.at(-1), 'close')
  t.equal(walk([...stuck, { saw: 'accept' }, { saw: 'rolled-back' }]).phase, 'rolled-back')
})

t.test('a confirmation after the deadline changes nothing', async (t) => {
  const events = [applied, { saw: 'deadline' }, { saw: 'confirm' }, { saw: 'rolled-back' }] as const
  t.equal(walk(events).phase, 'rolled-back')
})

const anyEvent: fc.Arbitrary<ChangeEvent> = fc.oneof(
  fc.constantFrom<ChangeEvent>(
    applied,
    kept,
    { saw: 'verified' },
    { saw: 'confirm' },
    { saw: 'cancel' },
    { saw: 'deadline' },
    { saw: 'rolled-back' },
    { saw: 'retry' },
    { saw: 'accept' },
  ),
  fc.constantFrom<ChangeEvent>(
    { saw: 'apply-failed', faults: [boom] },
    { saw: 'unhealthy', faults: [boom] },
    { saw: 'keep-failed', faults: [boom] },
    { saw: 'rollback-failed', faults: [boom] },
  ),
)

t.test('whatever happens, what is kept is never undone and what is undone never kept', async () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 14 }), fc.boolean(), (events, automatic) => {
      const { state, acts } = walk(events, automatic)
      const undone = acts.includes('roll-back')
      if (state.phase === 'confirmed') return acts.includes('keep') && !undone
      if (state.phase === 'rolled-back' || state.phase === 'stuck') return undone
      return !isSettled(state)
    }),
  )
})

const standing: Admissibility = {
  routerId: 'par-edge-1',
  lastGood: { generation: 7, digest: 'a'.repeat(64) },
  rolledBack: 9,
  pending: null,
}

t.test(
  'admission takes only newer intents for this router while nothing is under way',
  async (t) => {
    const digest = 'b'.repeat(64)
    const code = (generation: number, over: Partial<Admissibility & { routerId: string }> = {}) => {
      const answer = admit({ routerId: 'par-edge-1', generation, digest }, { ...standing, ...over })
      return answer.admitted === false ? answer.fault.code : answer.admitted
    }
    t.equal(code(10), 'new')
    t.equal(code(9), 'INTENT_STALE', 'a generation that was undone is not tried again')
    t.equal(code(8), 'INTENT_STALE')
    t.equal(code(7), 'INTENT_STALE', 'the running generation with other content')
    t.equal(code(1), 'INTENT_STALE', 'a replay')
    t.equal(code(10, { pending: { name: 'other', stuck: false } }), 'CHANGE_BUSY')
    t.equal(code(10, { pending: { name: 'other', stuck: true } }), 'CHANGE_STUCK')
    t.equal(code(10, { routerId: 'ams-edge-1' }), 'INTENT_WRONG_ROUTER')
    const same = admit({ routerId: 'par-edge-1', generation: 7, digest: 'a'.repeat(64) }, standing)
    t.equal(same.admitted, 'same')
  },
)
