import t from 'tap'
import { worstSeverity } from '../../../src/core/health/assess.js'
import { assessor, cut, eventLines } from '../../support/agent/monitor.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyMember,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
  silentFrr,
  HEALTHY_HOST,
} from '../../support/agent/router-state.js'

t.test('a finding is shown when its time has come, and not before', (t) => {
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  const router = assessor()
  router.at(0, healthyRouter())
  t.strictSame(eventLines(router.at(10, down)), ['net-a/10.0.0.1 SESSION_LOST warning'])
  t.match(router.of('net-a/10.0.0.1'), { severity: 'ok', lifecycle: 'available' })
  t.equal(router.due(), 20_000, 'assess again in ten seconds')
  t.strictSame(eventLines(router.at(19, down)), [])
  t.strictSame(eventLines(router.at(20, down)), [
    'net-a/10.0.0.1 NEIGHBOR_DOWN critical',
    'net-a/10.0.0.1 LIFECYCLE critical',
  ])
  t.match(router.of('net-a/10.0.0.1'), { severity: 'critical', lifecycle: 'down' })
  t.match(router.of('par-edge-1'), { severity: 'critical', findings: [], lifecycle: 'available' })
  t.equal(router.due(), null)
  t.strictSame(eventLines(router.at(30, down)), [], 'reported once')
  t.strictSame(eventLines(router.at(40, healthyRouter())), [
    'net-a/10.0.0.1 NEIGHBOR_DOWN ok',
    'net-a/10.0.0.1 LIFECYCLE ok',
  ])
  t.match(router.of('par-edge-1'), { severity: 'ok' })
  t.end()
})

t.test('what lasts shorter than its time is never shown', (t) => {
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  const router = assessor()
  router.at(0, healthyRouter())
  for (const second of [10, 30, 50]) {
    t.strictSame(eventLines(router.at(second, down)), ['net-a/10.0.0.1 SESSION_LOST warning'])
    t.strictSame(eventLines(router.at(second + 9, healthyRouter())), [])
  }
  t.end()
})

t.test('a measured value must stay well as long as it had to stay bad', (t) => {
  const low = healthyRouter({
    ports: [
      healthyPort('p1', {
        optic: moduleIn({ serial: 'SN-p1', readings: { inputPower: -19 }, rxLos: false }),
      }),
      healthyPort('p2'),
    ],
  })
  const router = assessor()
  router.at(0, low)
  t.strictSame(eventLines(router.at(5, low)), ['p1 OPTIC_RX_LOW critical'])
  router.at(6, healthyRouter())
  t.strictSame(router.codes('p1'), ['OPTIC_RX_LOW'], 'still shown')
  t.equal(router.due(), 11_000)
  router.at(8, low)
  t.strictSame(eventLines(router.at(11, healthyRouter())), [], 'it was bad again in between')
  t.strictSame(eventLines(router.at(16, healthyRouter())), ['p1 OPTIC_RX_LOW ok'])
  t.strictSame(router.codes('p1'), [])
  t.end()
})

t.test(
  'a dark fibre is one alarm for each port, and what depends on it only names the cause',
  (t) => {
    const router = assessor()
    router.at(0, healthyRouter())
    t.strictSame(eventLines(router.at(10, cut())), [
      'p1 OPTIC_RX_LOS critical',
      'p1 LIFECYCLE critical',
      'p2 OPTIC_RX_LOS critical',
      'p2 LIFECYCLE critical',
    ])
    t.strictSame(router.at(60, cut()), [])
    for (const name of ['dl-par', 'net-a', 'net-a/10.0.0.1']) {
      t.match(router.of(name), { severity: 'unknown', lifecycle: 'down' }, name)
      t.strictSame(router.codes(name), ['BLOCKED'])
      t.match(router.of(name)?.findings[0]?.message, /^port p1: p1 receives no light/)
    }
    t.strictSame(router.at(72, healthyRouter()), [], 'the light may go again')
    t.strictSame(eventLines(router.at(73, healthyRouter())), [
      'p1 OPTIC_RX_LOS ok',
      'p1 LIFECYCLE ok',
      'p2 OPTIC_RX_LOS ok',
      'p2 LIFECYCLE ok',
    ])
    for (const name of ['par-edge-1', 'dl-par', 'net-a', 'net-a/10.0.0.1']) {
      t.match(router.of(name), { severity: 'ok', lifecycle: 'available' }, name)
    }
    t.end()
  },
)

