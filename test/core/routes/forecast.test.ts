import fc from 'fast-check'
import t from 'tap'
import { parseConfig } from '../../../src/core/frr/tree.js'
import type { BgpNeighbor, PrefixRule } from '../../../src/core/model/bgp.js'
import { toPrefix } from '../../../src/core/model/names.js'
import type { Plan, Want } from '../../../src/core/model/plan.js'
import { routeEffects, withRouteEffects } from '../../../src/core/router/route-effects.js'
import { routeFloors, missingRoutes } from '../../../src/core/routes/floors.js'
import { forecastRoutes } from '../../../src/core/router/route-forecast.js'
import type { RouteForecast } from '../../../src/core/routes/outlook.js'
import type { RoutePath, TableRoute } from '../../../src/core/routes/table.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'

const [A, B] = ['10.0.0.1', '10.0.1.1']

function rule(text: string): PrefixRule {
  const [prefix = '', ge, le] = text.split(' ')
  return {
    prefix: sure(toPrefix(prefix)),
    ge: ge === undefined || ge === '-' ? null : Number(ge),
    le: le === undefined ? null : Number(le),
  }
}

/** A neighbour with these rules for both directions of IPv4. */
function neighbor(
  address: string,
  [into, out]: readonly [into: readonly string[], out: readonly string[]],
  over: Partial<BgpNeighbor> = {},
): BgpNeighbor {
  const plain = plainNeighbor(address)
  const family = sure(plain.ipv4Unicast ?? undefined)
  return {
    ...plain,
    ipv4Unicast: {
      ...family,
      import: { ...family.import, prefixes: into.map(rule) },
      export: { ...family.export, prefixes: out.map(rule) },
    },
    ...over,
  }
}

function wanted(...neighbors: readonly BgpNeighbor[]): Want {
  return { links: [], bgp: [plainInstance(...neighbors)], routes: [] }
}

function route(prefix: string, from: string | null, over: Partial<RoutePath> = {}): TableRoute {
  return {
    prefix,
    paths: [{ from, best: true, internal: false, communities: [], asPath: '', ...over }],
  }
}

/** `count` routes of /24 from one neighbour. */
function many(count: number, from: string | null, start = '10.64'): readonly TableRoute[] {
  return Array.from({ length: count }, (_, n) => route(`${start}.${n}.0/24`, from))
}

interface Router {
  readonly want: Want
  readonly inForce?: Want | null
  readonly routes: readonly TableRoute[] | null
  readonly counts: Readonly<Record<string, readonly [received: number, sent: number]>>
  readonly present?: readonly string[]
  /** Lines inside of `router bgp`. */
  readonly config?: string
}

function forecast(router: Router): readonly RouteForecast[] {
  const { want, inForce = null, routes, counts, present = [], config = '' } = router
  return forecastRoutes(want, {
    sessions: new Map(
      Object.entries(counts).map(([address, [received, sent]]) => [
        `neighbor ${address}`,
        [{ family: 'ipv4-unicast', received, sent }],
      ]),
    ),
    view: {
      tables: [{ vrf: null, family: 'ipv4-unicast', routes }],
      present: new Map([['', new Set(present)]]),
    },
    frr: {
      version: '8.4.4',
      bgpd: parseConfig(`router bgp 65010\n${config}`),
      bfdd: [],
      faults: [],
    },
    inForce,
  })
}

/** The effects as `impact: sentence`. */
function said(router: Router, limit?: number): readonly string[] {
  const limits = () =>
    limit === undefined ? undefined : { limit, beyond: 'the provider ends the session' }
  return routeEffects(forecast(router), limits).map(({ impact, why }) => `${impact}: ${why}`)
}

const OPEN = ['10.64.0.0/10 - 24']

t.test('an import that refuses all is said, and stops the traffic', async (t) => {
  const router = { routes: many(12, A), counts: { [A]: [12, 0] } } as const
  t.strictSame(said({ ...router, want: wanted(neighbor(A, [['10.46.0.0/16 - 24'], []])) }), [
    'traffic-loss: ipv4-unicast: import would refuse 12 of 12 accepted routes',
  ])
  t.strictSame(said({ ...router, want: wanted(neighbor(A, [['10.64.0.0/13 24'], []])) }), [])
  t.strictSame(said({ ...router, want: wanted(neighbor(A, [['10.64.8.0/21 24'], []])) }), [
    'soft: ipv4-unicast: import would refuse 8 of 12 accepted routes',
  ])
  const off = wanted(plainNeighbor(A, { ipv4Unicast: null }))
  t.match(said({ ...router, want: off }), [/^traffic-loss: .*refuse 12 of 12/])
})

