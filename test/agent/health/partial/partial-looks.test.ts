import t from 'tap'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createPartialLooks } from '../../../../src/agent/health/partial/partial-looks.js'
import { millis } from '../../../../src/core/base/time.js'
import type { NeighborState, RouterState, ShownNeighbor } from '../../../../src/core/model/state.js'
import { healthyNeighbor, healthyPort, healthyRouter } from '../../../support/agent/router-state.js'

const LOST = { name: 'p1', up: true, carrier: false } as const
const BACK = { name: 'p1', up: true, carrier: true } as const

function scene() {
  let now = 1000
  const assessed: RouterState[] = []
  const moving = { is: false }
  const shown: { is: ShownNeighbor | null } = { is: null }
  const asked: string[] = []
  let lost = 0
  const clock = {
    now: () => millis(now),
    wall: () => new Date(1_700_000_000_000 + now),
    sleep: () => Promise.resolve(),
  }
  const partial = createPartialLooks({
    clock,
    isMoving: () => moving.is,
    assess: (state) => assessed.push(state),
    onLost: () => (lost += 1),
    neighbor: ({ address }) => {
      asked.push(address)
      return shown.is === null ? Promise.reject(new Error('no answer')) : Promise.resolve(shown.is)
    },
  })
  const began = () => ({ now: clock.now(), at: clock.wall().toISOString() })
  const read = (over: Partial<RouterState> = {}): RouterState => {
    const seen = { at: clock.wall().toISOString(), fault: null }
    return healthyRouter({ seen: { ...healthyRouter().seen, links: seen, ports: seen }, ...over })
  }
  const later = (ms: number): void => {
    now += ms
  }
  const carriers = () => assessed.map(({ ports }) => ports.map(({ carrier }) => carrier))
  return { lost: () => lost, shown, asked, partial, assessed, moving, began, read, later, carriers }
}

t.test('a lost link is assessed without a look, once for all of one turn', async (t) => {
  const { partial, began, read, later, carriers } = scene()
  partial.linkNews(LOST)
  await nextTurn()
  t.strictSame(carriers(), [], 'nothing was read yet')
  partial.whole(read(), began())
  later(1)
  partial.linkNews(LOST)
  partial.linkNews({ ...LOST, name: 'p2' })
  partial.linkNews({ ...LOST, name: 'eth9' })
  await nextTurn()
  t.strictSame(carriers(), [[false, false]])
  partial.linkNews(LOST)
  await nextTurn()
  t.equal(carriers().length, 1, 'nothing new')
})

t.test('a look that was under way when the link was lost does not bring it back', async (t) => {
  const { partial, began, read, later } = scene()
  partial.whole(read(), began())
  later(1)
  const start = began()
  const old = read()
  later(50)
  partial.linkNews(LOST)
  later(50)
  t.equal(partial.whole(old, start).ports[0]?.carrier, false)
  later(1)
  const next = began()
  t.equal(partial.whole(read(), next).ports[0]?.carrier, true, 'a later look says what is there')
})

t.test('a link that flaps is assessed by looks only, and another one is not held up', async (t) => {
  const { partial, began, read, later, assessed, carriers } = scene()
  partial.whole(read(), began())
  for (let flap = 0; flap < 50; flap += 1) {
    later(10)
    partial.linkNews(flap % 2 === 0 ? LOST : BACK)
    await nextTurn()
  }
  t.equal(assessed.length, 4)
  partial.linkNews({ ...LOST, name: 'p2' })
  await nextTurn()
  t.strictSame(carriers().at(-1), [true, false])
})

t.test('while a change is made nothing is assessed, and after it a look comes first', async (t) => {
  const { partial, began, read, moving, later, assessed } = scene()
  partial.whole(read(), began())
  moving.is = true
  later(1)
  partial.linkNews(LOST)
  await nextTurn()
  moving.is = false
  partial.linkNews({ ...LOST, name: 'p2' })
  await nextTurn()
  t.equal(assessed.length, 0)
  later(1)
  const ports = [healthyPort('p1', { carrier: false }), healthyPort('p2')]
  partial.whole(read({ ports }), began())
  partial.linkNews(BACK)
  await nextTurn()
  t.equal(assessed.length, 1)
})

t.test(
  'a session that ended is asked for alone, and a look under way does not bring it back',
  async (t) => {
    const { partial, began, read, later, shown, asked, assessed, lost } = scene()
    const { address } = healthyNeighbor()
    const states = () => assessed.map(({ neighbors }) => neighbors[0]?.sessionState)
    partial.sessionEnd(address)
    partial.whole(read(), began())
    partial.sessionEnd('192.0.2.99')
    t.strictSame([asked, lost()], [[], 0], 'no such session is known')
    partial.sessionEnd(address)
    await nextTurn()
    t.strictSame([asked, states()], [[address], []], 'bgpd does not answer')
    const start = began()
    const old = read()
    later(10)
    shown.is = { ...healthyNeighbor({ sessionState: 'Idle' }), peerGroup: null, listenRange: null }
    partial.sessionEnd(address)
    await nextTurn()
    await nextTurn()
    t.strictSame(states(), ['Idle'])
    t.equal(lost(), 2)
    partial.sessionEnd(address)
    t.equal(lost(), 2, 'an attempt that ends is no loss')
    t.equal(partial.whole(old, start).neighbors[0]?.sessionState, 'Idle')
    later(1)
    t.equal(partial.whole(read(), began()).neighbors[0]?.sessionState, 'Established')
  },
)

t.test(
  'what BMP says counts only where bgpd shows nothing of its own and has counted the NOTIFICATION',
  async (t) => {
    const down = {
      reason: 3,
      notification: { direction: 'received', code: 6, subcode: 2 },
      message: 'back at 5',
    } as const
    const bfd = { notification: null, reason: 'BFD down received', message: null }
    const own = { ...bfd, notification: { direction: 'received', code: 6, subcode: 4 } } as const
    const handshakes = { opensSent: 1, notificationsReceived: 2, notificationsSent: 0 }
    const reset = { ...down, reason: 'NOTIFICATION 6/2' }
    const CASES: readonly (readonly [string, Partial<NeighborState>, object | null])[] = [
      ['BFD hides it', { reset: bfd, handshakes }, reset],
      ['bgpd counted none', { reset: bfd }, bfd],
      ['bgpd counted one that it sent', { reset: bfd, handshakes: sent(handshakes) }, bfd],
      ['bgpd shows its own', { reset: own, handshakes }, own],
      ['the session is up', { sessionState: 'Established', reset: null, handshakes }, null],
    ]
    for (const [name, over, expected] of CASES) {
      const { partial, began, read, shown, assessed } = scene()
      const neighbor = healthyNeighbor({ sessionState: 'Idle', lastError: null, ...over })
      shown.is = { ...neighbor, peerGroup: null, listenRange: null }
      partial.whole(read(), began())
      partial.sessionEnd(neighbor.address, down)
      await nextTurn()
      await nextTurn()
      t.match(assessed.at(-1)?.neighbors[0]?.reset ?? null, expected, name)
      t.equal(assessed.length, name === 'the session is up' ? 0 : 1, name)
    }
  },
)

function sent(handshakes: NeighborState['handshakes']): NeighborState['handshakes'] {
  return { ...handshakes, notificationsReceived: 0, notificationsSent: 1 }
}
