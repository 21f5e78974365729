import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { mayDrawHub, touchesHubPath } from '../../../src/core/change/hub-path.js'
import {
  expectations,
  evaluate,
  type Expectation,
  type Verification,
} from '../../../src/core/change/witness.js'
import type { HaveLink } from '../../../src/core/model/link.js'
import type { Ifname, Prefix } from '../../../src/core/model/names.js'
import type { Plan, Step } from '../../../src/core/model/plan.js'
import { NO_IMPORT, NO_ROUTES } from '../../support/frr/bgp-instance.js'
import type { RouteFloor } from '../../../src/core/routes/floors.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'
import { witness } from '../../support/agent/witness.js'

const NOBODY_EXCUSED = {
  excused: () => false,
  disturbed: () => false,
  required: [],
  optional: [],
  routes: new Map<string, readonly RouteFloor[]>(),
}

type Instants = Omit<Verification, 'about'>

function verification(over: { [K in keyof Instants]: number } & Pick<Verification, 'about'>) {
  const { about, appliedAt, since, now, grace, until } = over
  return {
    about,
    appliedAt: millis(appliedAt),
    since: millis(since),
    now: millis(now),
    grace: millis(grace),
    until: millis(until),
  }
}

/** Applied at 1000, 10 s of grace. */
function at(now: number) {
  const about = 'change' as const
  return verification({ about, appliedAt: 1000, since: 1000, now, grace: 10_000, until: 600_000 })
}

function expect(subject: string, over: Partial<Expectation> = {}): Expectation {
  return { subject, fresh: false, optional: false, ...over }
}

t.test(
  'only a witness that was healthy before the change can fail it, unless the push requires more',
  async (t) => {
    const before = [witness('a', true), witness('b', false), witness('gone', true)]
    const expected = expectations(before, {
      ...NOBODY_EXCUSED,
      excused: (subject) => subject === 'gone',
    })
    t.strictSame(expected, [expect('a')])
    const strict = expectations(before, { ...NOBODY_EXCUSED, required: ['b', 'a'] })
    t.strictSame(
      strict.map(({ subject }) => subject),
      ['a', 'gone', 'b'],
    )
  },
)

t.test('a witness has its grace to come back, and then fails the change by name', async (t) => {
  const expected = [expect('neighbor 10.0.0.1')]
  const down = [witness('neighbor 10.0.0.1', false)]
  t.strictSame(evaluate(expected, down, at(5000)), {
    status: 'pending',
    missing: ['neighbor 10.0.0.1'],
  })
  t.equal(evaluate(expected, [witness('neighbor 10.0.0.1', true)], at(5000)).status, 'verified')
  t.match(evaluate(expected, down, at(11_000)), {
    status: 'unhealthy',
    faults: [
      {
        code: 'CHANGE_UNHEALTHY',
        at: 'neighbor 10.0.0.1',
        message: /it was up before the change and did not come back within 10 s: down/,
      },
    ],
  })
  t.match(evaluate(expected, [], at(11_000)), { faults: [{ message: /nothing is known of it/ }] })
})

t.test('the grace starts anew when the agent restarted meanwhile', async (t) => {
  const terms = { ...at(60_000), since: millis(55_000) }
  t.equal(evaluate([expect('a')], [], terms).status, 'pending')
})

t.test(
  'a sign of life from before the change does not count for what the plan disturbs',
  async (t) => {
    const expected = [expect('a', { fresh: true })]
    const status = (lastSeenAt: number | null, now: number) =>
      evaluate(
        expected,
        [witness('a', true, { lastSeenAt: lastSeenAt, maxSilence: 4000 })],
        at(now),
      ).status
    t.equal(status(900, 2000), 'pending', 'seen before the change')
    t.equal(status(900, 11_000), 'unhealthy', 'a live session would have sent something')
    t.equal(status(1500, 2000), 'verified')
    t.equal(status(null, 2000), 'verified', 'a live state')
  },
)

t.test('a witness that may be silent for longer than the grace is not blamed for it', async (t) => {
  const quiet = witness('a', true, { lastSeenAt: 900, maxSilence: 60_000 })
  t.equal(evaluate([expect('a', { fresh: true })], [quiet], at(2000)).status, 'pending')
  t.equal(evaluate([expect('a', { fresh: true })], [quiet], at(11_000)).status, 'verified')
  t.equal(evaluate([expect('a')], [quiet], at(11_000)).status, 'verified')
})

t.test(
  'a session that the plan does not disturb must send a message before the change is verified',
  async (t) => {
    const session = (healthy: boolean, lastSeenAt: number) => [
      witness('a', healthy, { lastSeenAt: lastSeenAt, maxSilence: 4000 }),
    ]
    t.equal(
      evaluate([expect('a')], session(true, 900), at(2000)).status,
      'pending',
      'its hold time is not over',
    )
    t.equal(
      evaluate([expect('a')], session(false, 900), at(11_000)).status,
      'unhealthy',
      'it went down',
    )
    t.equal(evaluate([expect('a')], session(true, 1500), at(2000)).status, 'verified')
    t.equal(
      evaluate([expect('a')], session(true, 900), at(11_000)).status,
      'pending',
      'its hold time is still not over',
    )
    t.equal(
      evaluate([expect('a')], session(false, 900), at(14_000)).status,
      'unhealthy',
      'its hold time is over',
    )
  },
)

