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
import { notRestored } from '../../../src/core/change/restored.js'
import type { Have } from '../../../src/core/model/plan.js'

const boom = fault('KERNEL_REFUSED', 'bond0')

function walk(events: readonly ChangeEvent[], until: number | null) {
  let state: ChangeState = { phase: 'applying' }
  const acts: ChangeAct[] = []
  for (const event of events) {
    const [next, more] = nextChange(state, event, { until })
    state = next
    acts.push(...more)
  }
  return { state, acts: acts.map((act) => act.do) }
}

t.test('a change without a window is kept once it reads back', async (t) => {
  const { state, acts } = walk([{ saw: 'applied' }], null)
  t.equal(state.phase, 'confirmed')
  t.strictSame(acts, ['keep', 'report'])
})

t.test('a change with a window waits, and a confirmation keeps it', async (t) => {
  const { state, acts } = walk([{ saw: 'applied' }, { saw: 'confirm' }], 5000)
  t.equal(state.phase, 'confirmed')
  t.strictSame(acts, ['report', 'arm', 'keep', 'report'])
})

t.test('the deadline, a cancel and a failed apply all undo', async (t) => {
  const ends: readonly (readonly ChangeEvent[])[] = [
    [{ saw: 'applied' }, { saw: 'deadline' }],
    [{ saw: 'applied' }, { saw: 'cancel' }],
    [{ saw: 'apply-failed', faults: [boom] }],
  ]
  for (const events of ends) {
    const undoing = walk(events, 5000)
    t.equal(undoing.state.phase, 'undoing')
    t.equal(undoing.acts.at(-1), 'undo')
    t.equal(walk([...events, { saw: 'undone' }], 5000).state.phase, 'rolled-back')
    const stuck = walk([...events, { saw: 'undo-failed', faults: [boom] }], 5000)
    t.equal(stuck.state.phase, 'stuck')
  }
})

t.test('a confirmation after the deadline changes nothing', async (t) => {
  const { state } = walk(
    [{ saw: 'applied' }, { saw: 'deadline' }, { saw: 'confirm' }, { saw: 'undone' }],
    5000,
  )
  t.equal(state.phase, 'rolled-back')
})

const anyEvent: fc.Arbitrary<ChangeEvent> = fc.oneof(
  fc.constantFrom<ChangeEvent>(
    { saw: 'applied' },
    { saw: 'confirm' },
    { saw: 'cancel' },
    { saw: 'deadline' },
    { saw: 'undone' },
  ),
  fc.constantFrom<ChangeEvent>(
    { saw: 'apply-failed', faults: [boom] },
    { saw: 'undo-failed', faults: [boom] },
  ),
)

t.test('whatever happens, a change is kept or undone at most once and settles once', async () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), fc.boolean(), (events, window) => {
      const { state, acts } = walk(events, window ? 5000 : null)
      const kept = acts.filter((act) => act === 'keep').length
      const undone = acts.filter((act) => act === 'undo').length
      const settledBy = isSettled(state) ? kept + undone === 1 : kept === 0
      return kept + undone <= 1 && settledBy
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
    t.equal(code(10, { pending: 'other' }), 'CHANGE_BUSY')
    t.equal(code(10, { routerId: 'ams-edge-1' }), 'INTENT_WRONG_ROUTER')
    const same = admit({ routerId: 'par-edge-1', generation: 7, digest: 'a'.repeat(64) }, standing)
    t.equal(same.admitted, 'same')
  },
)

t.test('what is not restored is named, and a reordered configuration is restored', async (t) => {
  const sysctl = { rpFilter: 2, forwarding4: true, forwarding6: true } as const
  const link = {
    index: 3,
    name: 'br0',
    detail: { kind: 'bridge', stp: false } as const,
    alias: null,
    mtu: 1500,
    up: true,
    carrier: true,
    master: null,
    mac: '02:00:00:00:00:01',
    addresses: [],
    sysctl,
  }
  const line = (text: string) => ({ line: text, children: [] })
  const before: Have = {
    links: [link],
    sysctlDefaults: sysctl,
    frr: { version: '8.4.4', bgpd: [line('a'), line('b')], bfdd: [], faults: [] },
  }
  const reordered = { ...before.frr, bgpd: [line('b'), line('a')] }
  t.strictSame(notRestored(before, { ...before, frr: reordered }), [])
  t.strictSame(
    notRestored(before, { ...before, links: [{ ...link, index: 9, carrier: false }] }),
    [],
  )
  const lost = notRestored(before, {
    ...before,
    links: [
      { ...link, mtu: 9000 },
      { ...link, name: 'left0' },
    ],
    frr: { ...before.frr, bgpd: [line('a'), line('c')] },
  })
  t.strictSame(lost.map(({ at }) => at).sort(), ['bgpd', 'bgpd', 'br0', 'left0'])
})
