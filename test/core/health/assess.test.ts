import t from 'tap'
import { worstSeverity } from '../../../src/core/health/assess.js'
import { cut, tell, watch } from '../../support/agent/monitor.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyMember,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
} from '../../support/agent/router-state.js'

t.test('a finding is shown when its time has come, and not before', (t) => {
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  const look = watch()
  look.at(0, healthyRouter())
  t.strictSame(tell(look.at(10, down)), [])
  t.match(look.of('net-a/10.0.0.1'), { severity: 'ok', lifecycle: 'available' })
  t.equal(look.wake(), 20_000, 'look again in ten seconds')
  t.strictSame(tell(look.at(19, down)), [])
  t.strictSame(tell(look.at(20, down)), [
    'net-a/10.0.0.1 NEIGHBOR_DOWN critical',
    'net-a/10.0.0.1 LIFECYCLE critical',
  ])
  t.match(look.of('net-a/10.0.0.1'), { severity: 'critical', lifecycle: 'down' })
  t.match(look.of('par-edge-1'), { severity: 'critical', findings: [], lifecycle: 'available' })
  t.equal(look.wake(), null)
  t.strictSame(tell(look.at(30, down)), [], 'told once')
  t.strictSame(tell(look.at(40, healthyRouter())), [
    'net-a/10.0.0.1 NEIGHBOR_DOWN ok',
    'net-a/10.0.0.1 LIFECYCLE ok',
  ])
  t.match(look.of('par-edge-1'), { severity: 'ok' })
  t.end()
})

t.test('what lasts shorter than its time is never shown', (t) => {
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  const look = watch()
  look.at(0, healthyRouter())
  for (const second of [10, 30, 50]) {
    t.strictSame(tell(look.at(second, down)), [])
    t.strictSame(tell(look.at(second + 9, healthyRouter())), [])
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
  const look = watch()
  look.at(0, low)
  t.strictSame(tell(look.at(5, low)), ['p1 OPTIC_RX_LOW critical'])
  look.at(6, healthyRouter())
  t.strictSame(look.codes('p1'), ['OPTIC_RX_LOW'], 'still shown')
  t.equal(look.wake(), 11_000)
  look.at(8, low)
  t.strictSame(tell(look.at(11, healthyRouter())), [], 'it was bad again in between')
  t.strictSame(tell(look.at(16, healthyRouter())), ['p1 OPTIC_RX_LOW ok'])
  t.strictSame(look.codes('p1'), [])
  t.end()
})

t.test(
  'a dark fibre is one alarm for each port, and what stands on it only says what it waits for',
  (t) => {
    const look = watch()
    look.at(0, healthyRouter())
    look.at(10, cut())
    const events = look.at(60, cut())
    t.strictSame(tell(events), [
      'p1 OPTIC_RX_LOS critical',
      'p1 LIFECYCLE critical',
      'p2 OPTIC_RX_LOS critical',
      'p2 LIFECYCLE critical',
    ])
    for (const name of ['dl-par', 'net-a', 'net-a/10.0.0.1']) {
      t.match(look.of(name), { severity: 'unknown', lifecycle: 'down' }, name)
      t.strictSame(look.codes(name), ['BLOCKED'])
      t.match(look.of(name)?.findings[0]?.message, /^port p1: p1 receives no light/)
    }
    t.strictSame(tell(look.at(72, healthyRouter())), [
      'p1 OPTIC_RX_LOS ok',
      'p1 LIFECYCLE ok',
      'p2 OPTIC_RX_LOS ok',
      'p2 LIFECYCLE ok',
    ])
    for (const name of ['par-edge-1', 'dl-par', 'net-a', 'net-a/10.0.0.1']) {
      t.match(look.of(name), { severity: 'ok', lifecycle: 'available' }, name)
    }
    t.end()
  },
)

t.test(
  'a session that stays away after the light is back gets its full time, then its alarm',
  (t) => {
    const stays = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
    const look = watch()
    look.at(0, healthyRouter())
    look.at(10, cut())
    look.at(60, cut())
    look.at(70, stays)
    t.strictSame(
      look.codes('net-a/10.0.0.1'),
      [],
      'nothing blocks it, nothing is held against it yet',
    )
    t.strictSame(tell(look.at(80, stays)).slice(-2), [
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
          partnerKey: 9,
          members: [
            healthyMember('p1'),
            healthyMember('p2', { linkUp: false, inAggregate: false }),
          ],
        },
      }),
    ],
  })
  const look = watch()
  look.at(0, healthyRouter())
  look.at(10, half)
  t.strictSame(tell(look.at(12, half)), [
    'p2 OPTIC_RX_LOS critical',
    'p2 LIFECYCLE critical',
    'dl-par CONNECTION_DEGRADED warning',
  ])
  t.match(look.of('dl-par'), { lifecycle: 'available', severity: 'warning' })
  t.match(look.of('net-a'), { lifecycle: 'available', severity: 'ok' })
  t.match(look.of('net-a/10.0.0.1'), { lifecycle: 'available', severity: 'ok' })
  const lost = { ...half, neighbors: [healthyNeighbor({ sessionState: 'Active' })] }
  look.at(20, lost)
  t.ok(tell(look.at(31, lost)).includes('net-a/10.0.0.1 NEIGHBOR_DOWN critical'), 'its own alarm')
  t.end()
})