t.test('at its deadline a change is never pending', async (t) => {
  const terms = { ...at(5000), until: millis(5000) }
  t.equal(evaluate([expect('a')], [witness('a', false)], terms).status, 'unhealthy')
  const silent = witness('a', true, { lastSeenAt: 900 })
  t.equal(evaluate([expect('a')], [silent], terms).status, 'unhealthy')
  t.equal(
    evaluate([expect('a')], [{ ...silent, maxSilence: millis(10_000) }], terms).status,
    'verified',
  )
})

t.test('a new session is waited for, and its absence fails nothing', async (t) => {
  const expected = expectations([witness('a', true)], { ...NOBODY_EXCUSED, optional: ['a', 'new'] })
  t.strictSame(expected, [expect('a'), expect('new', { optional: true })])
  const down = [witness('a', true), witness('new', false)]
  t.strictSame(evaluate(expected, down, at(2000)), { status: 'pending', missing: ['new'] })
  t.equal(evaluate(expected, down, at(11_000)).status, 'verified')
  t.equal(
    evaluate(expected, [witness('a', true), witness('new', true)], at(2000)).status,
    'verified',
  )
})

t.test('the hub must answer over the routes of a session that has just come up', async (t) => {
  const expected = [expect('hub', { fresh: true }), expect('new', { optional: true })]
  const verdict = (lastSeenAt: number, now: number) =>
    evaluate(
      expected,
      [
        witness('hub', true, { lastSeenAt: lastSeenAt }),
        witness('new', true, { upSince: 6000, lastSeenAt: 6000 }),
      ],
      at(now),
    ).status
  t.equal(verdict(6500, 7000), 'pending', 'its routes are not there yet')
  t.equal(verdict(9500, 9600), 'verified')
  t.equal(verdict(6500, 15_000), 'pending', 'its own grace begins with it')
  t.equal(verdict(6500, 16_001), 'unhealthy', 'no answer comes over them')
})

t.test('after a rollback the same is evaluated, and reported as not restored', async (t) => {
  const afterRollback = { ...at(11_000), about: 'rollback' as const }
  t.match(evaluate([expect('a')], [witness('a', false)], afterRollback), {
    status: 'unhealthy',
    faults: [
      { code: 'CHANGE_NOT_RESTORED', at: 'a', message: /within 10 s after the rollback: down/ },
    ],
  })
})

/*
 * The matrix of false rollbacks: hub {lost before, by the change, by coincidence} × sessions {healthy,
 * broken as predicted, broken unpredicted}. `fresh` is what a prediction makes of a session.
 */
const HUB = {
  'lost before': { before: false, touched: true },
  'lost by the change': { before: true, touched: true },
  'lost by coincidence': { before: true, touched: false },
} as const
const SESSION = {
  'come back': { predicted: true, after: true },
  'broken as predicted': { predicted: true, after: false },
  'broken unpredicted': { predicted: false, after: false },
} as const

for (const [hubCase, hub] of Object.entries(HUB)) {
  for (const [sessionCase, session] of Object.entries(SESSION)) {
    t.test(`hub ${hubCase}, session ${sessionCase}`, async (t) => {
      const before = [witness('hub', hub.before), witness('neighbor 10.0.0.1', true)]
      const expected = expectations(before, {
        excused: (subject) => subject === 'hub' && !hub.touched,
        disturbed: (subject) => subject === 'hub' || session.predicted,
        required: [],
        optional: [],
        routes: new Map(),
      })
      const after = [
        witness('hub', false),
        witness('neighbor 10.0.0.1', session.after, { lastSeenAt: 1500 }),
      ]
      const verdict = evaluate(expected, after, at(20_000))
      const blamed = verdict.status === 'unhealthy' ? verdict.faults.map((fault) => fault.at) : []
      const hubBlamed = hub.before && hub.touched
      t.strictSame(blamed, [
        ...(hubBlamed ? ['hub'] : []),
        ...(session.after ? [] : ['neighbor 10.0.0.1']),
      ])
      t.equal(verdict.status, blamed.length === 0 ? 'verified' : 'unhealthy')
    })
  }
}

t.test('a hub that only refuses proves that it can be reached', async (t) => {
  const expected = [expect('hub', { fresh: true })]
  const refused = witness('hub', true, { lastSeenAt: 4500, detail: 'ECONNREFUSED' })
  t.equal(evaluate(expected, [refused], at(5000)).status, 'verified')
})

