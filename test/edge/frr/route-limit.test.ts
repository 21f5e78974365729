import t from 'tap'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { peerAddresses, startFrrBench, startPeer } from '../../support/frr/frr-peer.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'

/**
 * FRR's `maximum-prefix-out` as a brake: the peer is an FRR that ends the session above 100 routes, as providers do,
 * and the router has 90 routes, then 150. With the brake the session never falls; without it, it does.
 */

const [PEER] = peerAddresses(0)

async function type(frr: Frr, ...lines: readonly string[]): Promise<void> {
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  if (refused !== null) throw new Error(refused.message)
}

const inFamily = (...lines: readonly string[]) => [
  'router bgp 65010',
  'address-family ipv4 unicast',
  ...lines,
  'exit-address-family',
  'exit',
]

const networks = (from: number, to: number, no = '') =>
  Array.from({ length: to - from }, (_, n) => `${no}network 10.80.${from + n}.0/24`)

/** Both versions at once: sessions are waited for most of the time. */
t.jobs = 2

for (const program of frrPrograms()) {
  t.test(`FRR ${program.version}`, { timeout: 240_000 }, async (t) => {
    const { alone, frr } = await startFrrBench(t, program)
    const family = ['neighbor 10.0.0.2 maximum-prefix 100']
    const peer = await startPeer(alone, program, { number: 0, peerAs: 65020, networks: [], family })
    t.teardown(() => peer.close())
    await type(
      frr,
      'router bgp 65010',
      'no bgp ebgp-requires-policy',
      'no bgp network import-check',
      `neighbor ${PEER} remote-as 65020`,
      `neighbor ${PEER} timers 3 9`,
      `neighbor ${PEER} timers connect 2`,
      'exit',
    )
    await type(frr, ...inFamily(`neighbor ${PEER} maximum-prefix-out 100`, ...networks(0, 90)))
    const state = async () => {
      const [found] = await frr.neighbors()
      const [counts] = found?.families ?? []
      return {
        up: found?.sessionState === 'Established',
        sent: counts?.sent,
        limit: counts?.outLimit,
        sessions: found?.establishedTransitions,
      }
    }
    const sending = (sent: number) =>
      waitFor(`${sent} are announced`, state, {
        until: (now) => now.up && now.sent === sent,
        within: 60,
        every: 200,
      })

    await t.test('with the brake, the surplus stays inside and the session stays up', async (t) => {
      const before = await sending(90)
      t.equal(before.limit, 100)
      await type(frr, ...inFamily(...networks(90, 150)))
      await sending(100)
      // A surplus would go out with the rest: bgpd announces what is new at once.
      const until = Date.now() + 3000
      let worst = 0
      while (Date.now() < until) {
        const { up, sent, sessions } = await state()
        worst = Math.max(worst, sent ?? Number.POSITIVE_INFINITY)
        if (!up || sessions !== before.sessions) t.fail('the session fell')
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
      t.equal(worst, 100)
      const provider = await waitFor('the provider has them', async () => peer.neighbors(), {
        until: ([one]) => one?.families[0]?.received === 100,
        ...{ within: 30, every: 200 },
      })
      t.match(provider, [{ sessionState: 'Established', overLimit: null }])
    })

    await t.test('what stayed inside goes out with a higher limit only', async (t) => {
      await type(frr, ...inFamily(...networks(0, 20, 'no ')))
      t.match(await sending(80), { up: true }, 'FRR does not fill up what was withdrawn')
      await type(frr, ...inFamily(...networks(100, 150, 'no ')))
      await type(frr, ...inFamily(`neighbor ${PEER} maximum-prefix-out 99`))
      t.match(await sending(80), { up: true })
    })

    await t.test('without the brake, the peer ends the session', async (t) => {
      await type(frr, ...inFamily(...networks(0, 150)))
      await type(frr, ...inFamily(`no neighbor ${PEER} maximum-prefix-out`))
      const ended = async () => (await peer.neighbors())[0]?.overLimit ?? null
      t.ok(
        await waitFor('the provider ends it', ended, {
          until: (hold) => hold !== null,
          within: 60,
          every: 300,
        }),
      )
    })
  })
}
