import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../../src/core/base/time.js'
import {
  unseenNews,
  withLinkNews,
  type ArrivedNews,
} from '../../../../src/core/health/partial/link-news.js'
import type { LinkNews } from '../../../../src/core/model/link.js'
import type { RouterState } from '../../../../src/core/model/state.js'
import {
  healthyAttachment,
  healthyConnection,
  healthyPort,
  healthyRouter,
} from '../../../support/agent/router-state.js'

const AT = '2025-01-31T10:20:01.000Z'
const LINKS = ['p1', 'p2', 'bond0', 'bond0.100', 'eth9'] as const

/** A router whose links have these names and carriers. */
function routerOf(carriers: Readonly<Record<string, boolean>>): RouterState {
  return healthyRouter({
    ports: ['p1', 'p2'].map((name) => healthyPort(name, { carrier: carriers[name] ?? true })),
    connections: [healthyConnection({ interface: 'bond0', carrier: carriers['bond0'] ?? true })],
    attachments: [
      healthyAttachment({ interface: 'bond0.100', carrier: carriers['bond0.100'] ?? true }),
    ],
  })
}

const news = fc.array(
  fc.record({ name: fc.constantFrom(...LINKS), up: fc.constant(true), carrier: fc.boolean() }),
  { maxLength: 8 },
)

const byName = (all: readonly LinkNews[]): ReadonlyMap<string, LinkNews> =>
  new Map(all.map((one) => [one.name, one]))

t.test('partial looks merge to what a whole look reads', (t) => {
  fc.assert(
    fc.property(news, (all) => {
      const step = all.reduce<RouterState>(
        (state, one) => withLinkNews(state, byName([one]), AT),
        routerOf({}),
      )
      const whole = routerOf(Object.fromEntries(all.map(({ name, carrier }) => [name, carrier])))
      const { ports, connections, attachments } = step
      t.strictSame(
        { ports, connections, attachments },
        {
          ports: whole.ports,
          connections: whole.connections,
          attachments: whole.attachments,
        },
      )
      t.strictSame(step.neighbors, whole.neighbors)
    }),
    { numRuns: 100 },
  )
  t.end()
})

t.test('nothing new leaves the same state, so that nothing is assessed', (t) => {
  const state = routerOf({ p1: false })
  t.equal(withLinkNews(state, byName([{ name: 'p1', up: true, carrier: false }]), AT), state)
  t.equal(withLinkNews(state, byName([{ name: 'eth9', up: true, carrier: false }]), AT), state)
  t.equal(withLinkNews(state, new Map(), AT), state)
  t.equal(withLinkNews(state, byName([{ name: 'p2', up: true, carrier: false }]), AT).at, AT)
  t.end()
})

t.test('a source that does not answer, and a port that is gone, stay as they are', (t) => {
  const silent = { at: null, fault: 'no answer' }
  const lost = byName(LINKS.map((name) => ({ name, up: true, carrier: false })))
  const { seen } = healthyRouter()
  const unread = { ...routerOf({}), seen: { ...seen, ports: silent } }
  t.equal(withLinkNews(unread, lost, AT).ports, unread.ports)
  t.equal(withLinkNews(unread, lost, AT).connections[0]?.carrier, false)
  const gone = { ...routerOf({}), ports: [healthyPort('p1', { present: false, carrier: false })] }
  const back = byName([{ name: 'p1', up: true, carrier: true }])
  t.equal(withLinkNews(gone, back, AT).ports, gone.ports)
  t.end()
})

t.test('a look has seen what arrived before it began, if its sources answered since', (t) => {
  const began = { now: millis(1000), at: AT }
  const arrived = (at: number): ReadonlyMap<string, ArrivedNews> =>
    new Map([['p1', { name: 'p1', up: true, carrier: false, at: millis(at) }]])
  const { seen } = healthyRouter()
  const read = (at: string | null, fault: string | null = null) => ({
    seen: { ...seen, ports: { at, fault }, links: { at: AT, fault: null } },
  })
  t.equal(unseenNews(arrived(999), read(AT), began).size, 0)
  t.equal(unseenNews(arrived(1000), read(AT), began).size, 1, 'while it read')
  t.equal(
    unseenNews(arrived(999), read('2025-01-31T10:20:00.999Z'), began).size,
    1,
    'an old answer',
  )
  t.equal(unseenNews(arrived(999), read(AT, 'no answer'), began).size, 1)
  t.equal(unseenNews(arrived(999), read(null), began).size, 1)
  t.end()
})