t.test('the path to the hub is the interface its packets leave by and all below it', async (t) => {
  const vlan = (name: string, parent: string, over: Partial<HaveLink> = {}) =>
    fakePort(name, {
      detail: { kind: 'vlan', parent: parent as Ifname, vlanId: 7 },
      up: true,
      ...over,
    })
  const links = [
    fakePort('mgmt'),
    fakePort('p0', { master: 'dl' }),
    fakePort('dl'),
    vlan('dl.7', 'dl', { master: 'blue' }),
    vlan('dl.8', 'dl'),
    fakePort('blue'),
  ]
  const touches = (link: string, step: Step, protocol = 4) =>
    touchesHubPath(planOf(step), links, { link, protocol })
  const set = (link: string): Step => ({ do: 'link-set', link: link as Ifname, to: {}, from: {} })
  t.ok(touches('dl.7', set('dl.7')))
  t.ok(touches('dl.7', set('p0')), 'a port of the bond below')
  t.ok(touches('dl.7', set('blue')), 'its VRF')
  t.notOk(touches('dl.7', set('dl.8')), 'a neighbouring VLAN')
  t.notOk(touches('mgmt', set('p0')))
  const typed: Step = { do: 'frr', daemon: 'bgpd', lines: [] }
  t.notOk(touches('dl.7', typed), 'a static route does not depend on BGP')
  t.ok(touches('dl.7', typed, 186), 'one learned by BGP does')
  t.notOk(touchesHubPath(planOf(set('p0')), links, null), 'no route is known')
})

t.test('only what may be imported can draw the hub’s packets away', async (t) => {
  const neighbor = (...prefixes: string[]) => ({
    ipv4Unicast: {
      ...NO_ROUTES,
      import: {
        ...NO_IMPORT,
        prefixes: prefixes.map((prefix) => ({ prefix: prefix as Prefix, ge: null, le: null })),
      },
    },
    ipv6Unicast: null,
  })
  const to = (address: string) => ({ address, link: 'mgmt', protocol: 4 })
  t.ok(mayDrawHub(neighbor('192.168.0.0/16', '10.64.0.0/10'), to('10.65.0.9')))
  t.notOk(mayDrawHub(neighbor('10.64.0.0/10'), to('192.0.2.1')))
  t.notOk(mayDrawHub(neighbor(), to('192.0.2.1')), 'nothing is imported')
  t.notOk(mayDrawHub(neighbor('0.0.0.0/0'), to('2001:db8::1')), 'another family')
})

function planOf(step: Step): Plan {
  return { steps: [{ step, impact: 'none' }], impact: 'none', effects: [] }
}

/** A session that had 12 accepted routes before the change and must keep 11 of them. */
const FLOORS = new Map([
  [
    'neighbor 10.0.0.1',
    [{ family: 'ipv4-unicast', direction: 'accepted', before: 12, least: 11 } as const],
  ],
])

function withRoutes(received: number | null, over: { upSince?: number; lastSeenAt?: number } = {}) {
  const routes = [{ family: 'ipv4-unicast', received, sent: 3 } as const]
  return witness('neighbor 10.0.0.1', true, { upSince: 0, lastSeenAt: 1500, ...over, routes })
}

t.test('routes that a session loses without notice fail the change', async (t) => {
  const before = [withRoutes(12), witness('a', true)]
  const expected = expectations(before, { ...NOBODY_EXCUSED, routes: FLOORS })
  t.match(expected, [{ routes: [{ least: 11 }] }, {}])
  const verdict = (received: number | null, now: number) =>
    evaluate(expected, [withRoutes(received), witness('a', true)], at(now))
  t.equal(verdict(12, 2000).status, 'pending', 'FRR has not applied the route map yet')
  t.equal(verdict(12, 6000).status, 'verified', 'after half of the grace, or 8 s')
  t.equal(verdict(11, 6000).status, 'verified', 'one in ten may have been withdrawn by the peer')
  t.equal(verdict(null, 6000).status, 'verified', 'what FRR does not say is not lost')
  t.match(verdict(10, 6000), { status: 'pending', missing: ['neighbor 10.0.0.1'] })
  t.match(verdict(10, 11_000), {
    status: 'unhealthy',
    faults: [
      {
        code: 'CHANGE_UNHEALTHY',
        at: 'neighbor 10.0.0.1',
        message:
          'ipv4-unicast: 12 routes were accepted from it before the change, and 10 are now; the plan foresaw no fewer than 11',
      },
    ],
  })
})

t.test('a session that came up again has the whole window for its routes', async (t) => {
  for (const fresh of [true, false]) {
    const expected = expectations([withRoutes(12)], {
      ...NOBODY_EXCUSED,
      disturbed: () => fresh,
      routes: FLOORS,
    })
    const verdict = (received: number, now: number) =>
      evaluate(expected, [withRoutes(received, { upSince: 9000, lastSeenAt: 9500 })], at(now))
    t.equal(verdict(0, 20_000).status, 'pending', 'the grace is over, and it is still converging')
    t.equal(verdict(12, 10_000).status, 'pending', 'it is up for one second only')
    t.equal(verdict(12, 14_000).status, 'verified')
    t.match(verdict(0, 600_000), { status: 'unhealthy', faults: [{ message: /12 routes were/ }] })
    t.equal(verdict(12, 600_000).status, 'verified')
  }
})

t.test('without routes before, none are expected', async (t) => {
  const expected = expectations([withRoutes(0)], NOBODY_EXCUSED)
  t.equal(evaluate(expected, [withRoutes(0)], at(2000)).status, 'verified')
})