t.test(
  'a session that stays away after the light is back gets its full time, then its alarm',
  (t) => {
    const stays = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
    const router = assessor()
    router.at(0, healthyRouter())
    router.at(10, cut())
    router.at(60, cut())
    router.at(70, stays)
    t.strictSame(
      router.codes('net-a/10.0.0.1'),
      [],
      'nothing blocks it, and its own fault is not shown yet',
    )
    t.strictSame(eventLines(router.at(80, stays)).slice(-2), [
      'net-a/10.0.0.1 NEIGHBOR_DOWN critical',
      'net-a/10.0.0.1 LIFECYCLE critical',
    ])
    t.end()
  },
)

t.test('one dark fibre of two degrades the connection and nothing above it', (t) => {
  const half = healthyRouter({
    ports: [healthyPort('p1'), darkPort('p2')],
    connections: [
      healthyConnection({
        lacp: {
          minLinks: 1,
          partnerId: '02:00:00:00:00:aa',
          actorKey: 15,
          partnerKey: 9,
          members: [
            healthyMember('p1'),
            healthyMember('p2', { linkUp: false, inAggregate: false }),
          ],
        },
      }),
    ],
  })
  const router = assessor()
  router.at(0, healthyRouter())
  t.strictSame(eventLines(router.at(10, half)), [
    'p2 OPTIC_RX_LOS critical',
    'p2 LIFECYCLE critical',
  ])
  t.strictSame(eventLines(router.at(12, half)), ['dl-par CONNECTION_DEGRADED warning'])
  t.match(router.of('dl-par'), { lifecycle: 'available', severity: 'warning' })
  t.match(router.of('net-a'), { lifecycle: 'available', severity: 'ok' })
  t.match(router.of('net-a/10.0.0.1'), { lifecycle: 'available', severity: 'ok' })
  const lost = { ...half, neighbors: [healthyNeighbor({ sessionState: 'Active' })] }
  router.at(20, lost)
  t.ok(
    eventLines(router.at(31, lost)).includes('net-a/10.0.0.1 NEIGHBOR_DOWN critical'),
    'its own alarm',
  )
  t.end()
})

t.test('a neighbour cannot be judged while FRR does not answer', (t) => {
  const silent = healthyRouter({
    frr: silentFrr('ECONNREFUSED'),
    neighbors: [
      healthyNeighbor({ sessionState: 'missing', lastEstablished: null, bfd: null, families: [] }),
    ],
  })
  const router = assessor()
  router.at(0, healthyRouter())
  router.at(10, silent)
  t.strictSame(eventLines(router.at(30, silent)), [
    'par-edge-1 FRR_UNREACHABLE critical',
    'par-edge-1 LIFECYCLE critical',
  ])
  t.strictSame(router.codes('net-a/10.0.0.1'), ['BLOCKED'])
  t.match(
    router.of('net-a/10.0.0.1')?.findings[0]?.message,
    /^router par-edge-1: FRR does not answer/,
  )
  t.match(router.of('net-a'), { severity: 'ok' }, 'an attachment needs no FRR')
  t.end()
})

t.test('while a source is silent, what is read from it is unknown, and nothing else is', (t) => {
  const last = '2025-01-31T10:20:00.000Z'
  const fault = { at: last, fault: 'it did not answer within 1 s' }
  const { seen } = healthyRouter()
  const cases = [
    [healthyRouter({ seen: { ...seen, links: fault } }), ['dl-par', 'net-a']],
    [healthyRouter({ seen: { ...seen, ports: fault } }), ['p1', 'p2']],
    [healthyRouter({ frr: silentFrr(fault.fault, 'bgpd', { at: last }) }), ['net-a/10.0.0.1']],
  ] as const
  for (const [state, old] of cases) {
    const router = assessor()
    router.at(0, healthyRouter())
    router.at(10, state)
    router.at(16, state)
    t.not(router.of('par-edge-1')?.severity, 'ok')
    for (const name of ['p1', 'p2', 'dl-par', 'net-a', 'net-a/10.0.0.1']) {
      const isOld = old.some((one) => one === name)
      t.equal(router.of(name)?.severity, isOld ? 'unknown' : 'ok', name)
      t.equal(router.of(name)?.lifecycle, 'available', name)
    }
    t.match(router.of(old[0])?.findings, [{ code: 'BLOCKED', message: new RegExp(last) }])
    router.at(20, healthyRouter())
    t.equal(router.of('par-edge-1')?.severity, 'ok', 'and it is over with the silence')
  }
  t.end()
})

