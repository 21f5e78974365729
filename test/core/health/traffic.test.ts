import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import type { LinkCounters, RouterState } from '../../../src/core/model/state.js'
import { assessor, eventLines } from '../../support/agent/monitor.js'
import {
  healthyConnection,
  healthyPort,
  healthyRouter,
  NO_COUNTERS,
} from '../../support/agent/router-state.js'
import { probed, probing } from './traffic-table.js'

const MEGABIT = 125_000

/** The counters of net-a at this second. */
function counting(
  second: number,
  counters: Partial<LinkCounters>,
  bandwidth?: number,
  state: 'silent' | 'answers' = 'answers',
): RouterState {
  return probing([probed('10.0.0.1', state)], {
    attachment: {
      counted: { at: millis(second * 1000), counters: { ...NO_COUNTERS, ...counters } },
      ...(bandwidth !== undefined && { circuit: { bandwidth } }),
    },
  })
}

t.test('a link that sends and receives nothing has its finding, and that alone', (t) => {
  const router = assessor()
  const sent = (second: number, inPkts: number) =>
    counting(second, { outPkts: second * 2, inPkts }, undefined, 'silent')
  router.at(0, sent(0, 100))
  router.at(5, sent(5, 100))
  t.strictSame(router.codes('net-a'), ['TRAFFIC_BLACK_HOLE'], 'not known before 8 s')
  t.strictSame(eventLines(router.at(10, sent(10, 100))).at(0), 'net-a TRAFFIC_ONE_WAY critical')
  t.strictSame(router.codes('net-a'), ['TRAFFIC_ONE_WAY'])
  t.match(router.of('net-a')?.findings[0]?.message, /sent 20 packets within 10 s and received none/)
  router.at(15, sent(15, 101))
  t.strictSame(router.codes('net-a'), ['TRAFFIC_BLACK_HOLE'], 'one packet came back')
  t.match(router.of('net-a')?.findings[0]?.message, /BGP to 10.0.0.1 is established/)
  t.end()
})

t.test('what is bought is busy from 80 % until under 75 %, in both directions', (t) => {
  const router = assessor()
  let octets = 0
  let second = 0
  const run = (megabits: number, time: number) => {
    const end = second + time
    for (; second < end; second += 5) {
      router.at(second, counting(second, { outOctets: octets }, 100))
      octets += megabits * 5 * MEGABIT
    }
  }
  run(79, 100)
  t.strictSame(router.codes('net-a'), [])
  run(82, 100)
  t.strictSame(router.codes('net-a'), ['TRAFFIC_UTILIZATION'])
  t.match(router.of('net-a')?.findings[0]?.message, /82 % sent/)
  run(77, 200)
  t.strictSame(router.codes('net-a'), ['TRAFFIC_UTILIZATION'], 'it is still close')
  run(70, 100)
  t.strictSame(router.codes('net-a'), [])
  t.equal(Math.round(router.of('net-a')?.rates?.utilization?.out ?? 0), 70)
  t.end()
})

t.test(
  'all ports of a connection are busy by what is bought, and not while one is not counted',
  (t) => {
    const router = assessor()
    /** A second in which the first port has received this much, and the second a half of it. */
    const trunk = (second: number, octets: number, isCounted = true) => {
      const of = (inOctets: number) => ({
        ...{ at: millis(second * 1000), counters: { ...NO_COUNTERS, inOctets } },
      })
      const other = isCounted ? { counted: of(octets / 2) } : {}
      const ports = [healthyPort('p1', { counted: of(octets) }), healthyPort('p2', other)]
      return healthyRouter({
        ports,
        connections: [healthyConnection({ circuit: { bandwidth: 300 } })],
      })
    }
    let second = 0
    let octets = 0
    const run = (megabits: number, time: number, isCounted?: boolean) => {
      for (const end = second + time; second < end; second += 5) {
        router.at(second, trunk(second, octets, isCounted))
        octets += megabits * 5 * MEGABIT
      }
    }
    run(150, 100)
    t.strictSame(router.codes('dl-par'), [], '225 of 300 Mb/s')
    run(170, 100)
    t.strictSame(router.codes('dl-par'), ['CONNECTION_UTILIZATION'], '255 of 300 Mb/s')
    t.match(
      router.of('dl-par')?.findings[0]?.message,
      /dl-par of the 300 Mb.s that are bought: 85 % rec/,
    )
    run(170, 100, false)
    t.strictSame(router.codes('dl-par'), [], 'half of it is not known')
    run(170, 20)
    t.strictSame(router.codes('dl-par'), [], 'what was counted meanwhile is no burst')
    run(100, 100)
    t.strictSame(router.codes('dl-par'), [])
    t.end()
  },
)

t.test('a port is busy by its own speed', (t) => {
  const router = assessor()
  for (let second = 0; second <= 100; second += 5) {
    const counters = { ...NO_COUNTERS, inOctets: second * 9000 * MEGABIT, inErrors: second }
    const counted = { at: millis(second * 1000), counters }
    router.at(second, healthyRouter({ ports: [healthyPort('p1', { counted }), healthyPort('p2')] }))
  }
  t.ok(router.codes('p1')?.includes('PORT_UTILIZATION'))
  const rates = router.of('p1')?.rates
  t.equal(rates?.perSecond.inErrors, 1)
  t.equal(rates?.utilization?.in, 90)
  t.end()
})