t.test('the announced routes are counted, new own ones with them', async (t) => {
  const own = Array.from({ length: 150 }, (_, n) => `10.80.${n}.0/24`)
  const router = {
    routes: many(90, null, '10.80'),
    counts: { [A]: [0, 90] },
    present: own,
    inForce: wanted(neighbor(A, [[], own.slice(0, 90)])),
  } as const
  const more = wanted(neighbor(A, [[], own]))
  t.strictSame(said({ ...router, want: more }), ['soft: ipv4-unicast: announced: 90 → 150'])
  t.strictSame(said({ ...router, want: more }, 100), [
    'traffic-loss: ipv4-unicast: announced: 90 → 150, the provider ends the session above 100',
  ])
  t.strictSame(said({ ...router, want: more, present: own.slice(0, 95) }, 100), [
    'soft: ipv4-unicast: announced: 90 → 95',
  ])
  t.strictSame(said({ ...router, want: wanted(neighbor(A, [[], []])) }), [
    'traffic-loss: ipv4-unicast: announced: 90 → 0',
  ])
  t.strictSame(said({ ...router, want: router.inForce }), [], 'what stays says nothing')
})

t.test('what the brake keeps inside is said, and does not pass the limit', async (t) => {
  const own = Array.from({ length: 150 }, (_, n) => `10.80.${n}.0/24`)
  const outlook = { subject: 's', family: 'ipv4-unicast', outLimit: 100 } as const
  const said = routeEffects(
    [
      {
        ...outlook,
        accepted: { before: 0, after: 0 },
        announced: { before: 90, after: own.length },
      },
    ],
    () => ({ limit: 100, beyond: 'the provider ends the session' }),
  )
  t.match(said, [
    {
      impact: 'soft',
      why: 'ipv4-unicast: announced: 90 → 100; 50 stay inside, because the limit is 100',
    },
  ])
})

t.test('what the table does not show is not foreseen', async (t) => {
  const aggregate = { prefix: sure(toPrefix('10.64.0.0/13')), summaryOnly: true }
  const both = neighbor(A, [OPEN, ['10.64.0.0/10 - 24']])
  const fewer = neighbor(A, [OPEN, ['10.64.0.0/21 - 24']])
  const plain = wanted(both)
  const after = (want: Want, inForce: Want) =>
    forecast({ want, inForce, routes: many(12, B), counts: { [A]: [0, 12] } })[0]?.announced.after
  const [instance] = plain.bgp
  const gathered = { ...plain, bgp: [{ ...sure(instance), aggregates: [aggregate] }] }
  t.equal(after(wanted(fewer), plain), 8, 'without an aggregate it is counted')
  const hidden = { ...gathered, bgp: [{ ...sure(gathered.bgp[0]), neighbors: [fewer] }] }
  t.equal(after(hidden, plain), null)
  const router = { inForce: plain, counts: { [A]: [0, 12] } } as const
  t.strictSame(said({ ...router, want: hidden, routes: many(12, B) }), [
    'soft: ipv4-unicast: an aggregate, a static route or a default route of this router changes what is announced: 12 announced routes may become fewer',
  ])
  t.match(said({ ...router, want: wanted(fewer), routes: null }), [/too many routes.*12 announced/])
  t.match(
    routeEffects(
      forecastRoutes(wanted(fewer), {
        sessions: new Map([[`neighbor ${A}`, [{ family: 'ipv4-unicast', received: 0, sent: 12 }]]]),
        view: { tables: [], present: new Map() },
        frr: { version: '8.4.4', bgpd: [], bfdd: [], faults: [] },
        inForce: plain,
      }),
    ),
    [{ why: /did not list its table.*12 announced routes may become fewer/ }],
    'a table that was not read is not called too long',
  )
})

t.test('a prefix whose static route goes is not announced any more', async (t) => {
  const prefixes = ['10.64.0.0/24', '10.65.0.0/24']
  const want = wanted(neighbor(A, [OPEN, prefixes]))
  const discarding = (list: readonly string[]): Want => ({
    ...want,
    routes: list.map((text) => ({
      ...{ vrf: null, prefix: sure(toPrefix(text)), nextHop: null, distance: 1 },
    })),
  })
  const network = prefixes.map((prefix) => `  network ${prefix} route-map demarc-originate\n`)
  const router = {
    inForce: discarding(prefixes),
    routes: prefixes.map((prefix) => route(prefix, null)),
    present: prefixes,
    counts: { [A]: [0, 2] },
    config: ` address-family ipv4 unicast\n${network.join('')} exit-address-family\n`,
  } as const
  t.strictSame(said({ ...router, want: discarding(prefixes) }), [], 'nothing changes')
  const fewer = { ...router, want: discarding(prefixes.slice(0, 1)) }
  t.equal(forecast(fewer)[0]?.announced.after, 1)
  const none = { ...router, want: discarding([]) }
  t.match(said(none), [/^traffic-loss: .*announced/])
  t.strictSame(
    [...routeFloors(forecast(none)).values()],
    [],
    'and the loss is not taken for a fault',
  )
})

