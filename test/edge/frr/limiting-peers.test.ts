import t from 'tap'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { peerAddresses, startFrrBench, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { BASE, changed, want } from '../../support/intent/intent-changes.js'
import { startLimitingBird, startLimitingGobgp } from '../../support/peer/limiting-peer.js'
import { waitFor } from '../../support/process/wait.js'

/**
 * The brake against providers of other makes: BIRD and GoBGP end the session above 100 routes. The router has 90 routes
 * of its own, and then passes on 60 of a third neighbour. Two sessions share one limit after that.
 */

const [BIRD, GOBGP] = [peerAddresses(0)[0], peerAddresses(1)[0]]
const RULE = '10.80.0.0/16 ge 24 le 24'

interface Limits {
  /** Of each session. */
  readonly own?: number
  /** Of both together. */
  readonly shared?: number
  /** A default route besides. */
  readonly fallback?: boolean
}

function intent({ own, shared, fallback = false }: Limits): unknown {
  const [first] = (BASE as { attachments: readonly object[] }).attachments
  const attachments = [65020, 65030, 65040].map((peerAs, i) => ({
    ...first,
    name: `net-${i}`,
    vlanId: 100 + i,
    ...(i < 2 && shared !== undefined
      ? { gateway: { name: 'gw', maxPrefixes: { limit: shared } } }
      : {}),
    l3: { addresses: [`10.0.${i}.2/30`] },
    bgp: [
      {
        neighborAddress: `10.0.${i}.1`,
        peerAs,
        holdTime: 9,
        connectRetry: 2,
        ipv4Unicast: {
          import: { prefixes: [RULE] },
          ...(i < 2 && {
            export: {
              prefixes: [RULE],
              defaultOriginate: fallback,
              ...(own !== undefined && { maxPrefixes: { limit: own } }),
            },
          }),
        },
      },
    ],
  }))
  return changed(BASE, ['attachments', attachments])
}

async function apply(frr: Frr, limits: Limits): Promise<void> {
  const plan = planFrr(want(intent(limits)).bgp, await frr.read())
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const { early, drain, remove, change } = plan.value
  for (const { step } of [...early, ...drain, ...remove, ...change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
}

async function type(frr: Frr, as: number, ...networks: readonly string[]): Promise<void> {
  const lines = [
    `router bgp ${as}`,
    'no bgp network import-check',
    'address-family ipv4 unicast',
    ...networks.map((prefix) => `network ${prefix}`),
    'exit-address-family',
    'exit',
  ]
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  if (refused !== null) throw new Error(refused.message)
}

const prefixes = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `10.80.${from + n}.0/24`)

interface Look {
  readonly up: readonly boolean[]
  readonly sent: readonly (number | null | undefined)[]
  readonly sessions: readonly (number | null | undefined)[]
  readonly errors: readonly (string | null | undefined)[]
}

async function look(frr: Frr): Promise<Look> {
  const found = await frr.neighbors()
  const both = [BIRD, GOBGP].map((address) => found.find((one) => one.address === address))
  return {
    up: both.map((one) => one?.sessionState === 'Established'),
    sent: both.map((one) => one?.families[0]?.sent),
    sessions: both.map((one) => one?.establishedTransitions),
    errors: both.map((one) => one?.lastError),
  }
}

/** Both versions at once: sessions are waited for most of the time. */
t.jobs = 2

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 240_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const atBird = await startLimitingBird(alone, { number: 0, peerAs: 65020, limit: 100 })
    await startLimitingGobgp(alone, { number: 1, peerAs: 65030, limit: 100 })
    const third = await startPeer(alone, program, { number: 2, peerAs: 65040, networks: [] })
    t.teardown(() => third.close())
    await apply(frr, { own: 100 })
    await type(frr, 65010, ...prefixes(0, 90))
    const sending = (sent: number) =>
      waitFor(`${sent} are announced`, () => look(frr), {
        until: ({ up, sent: now }) => up.every(Boolean) && now.every((count) => count === sent),
        within: 60,
        every: 200,
      })

    await t.test('90 → 150 routes, and no session falls', async (t) => {
      const before = await sending(90)
      await type(third, 65040, ...prefixes(90, 150))
      await sending(100)
      await new Promise((resolve) => setTimeout(resolve, 2000))
      const after = await look(frr)
      t.strictSame([after.sent, after.sessions], [[100, 100], before.sessions])
      const found = await waitFor('BIRD has them', atBird, {
        until: ({ routes }) => routes === 100,
        ...{ within: 30, every: 200 },
      })
      t.strictSame(found, { routes: 100, hasDefault: false })
    })

    await t.test('two sessions share the limit of a gateway', async (t) => {
      const before = await look(frr)
      for (const fallback of [false, true]) {
        await apply(frr, { shared: 120, fallback })
        const expected = { routes: 60, hasDefault: fallback }
        const found = await waitFor('60 are there', atBird, {
          until: ({ routes, hasDefault }) => routes === 60 && hasDefault === fallback,
          within: 30,
          every: 200,
        })
        const after = await look(frr)
        t.strictSame([found, after.sent, after.sessions], [expected, [60, 60], before.sessions])
      }
    })

    await t.test('without the brake, both peers end the session', async (t) => {
      await apply(frr, {})
      const ended = await waitFor('both have ended it', () => look(frr), {
        until: ({ up }) => up.every((is) => !is),
        within: 60,
        every: 200,
      })
      t.match(ended.errors, [/Maximum Number of Prefixes/i, /Maximum Number of Prefixes/i])
    })
  })
}
