import fc from 'fast-check'
import { t } from 'tap'
import { fault } from '../../../src/core/base/fault.js'
import { ok, refused } from '../../../src/core/base/result.js'
import { millis } from '../../../src/core/base/time.js'
import { judgeAnswer } from '../../../src/core/report/answer.js'
import {
  nextSession,
  startSession,
  type Session,
  type SessionAct,
  type SessionEvent,
  type SessionPolicy,
} from '../../../src/core/session/session.js'

const POLICY: SessionPolicy = {
  hubs: 1,
  heartbeat: millis(15_000),
  silence: millis(45_000),
  patience: millis(10_000),
  backoffBase: millis(1000),
  backoffCap: millis(60_000),
}
const WHY = fault('HUB_UNREACHABLE', 'wss://hub')

/** Walks events given as [milliseconds later, event]; returns the last state and all acts. */
function walk(
  policy: SessionPolicy,
  steps: readonly (readonly [number, SessionEvent])[],
): { state: Session; acts: SessionAct[]; now: number } {
  let state = startSession(millis(0))
  let now = 0
  const acts: SessionAct[] = []
  for (const [later, event] of steps) {
    now += later
    const [after, todo] = nextSession(policy, state, event, millis(now))
    state = after
    acts.push(...todo)
  }
  return { state, acts, now }
}

const timer = (jitter = 0.5): SessionEvent => ({ saw: 'timer', jitter })
const lost = (dial: number, jitter = 0.5, retryAfter = 0): SessionEvent => ({
  saw: 'lost',
  dial,
  jitter,
  why: WHY,
  retryAfter: millis(retryAfter),
})
const UP: (readonly [number, SessionEvent])[] = [
  [0, timer()],
  [5, { saw: 'connected', dial: 1 }],
  [5, { saw: 'welcomed', dial: 1 }],
]

t.test('it dials at once, says hello, and resumes at the report that the hub has kept', (t) => {
  const { state, acts } = walk(POLICY, UP)
  t.match(state, { is: 'up', hub: 0, lastSeenAt: 10 })
  t.same(acts, [
    { do: 'dial', hub: 0, dial: 1 },
    { do: 'greet', dial: 1 },
    { do: 'resume', dial: 1 },
  ])
  t.end()
})

t.test('a hub that answers no ping is hung up on when it has been silent for too long', (t) => {
  const silent = walk(POLICY, [
    ...UP,
    ...Array.from({ length: 3 }, () => [15_000, timer()] as const),
  ])
  t.same(
    silent.acts.slice(3).map((act) => act.do),
    ['ping', 'ping', 'hang-up'],
  )
  t.match(silent.acts.at(-1), { why: 'the hub answered no ping for 45 s' })
  t.match(silent.state, { is: 'waiting' })
  const alive = walk(POLICY, [
    ...UP,
    ...Array.from({ length: 100 }, () => [
      [15_000, timer()] as const,
      [10, { saw: 'pong', dial: 1 }] as const,
    ]).flat(),
  ])
  t.equal(alive.state.is, 'up')
  t.end()
})

t.test('a dial or a hello without an answer is given up in time', (t) => {
  const dial = walk(POLICY, [
    [0, timer()],
    [10_000, timer()],
  ])
  t.match(dial.acts.at(-1), {
    do: 'hang-up',
    dial: 1,
    why: 'the hub did not answer the connection in time',
  })
  const hello = walk(POLICY, [
    [0, timer()],
    [5, { saw: 'connected', dial: 1 }],
    [10_000, timer()],
  ])
  t.match(hello.acts.at(-1), {
    do: 'hang-up',
    dial: 1,
    why: 'the hub did not answer hello in time',
  })
  t.end()
})

