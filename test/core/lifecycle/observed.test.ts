import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { assess } from '../../../src/core/health/assess.js'
import { withLifecycles } from '../../../src/core/lifecycle/document.js'
import { healthDocument } from '../../../src/core/health/document.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { isUnmarked, seenAt } from '../../../src/core/lifecycle/observed.js'
import { HealthDocument } from '../../../src/core/wire/health.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { cut } from '../../support/agent/monitor.js'
import { healthyNeighbor, healthyRouter, silentFrr } from '../../support/agent/router-state.js'
import { fresh } from './subjects.js'

/** What is seen of the attachment and of the connection after this state has lasted for so many seconds. */
function services(state: RouterState, lasted: number) {
  let history = NO_HISTORY
  let verdicts = assess(state, history, millis(0)).verdicts
  for (const now of [0, lasted]) {
    const assessment = assess(state, history, millis(now * 1000))
    history = assessment.history
    verdicts = assessment.verdicts
  }
  const seen = seenAt(state, verdicts)
  return [seen.get('attachment/net-a')?.service, seen.get('connection/dl-par')?.service]
}

const router = (over: Partial<Parameters<typeof healthyNeighbor>[0]>) =>
  healthyRouter({ neighbors: [healthyNeighbor(over)] })
const counts = (received: number, sent: number) => ({
  families: [{ family: 'ipv4-unicast' as const, received, sent, limit: 100 }],
})

/** A state, how many seconds it lasts, and what it shows of the attachment and of its connection. */
const SEEN: readonly (readonly [string, RouterState, number, string, string])[] = [
  ['all is well', healthyRouter(), 0, 'works', 'works'],
  ['the fibre is cut now', cut(), 0, 'unclear', 'unclear'],
  ['the fibre is cut', cut(), 60, 'fails', 'fails'],
  ['the session is down now', router({ sessionState: 'Active' }), 0, 'unclear', 'works'],
  ['the session is down', router({ sessionState: 'Active' }), 60, 'fails', 'works'],
  ['the session has just come up without routes', router(counts(0, 1)), 0, 'unclear', 'unclear'],
  ['nothing is received', router(counts(0, 1)), 600, 'fails', 'fails'],
  ['nothing is announced', router(counts(10, 0)), 600, 'fails', 'fails'],
  ['the intent shuts the session down', router({ wantShutdown: true }), 60, 'fails', 'works'],
  [
    'one of two sessions works',
    healthyRouter({
      neighbors: [
        healthyNeighbor({ address: '10.0.0.9', sessionState: 'Active' }),
        healthyNeighbor(),
      ],
    }),
    60,
    'works',
    'works',
  ],
  ['bgpd is silent', healthyRouter({ frr: silentFrr('no answer') }), 60, 'unclear', 'works'],
  ['an attachment without sessions', healthyRouter({ neighbors: [] }), 0, 'works', 'works'],
]

t.test('what a look shows of a service, its session and routes included', async (t) => {
  for (const [what, state, lasted, attachment, connection] of SEEN) {
    t.strictSame(services(state, lasted), [attachment, connection], what)
  }
})

t.test('what fails is named by its finding', async (t) => {
  const state = cut()
  const { verdicts } = assess(state, assess(state, NO_HISTORY, millis(0)).history, millis(60_000))
  const why = seenAt(state, verdicts).get('connection/dl-par')?.why
  t.match(why, /^The connection dl-par has the finding [A-Z_]+\.$/)
})

t.test('nothing is gone while its mark is there, or while the links were not read', async (t) => {
  const record = fresh('attachment', 'net-a')
  t.equal(isUnmarked(record, undefined), false)
  t.equal(isUnmarked(record, new Set(['attachment net-a'])), false)
  t.equal(isUnmarked(record, new Set(['connection net-a', 'attachment net-b'])), true)
})

t.test(
  'the document shows the state, and stays the same object while it is the same',
  async (t) => {
    const state = healthyRouter()
    const { verdicts } = assess(state, NO_HISTORY, millis(0))
    const since = '2026-03-01T10:00:00.000Z'
    const net = { kind: 'attachment', name: 'net-a', since, isWanted: true } as const
    const gone = { kind: 'attachment', name: 'net-b', since, isWanted: false } as const
    const shown = [
      { ...net, state: 'available', reason: 'It works.', providerState: 'ACTIVE' },
      { ...gone, state: 'deleted', reason: 'x'.repeat(9000) },
    ] as const
    const first = withLifecycles(healthDocument(state, verdicts, null), shown, null)
    t.match(first.attachments['net-a'], {
      lifecycle: 'available',
      lifecycleSince: since,
      providerState: 'ACTIVE',
    })
    t.notMatch(first.attachments['net-a'], { lifecycleReason: String })
    t.match(first.removed, { 'attachment/net-b': { lifecycle: 'deleted', lifecycleSince: since } })
    t.equal(first.removed?.['attachment/net-b']?.lifecycleReason?.length, 512)
    t.strictSame(HealthDocument.parse(first), first, 'and keeps the schema')
    const again = withLifecycles(healthDocument(state, verdicts, first), shown, first)
    t.equal(again.attachments['net-a'], first.attachments['net-a'])
    const rejected = [{ ...net, state: 'rejected', reason: 'No.' }] as const
    const next = withLifecycles(healthDocument(state, verdicts, again), rejected, again)
    t.match(next.attachments['net-a'], { lifecycle: 'rejected', lifecycleReason: 'No.' })
    t.notMatch(next.attachments['net-a'], { providerState: String })
    t.equal(next.removed, undefined)
  },
)
