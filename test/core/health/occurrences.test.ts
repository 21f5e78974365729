import t from 'tap'
import { assessor, cut, eventLines } from '../../support/agent/monitor.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
  NO_COUNTERS,
} from '../../support/agent/router-state.js'

t.test('a session that is shut down on purpose is down and nobody is alarmed', (t) => {
  const shut = healthyRouter({
    neighbors: [
      healthyNeighbor({
        sessionState: 'Idle',
        wantShutdown: true,
        adminDown: true,
        lastEstablished: null,
      }),
    ],
  })
  const router = assessor()
  router.at(0, healthyRouter())
  t.strictSame(eventLines(router.at(10, shut)), [
    'net-a/10.0.0.1 NEIGHBOR_ADMIN_DOWN ok',
    'net-a/10.0.0.1 LIFECYCLE ok',
  ])
  t.match(router.of('net-a/10.0.0.1'), { severity: 'ok', lifecycle: 'down', findings: [] })
  t.match(router.of('par-edge-1'), { severity: 'ok' })
  t.match(eventLines(router.at(60, healthyRouter())), [
    'net-a/10.0.0.1 NEIGHBOR_ADMIN_DOWN_ENDED ok',
    'net-a/10.0.0.1 LIFECYCLE ok',
  ])
  const drained = healthyRouter({ neighbors: [healthyNeighbor({ drained: true })] })
  t.strictSame(eventLines(router.at(70, drained)), ['net-a/10.0.0.1 NEIGHBOR_DRAINED ok'])
  t.strictSame(eventLines(router.at(80, healthyRouter())), [
    'net-a/10.0.0.1 NEIGHBOR_DRAINED_ENDED ok',
  ])
  t.end()
})

t.test(
  'a session that somebody else shuts down is an alarm that says who, and not the intent',
  (t) => {
    const line = '`bgp shutdown` in `router bgp 65010`'
    const held = healthyRouter({
      neighbors: [
        healthyNeighbor({
          sessionState: 'Idle',
          adminDown: true,
          heldBy: line,
          lastEstablished: null,
          bfd: { sessionState: 'down' },
        }),
      ],
    })
    const router = assessor()
    router.at(0, healthyRouter())
    t.strictSame(eventLines(router.at(5, held)), [])
    const reported = router.at(10, held)
    t.strictSame(eventLines(reported), [
      'net-a/10.0.0.1 NEIGHBOR_HELD_DOWN critical',
      'net-a/10.0.0.1 LIFECYCLE critical',
    ])
    t.ok(reported[0]?.message.includes(line))
    t.notOk(reported.some(({ message }) => message.includes('by the intent')))
    router.at(60, held)
    t.strictSame(router.codes('net-a/10.0.0.1'), ['NEIGHBOR_HELD_DOWN'])
    t.end()
  },
)

t.test('a session over its prefix limit stays reported for as long as FRR holds it', (t) => {
  const held = healthyRouter({
    neighbors: [
      healthyNeighbor({
        sessionState: 'Idle',
        overLimit: { restartIn: null },
        lastEstablished: null,
        lastError: 'Cease/Maximum Number of Prefixes Reached',
        families: [{ family: 'ipv4-unicast', received: 0, sent: 0, limit: 5 }],
      }),
    ],
  })
  const router = assessor()
  router.at(0, healthyRouter())
  const [reported] = router.at(2, held)
  t.match(reported, { code: 'PREFIX_LIMIT_EXCEEDED', message: /demarc clear neighbor 10\.0\.0\.1/ })
  t.match(reported?.message, /limit of 5 ipv4-unicast prefixes/)
  for (const second of [20, 60, 600]) {
    router.at(second, held)
    t.strictSame(router.codes('net-a/10.0.0.1'), ['PREFIX_LIMIT_EXCEEDED'], `${second} s`)
  }
  t.end()
})

t.test('what came and went between two assessments is reported', (t) => {
  const router = assessor()
  router.at(0, healthyRouter())
  const flapped = (transitions: number) => [
    healthyPort('p1', { carrierTransitions: transitions }),
    healthyPort('p2'),
  ]
  t.strictSame(eventLines(router.at(10, healthyRouter({ ports: flapped(6) }))), [
    'p1 CARRIER_FLAPPED warning',
  ])
  t.strictSame(eventLines(router.at(20, healthyRouter({ ports: flapped(6) }))), [])
  const dropped = (established: number, lastError: string | null = 'Hold Timer Expired') =>
    healthyRouter({
      ports: flapped(6),
      neighbors: [healthyNeighbor({ establishedTransitions: established, lastError })],
    })
  const [event] = router.at(30, dropped(3))
  t.match(event, { code: 'SESSION_FLAPPED', message: /lost 2 times .* "Hold Timer Expired"/ })
  t.strictSame(eventLines(router.at(40, dropped(3))), [])
  t.strictSame(eventLines(router.at(50, dropped(1))), [], 'FRR was restarted')
  t.end()
})