t.test('the next hub of the list is tried at once, and only a whole round costs a wait', (t) => {
  const policy = { ...POLICY, hubs: 3 }
  const { state, acts, now } = walk(policy, [
    [0, timer()],
    [1, lost(1)],
    [0, timer()],
    [1, lost(2)],
    [0, timer()],
    [1, lost(3, 0.9)],
  ])
  t.same(
    acts.map((act) => (act.do === 'dial' ? act.hub : act.do)),
    [0, 1, 2],
  )
  t.match(state, { is: 'waiting', hub: 0, wakeAt: now + 900 })
  t.end()
})

t.test('a wait that the hub asks for is kept, up to five minutes', (t) => {
  const dialled: Parameters<typeof walk>[1] = [[0, timer()]]
  for (const [asked, kept] of [
    [0, 500],
    [30_000, 30_000],
    [1e12, 300_000],
  ] as const) {
    const { state, now } = walk(POLICY, [...dialled, [1, lost(1, 0.5, asked)]])
    t.match(state, { is: 'waiting', wakeAt: now + kept }, `${asked} ms`)
  }
  t.end()
})

t.test(
  'a connection that lasted starts over with the first hub; one that ended at once counts as a failure',
  (t) => {
    const policy = { ...POLICY, hubs: 2 }
    const lasted = walk(policy, [...UP, [60_000, lost(1, 0.5)]])
    t.match(lasted.state, { is: 'waiting', hub: 0, round: 1, wakeAt: lasted.now + 500 })
    const broke = walk(policy, [...UP, [10, lost(1)]])
    t.match(broke.state, { is: 'waiting', hub: 1, wakeAt: broke.now })
    t.end()
  },
)

t.test('an event of an earlier dial changes nothing', (t) => {
  const { state } = walk(POLICY, [...UP, [10, lost(1, 0)], [0, timer()]])
  t.match(state, { is: 'dialling', dial: 2 })
  for (const event of [
    { saw: 'connected', dial: 1 },
    { saw: 'welcomed', dial: 1 },
    { saw: 'pong', dial: 1 },
    lost(1),
  ] as const) {
    t.same(nextSession(POLICY, state, event, millis(20)), [state, []])
  }
  t.end()
})

t.test('after stop no event changes anything', (t) => {
  const stopped = walk(POLICY, [...UP, [1, { saw: 'stop' }]])
  t.match(stopped.acts.at(-1), { do: 'hang-up', dial: 1 })
  t.same(nextSession(POLICY, stopped.state, timer(), millis(1e9)), [{ is: 'stopped' }, []])
  t.same(walk(POLICY, [[1, { saw: 'stop' }]]), { state: { is: 'stopped' }, acts: [], now: 1 })
  t.end()
})