t.test('what one session no longer brings, the others no longer get', async (t) => {
  const config = [A, B].map((address) => ` neighbor ${address} description demarc net-a\n`).join('')
  const router = {
    routes: [...many(10, A), ...many(2, B, '10.65')],
    counts: { [A]: [10, 12], [B]: [2, 12] },
    config,
  } as const
  const inForce = wanted(neighbor(A, [OPEN, OPEN]), neighbor(B, [OPEN, OPEN]))
  const narrow = wanted(neighbor(A, [['10.64.0.0/24'], OPEN]), neighbor(B, [OPEN, OPEN]))
  t.strictSame(said({ ...router, inForce, want: narrow }), [
    'soft: ipv4-unicast: import would refuse 9 of 10 accepted routes',
    'soft: ipv4-unicast: announced: 12 → 3',
    'soft: ipv4-unicast: announced: 12 → 3',
  ])
  const removed = wanted(neighbor(B, [OPEN, OPEN]))
  t.strictSame(said({ ...router, inForce, want: removed }), [
    'soft: ipv4-unicast: announced: 12 → 2',
  ])
  const shut = wanted(
    neighbor(A, [OPEN, OPEN], { shutdown: { message: null } }),
    neighbor(B, [OPEN, OPEN]),
  )
  t.match(said({ ...router, inForce, want: shut }), [/announced: 12 → 2/])
  const foreign = { ...router, config: '' }
  t.strictSame(said({ ...foreign, inForce, want: removed }), [], 'a session of somebody else stays')
})

t.test('another path takes the place of one that goes', async (t) => {
  const both: TableRoute = {
    prefix: '10.64.0.0/24',
    paths: [
      { from: A, best: true, internal: false, communities: [], asPath: '' },
      { from: B, best: false, internal: false, communities: [], asPath: '' },
    ],
  }
  const router = { routes: [both], counts: { [A]: [1, 1], [B]: [1, 1] } } as const
  const want = wanted(neighbor(A, [[], OPEN]), neighbor(B, [OPEN, OPEN]))
  t.match(forecast({ ...router, want }), [
    { accepted: { before: 1, after: 0 }, announced: { before: 1, after: 1 } },
    { accepted: { before: 1, after: 1 }, announced: { before: 1, after: 1 } },
  ])
})

t.test('communities and iBGP keep routes inside', async (t) => {
  const count = (over: Partial<RoutePath>, peerAs = 64512) => {
    const want = wanted(neighbor(A, [[], OPEN], { peerAs }))
    const routes = [route('10.64.1.0/24', B, over)]
    return forecast({ want, routes, counts: { [A]: [0, 5] } })[0]?.announced.after
  }
  t.equal(count({}), 1)
  t.equal(count({ communities: ['65020:1', 'no-export'] }), 0)
  t.equal(count({ communities: ['no-advertise'] }), 0)
  t.equal(count({ communities: ['no-export'] }, 65010), 1, 'iBGP is the same AS')
  t.equal(count({ internal: true }, 65010), 0)
  t.equal(count({ internal: true }), 1)
})

t.test(
  'a prefix that demarc stops to originate is gone, that of somebody else is not',
  async (t) => {
    const config =
      ' address-family ipv4 unicast\n  network 10.64.1.0/24 route-map demarc-originate\n'
    const want = wanted(neighbor(A, [[], OPEN]))
    const routes = [route('10.64.1.0/24', null), route('10.64.2.0/24', null)]
    t.match(forecast({ want, routes, config, counts: { [A]: [0, 2] } }), [
      { announced: { before: 2, after: 1 } },
    ])
  },
)