t.test('a finding of a source that is silent is not kept up, and comes back with it', (t) => {
  const dark = cut()
  const silent = { ...dark, seen: { ...dark.seen, ports: { at: null, fault: 'no answer' } } }
  const router = assessor()
  router.at(0, dark)
  router.at(5, dark)
  t.ok(router.codes('p1')?.includes('OPTIC_RX_LOS'))
  router.at(10, silent)
  router.at(20, silent)
  t.strictSame(router.codes('p1'), ['BLOCKED'])
  router.at(30, dark)
  t.strictSame(eventLines(router.at(40, dark)), [], 'it was reported before')
  t.ok(router.codes('p1')?.includes('OPTIC_RX_LOS'))
  t.end()
})

t.test('the router is named by the agent’s id, whatever the host is called', (t) => {
  const silent = healthyRouter({ frr: silentFrr('ECONNREFUSED') })
  const renamed = { ...silent, host: { ...HEALTHY_HOST, hostname: 'par-edge-1.example.net' } }
  const router = assessor()
  router.at(0, silent)
  const events = router.at(30, renamed).filter(({ kind }) => kind === 'router')
  t.ok(events.length > 0)
  t.ok(events.every(({ name }) => name === 'par-edge-1'))
  t.end()
})

t.test('a fault of demarc’s own is shown over a dark fibre too', (t) => {
  const router = assessor()
  const state = {
    ...cut(),
    attachments: [healthyAttachment({ present: false, up: false, carrier: false })],
  }
  router.at(0, state)
  router.at(60, state)
  t.match(router.codes('net-a'), ['ATTACHMENT_MISSING'])
  t.end()
})

t.test('pending until it worked once, then available or down', (t) => {
  const router = assessor()
  const fresh = {
    ...cut(),
    neighbors: [healthyNeighbor({ sessionState: 'Connect', establishedTransitions: 0 })],
  }
  router.at(0, fresh)
  router.at(60, fresh)
  for (const name of ['p1', 'dl-par', 'net-a', 'net-a/10.0.0.1']) {
    t.equal(router.of(name)?.lifecycle, 'pending', name)
  }
  const events = router.at(61, healthyRouter())
  t.ok(eventLines(events).includes('p1 LIFECYCLE ok'))
  t.equal(router.of('p1')?.lifecycle, 'available')
  const again = assessor()
  again.at(0, healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] }))
  t.equal(again.of('net-a/10.0.0.1')?.lifecycle, 'down', 'FRR says that it was up before')
  t.end()
})

t.test('a finding that stays is worded anew once a minute at most', (t) => {
  const lit = (inputPower: number) =>
    healthyRouter({
      ports: [
        healthyPort('p1', {
          optic: moduleIn({ serial: 'SN-p1', readings: { inputPower }, rxLos: false }),
        }),
        healthyPort('p2'),
      ],
    })
  const router = assessor()
  router.at(0, lit(-19))
  router.at(10, lit(-19))
  router.at(20, lit(-20))
  t.match(router.of('p1')?.findings[0]?.message, /-19\.\d\d dBm/)
  router.at(70, lit(-20))
  t.match(router.of('p1')?.findings[0]?.message, /-2?[01]?\d?\.?\d* ?|-20/)
  t.match(router.of('p1')?.findings[0]?.message, /is -(20|19\.9)/)
  t.end()
})

t.test('since is when the severity began', (t) => {
  const router = assessor()
  router.at(0, healthyRouter())
  router.at(30, healthyRouter())
  t.equal(router.of('p1')?.since, '2025-01-31T10:20:00.000Z')
  router.at(40, cut())
  router.at(45, cut())
  router.at(50, cut())
  t.equal(router.of('p1')?.since, '2025-01-31T10:20:40.000Z')
  t.end()
})

t.test('a clock that goes back costs time, never a throw or an alarm', (t) => {
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  const router = assessor()
  router.at(100, down)
  t.strictSame(eventLines(router.at(5, down)), [])
  t.strictSame(
    router
      .at(15, down)
      .map(({ code }) => code)
      .slice(0, 1),
    ['NEIGHBOR_DOWN'],
  )
  t.end()
})

t.test('the worst of known and unknown', (t) => {
  t.equal(worstSeverity([]), 'ok')
  t.equal(worstSeverity(['ok', 'unknown']), 'unknown')
  t.equal(worstSeverity(['warning', 'unknown']), 'warning')
  t.equal(worstSeverity(['critical', 'unknown', 'warning']), 'critical')
  t.end()
})