const policies = fc.record({
  hubs: fc.integer({ min: 1, max: 4 }),
  heartbeat: fc.integer({ min: 1000, max: 60_000 }).map(millis),
  silence: fc.integer({ min: 60_001, max: 300_000 }).map(millis),
  patience: fc.constant(millis(10_000)),
  backoffBase: fc.integer({ min: 1, max: 5000 }).map(millis),
  backoffCap: fc.constant(millis(60_000)),
})
/** What happens next: 0-5 an event of this dial, 6 an event of an old dial, 7 only time passes. */
const histories = fc.array(
  fc.record({
    kind: fc.integer({ min: 0, max: 7 }),
    early: fc.double({ min: 0, max: 1, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  }),
  { maxLength: 300 },
)

function eventOf(kind: number, dial: number, jitter: number): SessionEvent {
  switch (kind) {
    case 0:
    case 1:
      return { saw: 'connected', dial }
    case 2:
      return { saw: 'welcomed', dial }
    case 3:
      return { saw: 'pong', dial }
    case 4:
      return lost(dial, jitter)
    case 6:
      return lost(dial - 1, jitter)
    default:
      return timer(jitter)
  }
}

interface Moment {
  readonly before: Session
  readonly after: Session
  readonly acts: readonly SessionAct[]
  readonly kind: number
  readonly now: number
}

/** The states of a session in one history. */
function live(
  policy: SessionPolicy,
  history: readonly { kind: number; early: number; jitter: number }[],
): Moment[] {
  let state = startSession(millis(0))
  let now = 0
  return history.flatMap(({ kind, early, jitter }) => {
    if (state.is === 'stopped') return []
    // The timer fires at its time; whatever else happens comes some time before it.
    const left = state.wakeAt - now
    now += kind === 7 || kind === 5 ? left : Math.floor(left * early)
    const before = state
    const [after, acts] = nextSession(policy, state, eventOf(kind, state.dial, jitter), millis(now))
    state = after
    return [{ before, after, acts, kind, now }]
  })
}

t.test('in any history there is one dial at a time, and each has a number of its own', (t) => {
  fc.assert(
    fc.property(policies, histories, (policy, history) => {
      let open = false
      let last = 0
      for (const { before, acts, kind } of live(policy, history)) {
        if (acts.some((act) => act.do === 'hang-up')) open = false
        if (kind === 4 && before.is !== 'waiting') open = false
        const dial = acts.find((act) => act.do === 'dial')
        if (dial === undefined) continue
        if (open || dial.dial <= last || dial.hub >= policy.hubs) return false
        open = true
        last = dial.dial
      }
      return true
    }),
  )
  t.end()
})

t.test(
  'in any history no wait is above the cap, and a session that gets only timers dials again',
  (t) => {
    fc.assert(
      fc.property(policies, histories, (policy, history) =>
        live(policy, history).every(
          ({ after, now }) =>
            (after.is !== 'waiting' || after.wakeAt - now <= policy.backoffCap) &&
            dialsAgain(policy, after, now),
        ),
      ),
    )
    t.end()
  },
)

/** With nothing but its timer a session dials within patience, the longest silence and the longest wait. */
function dialsAgain(policy: SessionPolicy, from: Session, start: number): boolean {
  let state = from
  let now = start
  for (let i = 0; i < policy.silence / policy.heartbeat + 4; i++) {
    if (state.is === 'stopped') return false
    now = Math.max(now, state.wakeAt)
    const [after, acts] = nextSession(policy, state, timer(0.999), millis(now))
    state = after
    if (acts.some((act) => act.do === 'dial')) return true
  }
  return false
}

t.test('in a month without a hub there is about one dial in 30 s', (t) => {
  let state = startSession(millis(0))
  let now = 0
  let dials = 0
  const end = 30 * 86_400_000
  let jitter = 0.37
  while (now < end && state.is !== 'stopped') {
    jitter = (jitter * 997) % 1
    now = Math.max(now, state.wakeAt)
    const [dialled, acts] = nextSession(POLICY, state, timer(jitter), millis(now))
    dials += acts.filter((act) => act.do === 'dial').length
    state = dialled
    if (state.is === 'dialling') {
      ;[state] = nextSession(POLICY, state, lost(state.dial, jitter), millis(now + 1))
    }
  }
  const perDial = end / dials
  t.ok(perDial > 20_000 && perDial < 40_000, `one dial in ${Math.round(perDial)} ms`)
  t.end()
})

t.test('the answer to a report decides what becomes of the report', (t) => {
  t.same(judgeAnswer(7, ok({ acknowledged: 7 })), { is: 'kept', to: 7 })
  t.match(judgeAnswer(7, ok({ acknowledged: 9 })), { is: 'later', why: /9, which was never sent/ })
  t.same(judgeAnswer(7, ok({ acknowledged: 4 })), { is: 'full' })
  t.match(judgeAnswer(7, refused(fault('STATE_UNWRITABLE', 'hub'))), { is: 'later' })
  t.match(judgeAnswer(7, refused(fault('HUB_UNREACHABLE', 'hub'))), { is: 'later' })
  t.match(judgeAnswer(7, refused(fault('INTENT_VALUE', 'events[0].code'))), { is: 'hopeless' })
  t.match(judgeAnswer(7, { ok: false, faults: [] }), { is: 'later' })
  t.end()
})