t.test('a link that is lost is reported at once, and as back once it stays', (t) => {
  const router = assessor()
  const down = healthyPort('p1', { carrier: false, speed: null, carrierTransitions: 3 })
  const back = healthyPort('p1', { carrierTransitions: 4 })
  router.at(0, healthyRouter())
  t.strictSame(eventLines(router.at(10, healthyRouter({ ports: [down, healthyPort('p2')] }))), [
    'p1 PORT_NO_CARRIER critical',
    'p1 LIFECYCLE critical',
  ])
  const isBack = healthyRouter({ ports: [back, healthyPort('p2')] })
  t.strictSame(router.at(10, isBack), [])
  t.match(router.of('p1'), { severity: 'critical', lifecycle: 'down' })
  t.strictSame(eventLines(router.at(11, isBack)), ['p1 PORT_NO_CARRIER ok', 'p1 LIFECYCLE ok'])
  t.strictSame(router.at(12, isBack), [], 'and not as a flap as well')
  t.end()
})

t.test('a link that never worked has its time to come up', (t) => {
  const down = healthyRouter({ ports: [healthyPort('p1', { carrier: false, speed: null })] })
  const router = assessor()
  t.strictSame(router.at(0, down), [])
  t.strictSame(eventLines(router.at(1, down)), ['p1 PORT_NO_CARRIER critical'])
  t.end()
})

t.test('a link that comes and goes all the time is one alarm', (t) => {
  const router = assessor()
  router.at(0, healthyRouter())
  const events = Array.from({ length: 40 }, (_, step) => {
    const port = healthyPort('p1', { carrier: step % 2 === 1, carrierTransitions: 3 + step })
    return router.at(10 + step * 0.5, healthyRouter({ ports: [port, healthyPort('p2')] }))
  }).flat()
  t.strictSame(eventLines(events), ['p1 PORT_NO_CARRIER critical', 'p1 LIFECYCLE critical'])
  t.end()
})

t.test('the module says why a link was lost as soon as it has been read', (t) => {
  const lost = healthyRouter({
    ports: [healthyPort('p1', { carrier: false }), healthyPort('p2')],
  })
  const dark = healthyRouter({ ports: [darkPort('p1'), healthyPort('p2')] })
  const router = assessor()
  router.at(0, healthyRouter())
  router.at(10, lost)
  t.strictSame(eventLines(router.at(10.3, dark)), ['p1 OPTIC_RX_LOS critical'])
  t.strictSame(router.codes('p1'), ['OPTIC_RX_LOS'])
  t.match(router.of('p1'), { since: '2025-01-31T10:20:10.000Z' }, 'it was never well in between')
  t.strictSame(router.at(12, healthyRouter()), [])
  t.strictSame(eventLines(router.at(13, healthyRouter())), [
    'p1 PORT_NO_CARRIER ok',
    'p1 OPTIC_RX_LOS ok',
    'p1 LIFECYCLE ok',
  ])
  t.end()
})

t.test('an outage that was reported is not reported again as a flap', (t) => {
  const router = assessor()
  const down = healthyPort('p1', { carrier: false, speed: null, carrierTransitions: 3 })
  const back = healthyPort('p1', { carrierTransitions: 4 })
  router.at(0, healthyRouter())
  router.at(10, healthyRouter({ ports: [down, healthyPort('p2')] }))
  router.at(20, healthyRouter({ ports: [down, healthyPort('p2')] }))
  router.at(30, healthyRouter({ ports: [back, healthyPort('p2')] }))
  const events = router.at(32, healthyRouter({ ports: [back, healthyPort('p2')] }))
  t.notOk(events.some(({ code }) => code === 'CARRIER_FLAPPED'))
  t.end()
})

t.test('a changed module and a changed partner are reported', (t) => {
  const router = assessor()
  const swapped = (optic: ReturnType<typeof moduleIn>) =>
    healthyRouter({ ports: [healthyPort('p1', { optic }), healthyPort('p2')] })
  router.at(0, healthyRouter())
  const [event] = router.at(10, swapped(moduleIn({ serial: 'NEW' })))
  t.match(event, {
    code: 'OPTIC_CHANGED',
    severity: 'ok',
    message: /SN-p1 to DEMARC LAB 10GBASE-LR NEW/,
  })
  t.strictSame(eventLines(router.at(20, swapped({ state: 'unreadable', reason: 'EIO' }))), [])
  t.match(router.at(21, swapped({ state: 'absent' })), [
    { message: /^The module .* was removed from p1/ },
  ])
  t.match(router.at(22, swapped(moduleIn({ serial: 'X' }))), [{ message: /was plugged into p1/ }])
  const lacp = healthyConnection().lacp
  const other = healthyRouter({
    ports: [healthyPort('p1', { optic: moduleIn({ serial: 'X' }) }), healthyPort('p2')],
    connections: [healthyConnection({ lacp: lacp && { ...lacp, partnerId: '02:00:00:00:00:cc' } })],
  })
  t.match(router.at(23, other), [{ code: 'LACP_PARTNER_CHANGED', severity: 'warning' }])
  t.end()
})

