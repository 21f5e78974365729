import t from 'tap'
import { tell, watch } from '../../support/agent/monitor.js'
import {
  healthyAttachment,
  healthyConnection,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
} from '../../support/agent/router-state.js'

t.test('a session that is shut down on purpose is down and nobody is alarmed', (t) => {
  const shut = healthyRouter({
    neighbors: [healthyNeighbor({ sessionState: 'Idle', adminDown: true, lastEstablished: null })],
  })
  const look = watch()
  look.at(0, healthyRouter())
  t.strictSame(tell(look.at(10, shut)), [
    'net-a/10.0.0.1 NEIGHBOR_ADMIN_DOWN ok',
    'net-a/10.0.0.1 LIFECYCLE ok',
  ])
  t.match(look.of('net-a/10.0.0.1'), { severity: 'ok', lifecycle: 'down', findings: [] })
  t.match(look.of('par-edge-1'), { severity: 'ok' })
  t.match(tell(look.at(60, healthyRouter())), [
    'net-a/10.0.0.1 NEIGHBOR_ADMIN_DOWN_ENDED ok',
    'net-a/10.0.0.1 LIFECYCLE ok',
  ])
  const drained = healthyRouter({ neighbors: [healthyNeighbor({ drained: true })] })
  t.strictSame(tell(look.at(70, drained)), ['net-a/10.0.0.1 NEIGHBOR_DRAINED ok'])
  t.strictSame(tell(look.at(80, healthyRouter())), ['net-a/10.0.0.1 NEIGHBOR_DRAINED_ENDED ok'])
  t.end()
})

t.test('what came and went between two looks is noticed', (t) => {
  const look = watch()
  look.at(0, healthyRouter())
  const flapped = (transitions: number) => [
    healthyPort('p1', { carrierTransitions: transitions }),
    healthyPort('p2'),
  ]
  t.strictSame(tell(look.at(10, healthyRouter({ ports: flapped(6) }))), [
    'p1 CARRIER_FLAPPED warning',
  ])
  t.strictSame(tell(look.at(20, healthyRouter({ ports: flapped(6) }))), [])
  const dropped = (established: number, lastError: string | null = 'Hold Timer Expired') =>
    healthyRouter({
      ports: flapped(6),
      neighbors: [healthyNeighbor({ establishedTransitions: established, lastError })],
    })
  const [event] = look.at(30, dropped(3))
  t.match(event, { code: 'SESSION_FLAPPED', message: /lost 2 times .* "Hold Timer Expired"/ })
  t.strictSame(tell(look.at(40, dropped(3))), [])
  t.strictSame(tell(look.at(50, dropped(1))), [], 'FRR was restarted')
  t.end()
})

t.test('a blip seen in the middle is noticed when it is over', (t) => {
  const look = watch()
  const down = healthyPort('p1', { carrier: false, speed: null, carrierTransitions: 3 })
  const back = healthyPort('p1', { carrierTransitions: 4 })
  look.at(0, healthyRouter())
  t.strictSame(tell(look.at(10, healthyRouter({ ports: [down, healthyPort('p2')] }))), [])
  t.strictSame(tell(look.at(10, healthyRouter({ ports: [back, healthyPort('p2')] }))), [
    'p1 CARRIER_FLAPPED warning',
  ])
  t.end()
})

t.test('an outage that was told is not told again as a flap', (t) => {
  const look = watch()
  const down = healthyPort('p1', { carrier: false, speed: null, carrierTransitions: 3 })
  const back = healthyPort('p1', { carrierTransitions: 4 })
  look.at(0, healthyRouter())
  look.at(10, healthyRouter({ ports: [down, healthyPort('p2')] }))
  look.at(20, healthyRouter({ ports: [down, healthyPort('p2')] }))
  look.at(30, healthyRouter({ ports: [back, healthyPort('p2')] }))
  const events = look.at(32, healthyRouter({ ports: [back, healthyPort('p2')] }))
  t.notOk(events.some(({ code }) => code === 'CARRIER_FLAPPED'))
  t.end()
})

