import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { observeNeighbors, unannounced } from '../../../src/agent/health/observe-frr.js'
import { millis } from '../../../src/core/base/time.js'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { AsPathPolicy, BgpNeighbor, PrefixRule } from '../../../src/core/model/bgp.js'
import { toIpText, toPrefix } from '../../../src/core/model/names.js'
import type { Want } from '../../../src/core/model/plan.js'
import { routeEffects } from '../../../src/core/router/route-effects.js'
import { forecastRoutes } from '../../../src/core/router/route-forecast.js'
import { originsOf } from '../../../src/core/routes/policy.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { healthyRouter } from '../../support/agent/router-state.js'
import { peerAddresses, startFrrBench, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'

/** Forecasts of routes, compared with what a real FRR then does: two peers, and policies that change. */

const [PROVIDER, OTHER] = [peerAddresses(0)[0], peerAddresses(1)[0]]

type Rules = readonly (readonly [prefix: string, le?: number])[]

function rules(of: Rules): readonly PrefixRule[] {
  return of.map(([prefix, le]) => ({ prefix: sure(toPrefix(prefix)), ge: null, le: le ?? null }))
}

function neighbor(
  address: string,
  peerAs: number,
  ...[into, out, asPaths = null]: readonly [into: Rules, out: Rules, asPaths?: AsPathPolicy | null]
): BgpNeighbor {
  const plain = plainNeighbor(address, { peerAs, holdTime: 9, keepaliveInterval: 3 })
  const family = sure(plain.ipv4Unicast ?? undefined)
  return {
    ...plain,
    address: sure(toIpText(address)),
    connectRetry: 2,
    ipv4Unicast: {
      ...family,
      import: { ...family.import, prefixes: rules(into), asPaths },
      export: { ...family.export, prefixes: rules(out) },
    },
  }
}

/** What the provider's session and the other one let in and out. */
function wanted(provider: readonly [Rules, Rules], other: readonly [Rules, Rules]): Want {
  const [a, b] = [neighbor(PROVIDER, 65020, ...provider), neighbor(OTHER, 65030, ...other)]
  return { links: [], bgp: [plainInstance(a, b)], routes: [] }
}

async function apply(frr: Frr, want: Want): Promise<void> {
  const plan = planFrr(want.bgp, await frr.read())
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const { early, drain, remove, change } = plan.value
  for (const { step } of [...early, ...drain, ...remove, ...change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
}

/** Accepted and announced of both sessions, as FRR counts them. */
async function counts(frr: Frr): Promise<readonly (readonly (number | null)[])[]> {
  const found = await frr.neighbors()
  return [PROVIDER, OTHER].map((address) => {
    const families = found.find((one) => one.address === address)?.families ?? []
    return families.flatMap(({ received, sent }) => [received, sent])
  })
}

async function forecast(frr: Frr, want: Want, inForce: Want) {
  const found = await frr.neighbors()
  const sessions = new Map(
    found
      .filter(({ sessionState }) => sessionState === 'Established')
      .map(({ address, families }) => [`neighbor ${address}`, families]),
  )
  const origins = want.bgp.flatMap((instance) => [...originsOf(instance, 'ipv4-unicast')])
  const view = await frr.routeView([{ vrf: null, origins }])
  return forecastRoutes(want, { sessions, view, frr: await frr.read(), inForce })
}

const ALL: Rules = [['10.64.0.0/10', 24]]
const [LOCAL, NEW]: readonly [Rules[number], Rules[number]] = [['10.80.1.0/24'], ['10.80.2.0/24']]
/** No route to it is in zebra's table, so that FRR announces nothing of it. */
const ABSENT: Rules[number] = ['10.80.3.0/24']

const FIRST = wanted([ALL, [LOCAL]], [ALL, [LOCAL, ...ALL]])

const CHANGES: readonly (readonly [string, Want])[] = [
  ['a narrower import', wanted([[['10.64.0.0/23', 24]], [LOCAL]], [ALL, [LOCAL, ...ALL]])],
  ['an import that refuses all', wanted([[['10.46.0.0/16']], [LOCAL]], [ALL, [LOCAL, ...ALL]])],
  ['no import at all', wanted([[], [LOCAL]], [ALL, [LOCAL, ...ALL]])],
  [
    'a new prefix, and one that is not there',
    wanted([ALL, [LOCAL, NEW, ABSENT]], [ALL, [LOCAL, ...ALL]]),
  ],
  ['all to both', wanted([ALL, [LOCAL, ...ALL]], [ALL, [LOCAL, ...ALL]])],
  ['one prefix no more', wanted([ALL, []], [ALL, ALL])],
  ['nothing to the other', wanted([ALL, [LOCAL]], [ALL, []])],
]

/** Both versions at once: sessions are waited for most of the time. */
t.jobs = 2

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 300_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const provider = {
      number: 0,
      peerAs: 65020,
      networks: ['10.64.0.0/24', '10.64.1.0/24', '10.64.2.0/24', '10.64.3.0/24'],
    }
    const other = { number: 1, peerAs: 65030, networks: ['10.65.0.0/24', '10.66.0.0/24'] }
    for (const terms of [provider, other]) {
      const peer = await startPeer(alone, program, terms)
      t.teardown(() => peer.close())
    }
    alone.shell('ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up')
    alone.shell('ip addr add 10.80.1.1/24 dev d0; ip addr add 10.80.2.1/24 dev d0')
    const settled = (expected: unknown) => (now: unknown) =>
      JSON.stringify(now) === JSON.stringify(expected)

    /** The provider receives 10.80.1.0/24; the other one that, the provider's four, and its own two again. */
    const isAsBefore = () =>
      waitFor('both sessions are as before', () => counts(frr), {
        until: settled([
          [4, 1],
          [2, 7],
        ]),
        within: 60,
        every: 300,
      })
    const quick = { do: 'frr', daemon: 'bgpd', lines: ['bgp route-map delay-timer 1'] } as const
    t.equal(await frr.apply(quick), null)

    await t.test('what is forecast comes true', async (t) => {
      for (const [name, want] of CHANGES) {
        await apply(frr, FIRST)
        await isAsBefore()
        const said = await forecast(frr, want, FIRST)
        const expected = [PROVIDER, OTHER].map((address) =>
          said
            .filter(({ subject }) => subject === `neighbor ${address}`)
            .flatMap(({ accepted, announced }) => [accepted.after, announced.after]),
        )
        await apply(frr, want)
        const found = await waitFor(`${name} comes true`, () => counts(frr), {
          until: settled(expected),
          within: 30,
          every: 300,
        })
        t.strictSame(found, expected, `${name}: ${JSON.stringify(found)}`)
      }
    })

    await t.test('afterwards, health says what is wrong, and of whom', async (t) => {
      const silent = plainNeighbor(peerAddresses(2)[0], { peerAs: 65040, connectRetry: 2 })
      const begins = [{ low: 65021, high: 65021 }]
      const paths = { without: [], startingWith: begins, originatedBy: [], maxLength: null }
      const filtered = neighbor(PROVIDER, 65020, ALL, [LOCAL], paths)
      const other = neighbor(OTHER, 65030, ALL, [ABSENT])
      const want = { links: [], bgp: [plainInstance(filtered, other, silent)], routes: [] }
      await apply(frr, want)
      const terms = { number: 2, peerAs: 65040, networks: [] }
      const peer = await startPeer(alone, program, terms)
      t.teardown(() => peer.close())
      const isUp = async () => {
        const found = await frr.neighbors()
        const count = (address: string, of: 'received' | 'sent') =>
          found.find((one) => one.address === address)?.families[0]?.[of]
        const states = found.map(({ sessionState }) => sessionState)
        const isRefused = count(PROVIDER, 'received') === 0 && count(OTHER, 'sent') === 0
        return isRefused && states.every((state) => state === 'Established')
      }
      await waitFor('all are up', isUp, { until: Boolean, within: 60, every: 300 })
      // The peer answers each request for its routes, which must not count as routes.
      for (const { address } of want.bgp[0]?.neighbors ?? []) {
        const lines = [`do clear bgp ipv4 unicast ${address} soft in`]
        t.equal(await frr.apply({ do: 'frr', daemon: 'bgpd', lines }), null)
      }
      await sleep(2000)
      const found = await frr.neighbors()
      const absent = new Map(
        await Promise.all(
          unannounced(want, found).map(
            async ({ vrf, prefixes }) => [vrf ?? '', await frr.absent(vrf, prefixes)] as const,
          ),
        ),
      )
      const neighborStates = observeNeighbors(want, found, null, { absent })
      const state = healthyRouter({ neighbors: neighborStates })
      const first = assess(state, NO_HISTORY, millis(0))
      const later = assess(state, first.history, millis(100_000))
      const findings = later.verdicts
        .filter(({ kind }) => kind === 'neighbor')
        .map((verdict) => verdict.findings.map(({ code, message }) => `${code} ${message}`))
      t.match(findings, [
        [
          /^ROUTES_ALL_REFUSED .*Import accepts only 10\.64\.0\.0\/10 le 24, and of those routes with a path that begins with AS 65021: /,
        ],
        [/^NO_ROUTES_ANNOUNCED .*the router has no route to 10\.80\.3\.0\/24\./],
        [/^NO_ROUTES_RECEIVED 10\.0\.2\.1 announces no ipv4-unicast routes/],
      ])
      const gone = want.bgp[0]?.neighbors.slice(0, 2) ?? []
      await apply(frr, { links: [], bgp: [plainInstance(...gone)], routes: [] })
    })

    await t.test('it is said in words', async (t) => {
      await apply(frr, FIRST)
      await isAsBefore()
      const typo = wanted([[['10.46.0.0/16']], [LOCAL]], [ALL, [LOCAL, ...ALL]])
      t.strictSame(routeEffects(await forecast(frr, typo, FIRST)), [
        {
          subject: `neighbor ${PROVIDER}`,
          impact: 'traffic-loss',
          why: 'ipv4-unicast: import would refuse 4 of 4 accepted routes',
        },
        {
          subject: `neighbor ${OTHER}`,
          impact: 'soft',
          why: 'ipv4-unicast: announced: 7 → 3',
        },
      ])
    })
  })
}