t.test('errors that rise are shown for a minute after the last of them', (t) => {
  const counted = (inErrors: number) => {
    const counters = { ...NO_COUNTERS, inErrors }
    return healthyRouter({ ports: [healthyPort('p1', { counters }), healthyPort('p2')] })
  }
  const router = assessor()
  router.at(0, counted(1000))
  router.at(30, counted(1010))
  t.strictSame(router.codes('p1'), [], 'ten a minute are tolerated')
  t.strictSame(eventLines(router.at(40, counted(1011))), ['p1 PORT_ERRORS warning'])
  t.match(router.of('p1')?.findings[0]?.message, /counted 11 receive and 0 transmit errors/)
  router.at(65, counted(1011))
  t.strictSame(router.codes('p1'), ['PORT_ERRORS'], 'this window had them')
  t.strictSame(eventLines(router.at(130, counted(1011))), ['p1 PORT_ERRORS ok'])
  router.at(140, counted(3))
  t.strictSame(router.codes('p1'), [], 'counters that start again are no errors')
  t.end()
})

t.test('assessments that are five minutes apart tolerate as many errors a minute', (t) => {
  const counted = (inErrors: number) => {
    const counters = { ...NO_COUNTERS, inErrors }
    return healthyRouter({ ports: [healthyPort('p1', { counters }), healthyPort('p2')] })
  }
  const router = assessor()
  router.at(0, counted(0))
  router.at(300, counted(50))
  t.strictSame(router.codes('p1'), [], 'ten a minute')
  t.strictSame(eventLines(router.at(600, counted(101))), ['p1 PORT_ERRORS warning'])
  t.match(router.of('p1')?.findings[0]?.message, /counted 51 receive .* within 5 minutes/)
  t.strictSame(eventLines(router.at(900, counted(101))), ['p1 PORT_ERRORS ok'])
  t.end()
})

t.test('the alarms of a subject that left the intent are ended', (t) => {
  const router = assessor()
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  router.at(0, down)
  router.at(20, down)
  const events = router.at(30, healthyRouter({ neighbors: [] }))
  t.strictSame(eventLines(events), ['net-a/10.0.0.1 NEIGHBOR_DOWN ok'])
  t.match(events[0], { kind: 'neighbor', message: /has left the intent/ })
  t.end()
})

t.test('what a peer wrote reaches neither a terminal nor the limit of a message', (t) => {
  const lastError = `\u001b[2J"${'x'.repeat(5000)}`
  const router = assessor()
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Idle', lastError })] })
  router.at(0, down)
  router.at(20, down)
  const message = router.of('net-a/10.0.0.1')?.findings[0]?.message ?? ''
  t.match(message, /^[\x20-\x7e]{100,400}$/)
  const missingAddresses = Array.from({ length: 200 }, (_, i) => `10.0.${i}.1/24`)
  const bare = healthyRouter({ attachments: [healthyAttachment({ missingAddresses })] })
  router.at(30, bare)
  router.at(40, bare)
  t.ok((router.of('net-a')?.findings[0]?.message ?? '').length <= 1024)
  t.end()
})

t.test('a lost session is one event at once, and none where something below explains it', (t) => {
  const lost = (lastError: string | null) =>
    healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active', lastError })] })
  const router = assessor()
  router.at(0, healthyRouter())
  const [event] = router.at(10, lost('Cease/Administrative Shutdown'))
  t.match(event, { code: 'SESSION_LOST', severity: 'warning', message: /^BGP to 10\.0\.0\.1 was / })
  t.strictSame(eventLines(router.at(11, lost(null))), [])
  const notification = { direction: 'received', code: 6, subcode: 2 } as const
  const reset = { notification, reason: 'Cease', message: 'back at 5\n' }
  const shut = assessor()
  shut.at(0, healthyRouter())
  t.match(
    shut.at(10, healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Idle', reset })] })),
    [
      {
        message:
          'BGP to 10.0.0.1 was established and is not any more, and 10.0.0.1 writes "back at 5\\u000a".',
      },
    ],
  )
  t.ok(eventLines(router.at(20, lost(null))).includes('net-a/10.0.0.1 NEIGHBOR_DOWN critical'))
  router.at(30, healthyRouter())
  t.match(router.at(40, lost(null)), [{ code: 'SESSION_LOST' }], 'and the next one again')
  const dark = assessor()
  dark.at(0, healthyRouter())
  t.notOk(dark.at(10, cut()).some(({ code }) => code === 'SESSION_LOST'))
  t.end()
})
