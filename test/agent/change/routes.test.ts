import t from 'tap'
import type { RouteView } from '../../../src/core/routes/table.js'
import { bench, familiesOf, intent, push } from '../../support/agent/engine.js'
import { witness } from '../../support/agent/witness.js'

/* Routes in the plan, in what a push may do, and as witnesses of the change. */

const SUBJECT = 'neighbor 10.0.0.1'

/** The usual intent, whose neighbour lets in these prefixes. */
function accepting(generation: number, ...prefixes: readonly string[]) {
  const document = intent(generation)
  const [attachment] = document.attachments
  const bgp = attachment?.bgp.map((neighbor) => ({
    ...neighbor,
    ipv4Unicast: { import: { prefixes } },
  }))
  return { ...document, attachments: [{ ...attachment, bgp }] }
}

const RIGHT = '10.64.0.0/10 le 24'
const TYPO = '10.46.0.0/16 le 24'

/** Twelve routes of the neighbour. */
const ROUTES: RouteView = {
  present: new Map(),
  tables: [
    {
      vrf: null,
      family: 'ipv4-unicast',
      routes: Array.from({ length: 12 }, (_, n) => ({
        prefix: `10.64.${n}.0/24`,
        paths: [
          { from: '10.0.0.1', best: true, internal: false, communities: [], asPath: '65020' },
        ],
      })),
    },
  ],
}

t.test('a typo that refuses every route is said, and needs traffic-loss', async (t) => {
  const { engine, settle, seen } = await bench(t, {
    established: () => [SUBJECT],
    counts: [12, 0],
    routes: ROUTES,
  })
  await engine.push(push(accepting(1, RIGHT)))
  await settle()
  t.equal(seen.at(-1)?.phase, 'confirmed')
  const why = /import policy changes; ipv4-unicast: import would refuse 12 of 12 accepted routes/
  const dry = await engine.push(push(accepting(2, TYPO), { dryRun: true, maxImpact: 'soft' }))
  t.match(dry, {
    ok: true,
    value: {
      plan: {
        impact: 'traffic-loss',
        effects: [{ subject: SUBJECT, impact: 'traffic-loss', why }],
      },
    },
  })
  const refused = await engine.push(push(accepting(2, TYPO), { maxImpact: 'session-reset' }))
  t.match(refused, { ok: false, faults: [{ code: 'IMPACT_TOO_HIGH', at: SUBJECT, message: why }] })
  const narrow = '10.64.0.0/21 le 24'
  t.match(await engine.push(push(accepting(2, narrow), { dryRun: true, maxImpact: 'soft' })), {
    value: { plan: { impact: 'soft', effects: [{ why: /refuse 4 of 12/ }] } },
  })
  t.match(await engine.push(push(accepting(2, TYPO), { maxImpact: 'traffic-loss' })), { ok: true })
  await settle()
  t.equal(seen.at(-1)?.phase, 'confirmed', 'what was announced rolls nothing back')
})

t.test('routes that are lost against the plan roll the change back', async (t) => {
  let received = 12
  const { engine, settle, elapse, seen } = await bench(t, {
    established: () => [SUBJECT],
    counts: [12, 0],
    routes: ROUTES,
    grace: 1000,
    witnesses: () => {
      const routes = familiesOf([received, 0])
      return [witness(SUBJECT, true, { lastSeenAt: 10_000_000, routes })]
    },
  })
  await engine.push(push(accepting(1, RIGHT)))
  await settle()
  await elapse(500)
  t.equal(seen.at(-1)?.phase, 'confirmed', 'once the counts have had time to change')
  await engine.push(push(accepting(2, RIGHT, TYPO)))
  received = 3
  await settle()
  await elapse(980)
  t.equal(seen.at(-1)?.phase, 'provisional')
  await elapse(40)
  t.equal(seen.at(-1)?.phase, 'rolled-back')
  t.match(seen.at(-1)?.faults, [
    {
      code: 'CHANGE_UNHEALTHY',
      at: SUBJECT,
      message: /12 routes were accepted from it before the change, and 3 are now/,
    },
  ])
})

t.test('a restarted agent judges by the counts in its journal', async (t) => {
  const routes = familiesOf([0, 0])
  let established = false
  const { engine, settle, elapse, restart, seen } = await bench(t, {
    established: () => [SUBJECT],
    counts: [12, 0],
    routes: ROUTES,
    grace: 1000,
    witnesses: () => [
      witness(SUBJECT, true, {
        lastSeenAt: 10_000_000,
        routes: established ? routes : familiesOf([12, 0]),
      }),
    ],
  })
  await engine.push(push(accepting(1, RIGHT)))
  await settle()
  await elapse(600)
  await engine.push(push(accepting(2, RIGHT, TYPO)))
  established = true
  await settle()
  await restart()
  await elapse(1100)
  t.equal(seen.at(-1)?.phase, 'rolled-back')
})
