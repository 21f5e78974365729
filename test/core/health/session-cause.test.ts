import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import type { NeighborState } from '../../../src/core/model/state.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY, type HealthHistory } from '../../../src/core/health/rules/history.js'
import { CAUSES, isCauseCode } from '../../../src/core/health/session/terms.js'
import { followSession } from '../../../src/core/health/session/trace.js'
import { healthyNeighbor, healthyRouter } from '../../support/agent/router-state.js'
import {
  NO_MD5,
  QUIET,
  notified,
  causeAfter,
  connecting,
  SHUTDOWN,
  CASES,
} from './session-cases.js'

for (const [name, looks, code, what] of CASES) {
  t.test(name, (t) => {
    const cause = causeAfter(...looks)
    t.equal(cause.code, code)
    t.match(cause.what, what)
    t.match(cause.remedy, /^[a-z].*[^.]$/)
    t.end()
  })
}

t.test(
  'another password is seen after each Cease but those with which a peer keeps the session down',
  (t) => {
    const keptDown = [1, 2, 3, 5, 8]
    const measured = { hasPassword: true, path: { ...connecting, md5: { ...NO_MD5, wrong: 3 } } }
    for (let subcode = 0; subcode <= 255; subcode++) {
      const look = {
        ...notified('received', 6, subcode),
        ...measured,
        sessionState: 'Connect',
      } as const
      const isMeasured = causeAfter(look, look).code === 'PASSWORD_DIFFERS'
      t.equal(isMeasured, !keptDown.includes(subcode), `subcode ${subcode}`)
    }
    t.end()
  },
)

t.test('every cause has a case, and a line in docs/health.md', (t) => {
  const shown = new Set(CASES.map(([, , code]) => code))
  t.strictSame(
    Object.keys(CAUSES).filter((code) => !shown.has(code)),
    [],
  )
  const page = readFileSync('docs/health.md', 'utf8')
  const lines = [
    ...page.matchAll(/^\| `([A-Z_]+)` +\| ([A-Z-]+) +\| (ROUTER|PEER|PATH|UNKNOWN) +\|/gm),
  ]
  const documented = lines.map(([, code = '', rung, side]) => [code, { rung, side }])
  t.strictSame(Object.fromEntries(documented), CAUSES)
  t.end()
})

t.test('counters that go back begin a new trace', (t) => {
  const up = followSession(
    null,
    healthyNeighbor({
      handshakes: { opensSent: 9, notificationsReceived: 4, notificationsSent: 0 },
    }),
    millis(0),
  )
  const down = { sessionState: 'Active' as const, path: connecting }
  const later = followSession(
    up,
    healthyNeighbor({
      ...down,
      handshakes: { opensSent: 1, notificationsReceived: 0, notificationsSent: 0 },
    }),
    millis(5000),
  )
  t.match(later, { opensSent: 0, silentSince: null, from: { opensSent: 1 } })
  const unknown = followSession(
    later,
    healthyNeighbor({
      ...down,
      handshakes: { opensSent: null, notificationsReceived: null, notificationsSent: null },
    }),
    millis(6000),
  )
  t.match(unknown, { opensSent: 0, notificationsReceived: 0, silentSince: 6000 })
  t.end()
})

t.test('what a peer writes is cut and escaped', (t) => {
  const { what } = causeAfter(
    notified('received', 6, 2, { message: `\u001b[2J${'x'.repeat(500)}` }),
  )
  t.match(what, /\\u001b\[2J/)
  t.notMatch(what, /\u001b/)
  t.ok(what.length < 400)
  t.end()
})

/** What the looks at these neighbours report: `code: message` of each event. */
function reported(looks: readonly (readonly [at: number, look: Partial<NeighborState>])[]) {
  let history: HealthHistory = NO_HISTORY
  const events: string[] = []
  const verdicts: unknown[] = []
  for (const [at, look] of looks) {
    const state = healthyRouter({ neighbors: [healthyNeighbor({ path: QUIET, ...look })] })
    const assessment = assess(state, history, millis(at))
    history = assessment.history
    events.push(
      ...assessment.events.flatMap(({ code, message }) =>
        code === 'NEIGHBOR_DOWN' ? [message] : [],
      ),
    )
    verdicts.push(assessment.verdicts.find(({ kind }) => kind === 'neighbor')?.cause)
  }
  return { events, verdicts }
}

t.test('another cause is reported once it lasts, and two that alternate are not', (t) => {
  const wrongAs = notified('sent', 2, 2)
  const { events, verdicts } = reported([
    [0, {}],
    [1000, wrongAs],
    [12_000, wrongAs],
    [17_000, SHUTDOWN],
    [22_000, SHUTDOWN],
    [28_000, SHUTDOWN],
    [30_000, {}],
  ])
  t.equal(events.length, 3)
  t.match(
    events[0],
    /^BGP to 10\.0\.0\.1 \(AS 50624\) is not established: .*another AS.*\. Which side is at fault cannot be measured from here: compare "peerAs"/,
  )
  t.match(events[1], /shut the session down.*The fault is at the far end: ask/)
  t.match(events[2], /^Resolved: .*shut the session down/)
  t.strictSame(verdicts, [
    undefined,
    undefined,
    'PEER_AS_DIFFERS',
    'PEER_AS_DIFFERS',
    'PEER_AS_DIFFERS',
    'PEER_SHUTDOWN',
    undefined,
  ])
  const alternating = Array.from(
    { length: 20 },
    (_, n) => [20_000 + n * 5000, n % 2 === 0 ? wrongAs : SHUTDOWN] as const,
  )
  t.equal(reported([[0, {}], [1000, wrongAs], ...alternating]).events.length, 1)
  t.end()
})

t.test('no state and no order of looks makes a cause that is not in the table', (t) => {
  const look = fc.record({
    sessionState: fc.constantFrom(
      'Idle' as const,
      'Connect' as const,
      'Active' as const,
      'OpenSent' as const,
      'Established' as const,
      'missing' as const,
    ),
    reset: fc.option(
      fc.record({
        notification: fc.option(
          fc.record({
            direction: fc.constantFrom('received' as const, 'sent' as const),
            code: fc.nat(255),
            subcode: fc.nat(255),
          }),
        ),
        reason: fc.string({ unit: 'binary' }),
        message: fc.option(fc.string({ unit: 'binary' })),
      }),
    ),
    handshakes: fc.record({
      opensSent: fc.option(fc.nat()),
      notificationsReceived: fc.option(fc.nat()),
      notificationsSent: fc.option(fc.nat()),
    }),
    path: fc.option(
      fc.record({
        isUnresolved: fc.boolean(),
        isConnecting: fc.boolean(),
        md5: fc.constant(NO_MD5),
      }),
    ),
  })
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 8 }), (looks) => {
      const { code, what, remedy } = causeAfter(...looks)
      return isCauseCode(code) && what !== '' && remedy !== '' && !/[\u0000-\u001f]/.test(what)
    }),
  )
  t.end()
})