t.test(
  'too many routes: what is certain is said, and the rest is said to be unknown',
  async (t) => {
    const router = { routes: null, counts: { [A]: [20_000, 7] } } as const
    const inForce = wanted(neighbor(A, [OPEN, OPEN]))
    const narrow = wanted(neighbor(A, [['10.64.0.0/12 - 24'], OPEN]))
    t.strictSame(said({ ...router, inForce, want: inForce }), [])
    t.match(said({ ...router, inForce, want: narrow }), [
      /^soft: ipv4-unicast: the table has too many routes .*: 20000 accepted routes may become fewer$/,
    ])
    t.match(said({ ...router, inForce, want: wanted(neighbor(A, [[], OPEN])) }), [
      /^traffic-loss: ipv4-unicast: import would refuse 20000 of 20000/,
    ])
  },
)

t.test('sessions that are not up, or shut down, have no forecast', async (t) => {
  const want = wanted(
    neighbor(A, [OPEN, OPEN], { shutdown: { message: null } }),
    neighbor(B, [[], []]),
  )
  t.strictSame(forecast({ want, routes: many(3, A), counts: { [A]: [3, 0] } }), [])
})

const prefixes = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 64, max: 67 }), fc.integer({ min: 0, max: 255 })),
  { selector: ([a, b]) => `${a}.${b}`, maxLength: 40 },
)
const policy = fc.array(
  fc.constantFrom('10.64.0.0/16 - 24', '10.65.0.0/17 24', '10.64.0.0/10 - 24', '10.66.0.0/24'),
  { maxLength: 3 },
)

t.test('no forecast makes routes of nothing, and the same policy changes nothing', async () => {
  fc.assert(
    fc.property(prefixes, policy, policy, (found, into, out) => {
      const routes = found.map(([a, b]) => route(`10.${a}.${b}.0/24`, A))
      const want = wanted(neighbor(A, [into, out]), neighbor(B, [into, out]))
      const counts = { [A]: [routes.length, 0], [B]: [0, 3] } as const
      const [first] = forecast({ want, routes, counts })
      const [, kept] = forecast({ want, inForce: want, routes, counts })
      const after = first?.accepted.after ?? -1
      const most = into.length === 0 ? 0 : routes.length
      // Refused routes leave the table, so that only of an import that takes all the count stays.
      const isKept = after < routes.length || kept?.announced.after === 3
      return after >= 0 && after <= most && isKept
    }),
  )
})

t.test('what is said joins the effect of the same subject, at the worse impact', async (t) => {
  const plan: Plan = {
    steps: [{ step: { do: 'frr', daemon: 'bgpd', lines: ['x'] }, impact: 'soft' }],
    impact: 'soft',
    effects: [{ subject: 'neighbor 10.0.0.1', impact: 'soft', why: 'import policy changes' }],
  }
  const added = [
    { subject: 'neighbor 10.0.0.1', impact: 'traffic-loss', why: 'refuses 2 of 2' },
    { subject: 'neighbor 10.0.1.1', impact: 'soft', why: 'announced: 2 → 1' },
    { subject: 'neighbor 10.0.1.1', impact: 'soft', why: 'and more' },
  ] as const
  t.strictSame(withRouteEffects(plan, added), {
    ...plan,
    impact: 'traffic-loss',
    effects: [
      { ...added[0], why: 'import policy changes; refuses 2 of 2' },
      { ...added[1], why: 'announced: 2 → 1; and more' },
    ],
  })
  const idle = { ...plan, steps: [] }
  t.equal(withRouteEffects(idle, added), idle)
})

t.test('a session keeps what was foreseen, but for one route in ten', async (t) => {
  const outlook = (before: number | null, after: number | null) => ({ before, after })
  const of = (accepted: RouteForecast['accepted'], announced: RouteForecast['announced']) =>
    routeFloors([{ subject: 's', family: 'ipv4-unicast', accepted, announced }]).get('s')
  t.match(of(outlook(12, 12), outlook(0, 4)), [{ direction: 'accepted', before: 12, least: 11 }])
  t.match(of(outlook(9, 9), outlook(20, 5)), [{ least: 9 }, { direction: 'announced', least: 5 }])
  t.equal(of(outlook(12, 0), outlook(null, null)), undefined, 'an announced loss is none')
  t.match(of(outlook(20_000, null), outlook(3, 90)), [{ least: 1 }, { least: 3 }])
  const floors = of(outlook(12, 12), outlook(4, 4)) ?? []
  const now = (received: number, sent: number) =>
    missingRoutes(floors, [{ family: 'ipv4-unicast', received, sent }])
  t.equal(now(11, 4), null)
  t.match(now(0, 3), /^ipv4-unicast: 12 routes were accepted from it .*; ipv4-unicast: 4 routes/)
  t.equal(missingRoutes(floors, []), null)
})