t.test('a changed module and a changed partner are noticed', (t) => {
  const look = watch()
  const swapped = (optic: ReturnType<typeof moduleIn>) =>
    healthyRouter({ ports: [healthyPort('p1', { optic }), healthyPort('p2')] })
  look.at(0, healthyRouter())
  const [event] = look.at(10, swapped(moduleIn({ serial: 'NEW' })))
  t.match(event, {
    code: 'OPTIC_CHANGED',
    severity: 'ok',
    message: /SN-p1 to DEMARC LAB 10GBASE-LR NEW/,
  })
  t.strictSame(tell(look.at(20, swapped({ state: 'unreadable', reason: 'EIO' }))), [])
  t.match(look.at(21, swapped({ state: 'absent' })), [{ message: /^The module .* left p1/ }])
  t.match(look.at(22, swapped(moduleIn({ serial: 'X' }))), [{ message: /was plugged into p1/ }])
  const lacp = healthyConnection().lacp
  const other = healthyRouter({
    ports: [healthyPort('p1', { optic: moduleIn({ serial: 'X' }) }), healthyPort('p2')],
    connections: [healthyConnection({ lacp: lacp && { ...lacp, partnerId: '02:00:00:00:00:cc' } })],
  })
  t.match(look.at(23, other), [{ code: 'LACP_PARTNER_CHANGED', severity: 'warning' }])
  t.end()
})

t.test('errors that rise are shown for a minute after the last of them', (t) => {
  const counted = (inErrors: number) => {
    const counters = { inOctets: 0, outOctets: 0, inErrors, outErrors: 0 }
    return healthyRouter({ ports: [healthyPort('p1', { counters }), healthyPort('p2')] })
  }
  const look = watch()
  look.at(0, counted(1000))
  look.at(30, counted(1010))
  t.strictSame(look.codes('p1'), [], 'ten a minute are tolerated')
  t.strictSame(tell(look.at(40, counted(1011))), ['p1 PORT_ERRORS warning'])
  t.match(look.of('p1')?.findings[0]?.message, /counted 11 receive and 0 transmit errors/)
  look.at(65, counted(1011))
  t.strictSame(look.codes('p1'), ['PORT_ERRORS'], 'this window had them')
  t.strictSame(tell(look.at(130, counted(1011))), ['p1 PORT_ERRORS ok'])
  look.at(140, counted(3))
  t.strictSame(look.codes('p1'), [], 'counters that start again are no errors')
  t.end()
})

t.test('looks that are five minutes apart tolerate as many errors a minute', (t) => {
  const counted = (inErrors: number) => {
    const counters = { inOctets: 0, outOctets: 0, inErrors, outErrors: 0 }
    return healthyRouter({ ports: [healthyPort('p1', { counters }), healthyPort('p2')] })
  }
  const look = watch()
  look.at(0, counted(0))
  look.at(300, counted(50))
  t.strictSame(look.codes('p1'), [], 'ten a minute')
  t.strictSame(tell(look.at(600, counted(101))), ['p1 PORT_ERRORS warning'])
  t.match(look.of('p1')?.findings[0]?.message, /counted 51 receive .* within 5 minutes/)
  t.strictSame(tell(look.at(900, counted(101))), ['p1 PORT_ERRORS ok'])
  t.end()
})

t.test('what is no longer looked at has its alarms ended', (t) => {
  const look = watch()
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] })
  look.at(0, down)
  look.at(20, down)
  const events = look.at(30, healthyRouter({ neighbors: [] }))
  t.strictSame(tell(events), ['net-a/10.0.0.1 NEIGHBOR_DOWN ok'])
  t.match(events[0], { kind: 'neighbor', message: /no longer looked at/ })
  t.end()
})

t.test('what a peer wrote reaches neither a terminal nor the limit of a message', (t) => {
  const lastError = `\u001b[2J"${'x'.repeat(5000)}`
  const look = watch()
  const down = healthyRouter({ neighbors: [healthyNeighbor({ sessionState: 'Idle', lastError })] })
  look.at(0, down)
  look.at(20, down)
  const message = look.of('net-a/10.0.0.1')?.findings[0]?.message ?? ''
  t.match(message, /^[\x20-\x7e]{100,400}$/)
  const missingAddresses = Array.from({ length: 200 }, (_, i) => `10.0.${i}.1/24`)
  const bare = healthyRouter({ attachments: [healthyAttachment({ missingAddresses })] })
  look.at(30, bare)
  look.at(40, bare)
  t.ok((look.of('net-a')?.findings[0]?.message ?? '').length <= 1024)
  t.end()
})