t.test('a neighbour cannot be judged while FRR does not answer', (t) => {
  const silent = healthyRouter({
    frr: { reachable: false, reason: 'ECONNREFUSED' },
    neighbors: [
      healthyNeighbor({ sessionState: 'missing', lastEstablished: null, bfd: null, families: [] }),
    ],
  })
  const look = watch()
  look.at(0, healthyRouter())
  look.at(10, silent)
  t.strictSame(tell(look.at(30, silent)), [
    'par-edge-1 FRR_UNREACHABLE critical',
    'par-edge-1 LIFECYCLE critical',
  ])
  t.strictSame(look.codes('net-a/10.0.0.1'), ['BLOCKED'])
  t.match(
    look.of('net-a/10.0.0.1')?.findings[0]?.message,
    /^router par-edge-1: FRR does not answer/,
  )
  t.match(look.of('net-a'), { severity: 'ok' }, 'an attachment needs no FRR')
  t.end()
})

t.test('the router is named by the agent’s id, whatever the host is called', (t) => {
  const silent = healthyRouter({ frr: { reachable: false, reason: 'ECONNREFUSED' } })
  const renamed = { ...silent, host: { ...silent.host, hostname: 'par-edge-1.example.net' } }
  const look = watch()
  look.at(0, silent)
  const events = look.at(30, renamed).filter(({ kind }) => kind === 'router')
  t.ok(events.length > 0)
  t.ok(events.every(({ name }) => name === 'par-edge-1'))
  t.end()
})

t.test('a fault of demarc’s own is shown over a dark fibre too', (t) => {
  const look = watch()
  const state = {
    ...cut(),
    attachments: [healthyAttachment({ present: false, up: false, carrier: false })],
  }
  look.at(0, state)
  look.at(60, state)
  t.match(look.codes('net-a'), ['ATTACHMENT_MISSING'])
  t.end()
})

t.test('pending until it worked once, then available or down', (t) => {
  const look = watch()
  const fresh = {
    ...cut(),
    neighbors: [healthyNeighbor({ sessionState: 'Connect', establishedTransitions: 0 })],
  }
  look.at(0, fresh)
  look.at(60, fresh)
  for (const name of ['p1', 'dl-par', 'net-a', 'net-a/10.0.0.1']) {
    t.equal(look.of(name)?.lifecycle, 'pending', name)
  }
  const events = look.at(61, healthyRouter())
  t.ok(tell(events).includes('p1 LIFECYCLE ok'))
  t.equal(look.of('p1')?.lifecycle, 'available')
  const again = watch()
  again.at(0, healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] }))
  t.equal(again.of('net-a/10.0.0.1')?.lifecycle, 'down', 'FRR says that it was up before')
  t.end()
})

t.test('figures of a finding that stays are worded anew once a minute at most', (t) => {
  const lit = (inputPower: number) =>
    healthyRouter({
      ports: [
        healthyPort('p1', {
          optic: moduleIn({ serial: 'SN-p1', readings: { inputPower }, rxLos: false }),
        }),
        healthyPort('p2'),
      ],
    })
  const look = watch()
  look.at(0, lit(-19))
  look.at(10, lit(-19))
  look.at(20, lit(-20))
  t.match(look.of('p1')?.findings[0]?.message, /-19\.\d\d dBm/)
  look.at(70, lit(-20))
  t.match(look.of('p1')?.findings[0]?.message, /-2?[01]?\d?\.?\d* ?|-20/)
  t.match(look.of('p1')?.findings[0]?.message, /is -(20|19\.9)/)
  t.end()
})

t.test('since says when the severity began', (t) => {
  const look = watch()
  look.at(0, healthyRouter())
  look.at(30, healthyRouter())
  t.equal(look.of('p1')?.since, '2025-01-31T10:20:00.000Z')
  look.at(40, cut())
  look.at(45, cut())
  look.at(50, cut())
  t.equal(look.of('p1')?.since, '2025-01-31T10:20:45.000Z')
  t.end()
})

t.test('a clock that goes back costs time, never a throw or an alarm', (t) => {
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  const look = watch()
  look.at(100, down)
  t.strictSame(tell(look.at(5, down)), [])
  t.strictSame(
    look
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
