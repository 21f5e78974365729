import t from 'tap'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import { readBgp } from '../../../src/core/frr/export/bgp.js'
import { familyOf } from '../../../src/core/routes/policy.js'
import { forecastRoutes } from '../../../src/core/router/route-forecast.js'
import type { Want } from '../../../src/core/model/plan.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { peerAddresses, startFrrBench, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { BASE, changed, want } from '../../support/intent/intent-changes.js'
import { waitFor } from '../../support/process/wait.js'

/** Filters of AS paths and communities on a real FRR: what the intent says is what FRR does, and what was forecast. */

const [PEER, OTHER] = [peerAddresses(0)[0], peerAddresses(1)[0]]
const RULE = '10.64.0.0/10 le 24'

/** What the peer announces: the path behind its own AS, and the communities. */
const ANNOUNCED: readonly (readonly [prefix: string, path: string, communities: string])[] = [
  ['10.64.0.0/24', '', '65020:1'],
  ['10.64.1.0/24', '64495', '65020:2 no-peer'],
  ['10.64.2.0/24', '64496', '65020:2'],
  ['10.64.3.0/24', '64511 3320', '65020:1'],
  ['10.64.4.0/24', '64512 3320', ''],
  ['10.64.5.0/24', '4200000000 65551 174', ''],
  ['10.64.6.0/24', '174 4200000001', ''],
]

interface Filters {
  readonly import?: object
  readonly export?: object
}

function wanted({ import: from = {}, export: to = {} }: Filters): Want {
  const [first] = (BASE as { attachments: readonly object[] }).attachments
  const attachments = [65020, 65030].map((peerAs, i) => ({
    ...first,
    name: `net-${i}`,
    vlanId: 100 + i,
    l3: { addresses: [`10.0.${i}.2/30`] },
    bgp: [
      {
        neighborAddress: `10.0.${i}.1`,
        peerAs,
        holdTime: 9,
        connectRetry: 2,
        ipv4Unicast: {
          import: { prefixes: [RULE], ...(i === 0 && from) },
          ...(i === 1 && { export: { prefixes: [RULE], ...to } }),
        },
      },
    ],
  }))
  return want(changed(BASE, ['attachments', attachments]))
}

async function apply(frr: Frr, whole: Want): Promise<readonly string[]> {
  const plan = planFrr(whole.bgp, await frr.read())
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const { early, drain, remove, change, effects } = plan.value
  for (const { step } of [...early, ...drain, ...remove, ...change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
  return effects.map(({ impact }) => impact)
}

const FORBIDDEN = { without: ['64496-64511', '65536-65551'] }

/** The filters of a step, and how many routes are accepted from the one and announced to the other. */
const STEPS: readonly (readonly [name: string, Filters, accepted: number, announced: number])[] = [
  ['forbidden ASes', { import: { asPaths: FORBIDDEN } }, 4, 4],
  [
    'the origin, and forbidden ASes on the way out',
    {
      import: { asPaths: { originatedBy: ['174', '3320-3321'] } },
      export: { asPaths: FORBIDDEN },
    },
    3,
    1,
  ],
  [
    'the first AS, the length, and communities of both sizes',
    {
      import: {
        asPaths: { startingWith: ['65020'], maxLength: 2 },
        matchCommunities: ['65020:1', 'no-peer', '65020:7:7'],
      },
    },
    2,
    2,
  ],
]

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 240_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const peer = await startPeer(alone, program, { number: 0, peerAs: 65020, networks: [] })
    const other = await startPeer(alone, program, { number: 1, peerAs: 65030, networks: [] })
    t.teardown(() => {
      peer.close()
      other.close()
    })
    const lines = [
      ...ANNOUNCED.flatMap(([, path, communities], i) => [
        `route-map R${i} permit 10`,
        ...(path === '' ? [] : [`set as-path prepend ${path}`]),
        ...(communities === '' ? [] : [`set community ${communities}`]),
        ...(i === 0 || i === 1 || i === 3 ? ['set large-community 65020:7:7'] : []),
        'exit',
      ]),
      'router bgp 65020',
      'address-family ipv4 unicast',
      ...ANNOUNCED.map(([prefix], i) => `network ${prefix} route-map R${i}`),
      'exit-address-family',
      'exit',
    ]
    t.equal(await peer.apply({ do: 'frr', daemon: 'bgpd', lines }), null)
    const quick = { do: 'frr', daemon: 'bgpd', lines: ['bgp route-map delay-timer 1'] } as const
    t.equal(await frr.apply(quick), null)
    const look = async () => {
      const found = await frr.neighbors()
      const [a, b] = [PEER, OTHER].map((address) => found.find((one) => one.address === address))
      return {
        up: [a, b].map((one) => one?.sessionState === 'Established'),
        counts: [a?.families[0]?.received, b?.families[0]?.sent],
        sessions: [a?.establishedTransitions, b?.establishedTransitions],
      }
    }
    const open = wanted({})
    const settled = (what: string, ...counts: readonly number[]) =>
      waitFor(what, look, {
        until: (now) =>
          now.up.every(Boolean) && JSON.stringify(now.counts) === JSON.stringify(counts),
        within: 40,
        every: 150,
      })

    await apply(frr, open)
    const { sessions } = await settled('all is there', 7, 7)
    for (const [name, filters, accepted, announced] of STEPS) {
      await t.test(name, async (t) => {
        await apply(frr, open)
        await settled('all is there', 7, 7)
        const whole = wanted(filters)
        const established = new Map(
          (await frr.neighbors()).map(({ address, families }) => [`neighbor ${address}`, families]),
        )
        const view = await frr.routeView([{ vrf: null, origins: [] }])
        const have = await frr.read()
        const said = forecastRoutes(whole, {
          sessions: established,
          view,
          frr: have,
          inForce: open,
        })
        const foreseen = (address: string) =>
          said.find(
            ({ subject, family }) => subject === `neighbor ${address}` && family === 'ipv4-unicast',
          )
        t.equal(foreseen(PEER)?.accepted.after, accepted, 'the accepted ones were foreseen')
        t.equal(foreseen(OTHER)?.announced.after, announced, 'the announced ones were foreseen')
        const impacts = await apply(frr, whole)
        t.ok(impacts.every((impact) => impact === 'soft'))
        const now = await settled(name, accepted, announced)
        t.strictSame(now.sessions, sessions, 'no session falls')
        const after = await frr.read()
        const again = planFrr(whole.bgp, after)
        t.strictSame(again.ok && again.value.change, [], 'the plan of it is empty then')
        const read = readBgp(after).neighbors
        const policies = (all: readonly Parameters<typeof familyOf>[0][]) =>
          all.map((one) => [
            familyOf(one, 'ipv4-unicast')?.import.asPaths,
            familyOf(one, 'ipv4-unicast')?.import.matchCommunities,
            familyOf(one, 'ipv4-unicast')?.export.asPaths,
          ])
        t.strictSame(policies(read), policies(whole.bgp.flatMap(({ neighbors }) => neighbors)))
      })
    }

    await t.test('nothing of it stays behind', async (t) => {
      await apply(frr, open)
      const text = JSON.stringify((await frr.read()).bgpd)
      t.notMatch(text, /access-list|community-list|match as-path|match community/)
    })
  })
}
