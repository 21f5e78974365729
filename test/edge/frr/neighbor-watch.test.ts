import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { planFrr } from '../../../src/core/frr/plan/plan.js'
import type { BgpNeighbor } from '../../../src/core/model/bgp.js'
import { toIpText, toPrefix } from '../../../src/core/model/names.js'
import type { ShownNeighbor } from '../../../src/core/model/state.js'
import { createNeighborWatch } from '../../../src/edge/frr/neighbor-watch.js'
import type { Frr } from '../../../src/edge/frr/frr.js'
import { millis } from '../../../src/core/base/time.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { plainInstance, plainNeighbor } from '../../support/frr/bgp-instance.js'
import { peerAddresses, startPeer, startFrrBench } from '../../support/frr/frr-peer.js'
import { frrPrograms } from '../../support/frr/isolated-frr.js'
import { waitFor } from '../../support/process/wait.js'

/** What quiet looks see of a real FRR, compared with what a whole reading shows. */

const [PEER] = peerAddresses(0)
/** Nobody is there. */
const ABSENT = '10.0.0.3'

function neighbor(address: string, over: Partial<BgpNeighbor>, prefixes: readonly string[]) {
  const plain = plainNeighbor(address, {
    peerAs: 65020,
    holdTime: 9,
    keepaliveInterval: 3,
    ...over,
  })
  const family = sure(plain.ipv4Unicast ?? undefined)
  const rules = prefixes.map((prefix) => ({ prefix: sure(toPrefix(prefix)), ge: null, le: null }))
  return {
    ...plain,
    address: sure(toIpText(address)),
    connectRetry: 2,
    ipv4Unicast: { ...family, import: { ...family.import, prefixes: rules } },
  }
}

async function apply(frr: Frr, neighbors: readonly BgpNeighbor[]): Promise<void> {
  const plan = planFrr([plainInstance(...neighbors)], await frr.read())
  if (!plan.ok) throw new Error(JSON.stringify(plan.faults))
  const { early, drain, remove, change } = plan.value
  for (const { step } of [...early, ...drain, ...remove, ...change]) {
    const refused = step.do === 'frr' ? await frr.apply(step) : null
    if (refused !== null) throw new Error(refused.message)
  }
}

/** Without what a summary does not show. */
const seen = (all: readonly ShownNeighbor[]) =>
  all.map(({ address, sessionState, adminDown, establishedTransitions, families }) => ({
    ...{ address, sessionState, adminDown, establishedTransitions, families },
  }))

for (const program of frrPrograms()) {
  t.test(
    `FRR ${program.version}: quiet looks see every change`,
    { timeout: 120_000 },
    async (t) => {
      const { alone, frr } = await startFrrBench(t, program)
      const far = { number: 0, peerAs: 65020, networks: ['10.64.0.0/24', '10.65.0.0/24'] }
      const peer = await startPeer(alone, program, far)
      t.teardown(() => peer.close())

      async function same(what: string, is: (peer: ShownNeighbor | undefined) => boolean) {
        // A session changes at any moment, that of the absent neighbour too: what is the same before and after a
        // quiet look was so while it looked.
        const around = async () => ({
          before: seen(await frr.neighbors()),
          quiet: await frr.watched(true),
          after: seen(await frr.neighbors()),
        })
        const { quiet, after } = await waitFor(what, around, {
          until: (all) => is(all.quiet.find(isPeer)) && isDeepStrictEqual(all.before, all.after),
          ...{ within: 30, every: 200 },
        })
        t.strictSame(seen(quiet), after, what)
      }
      const received = (count: number) => (one: ShownNeighbor | undefined) =>
        one?.sessionState === 'Established' && one.families[0]?.received === count

      await frr.watched(true)
      await apply(frr, [neighbor(PEER, {}, ['10.64.0.0/24']), neighbor(ABSENT, {}, [])])
      await same('a session', received(1))
      await apply(frr, [neighbor(PEER, {}, far.networks), neighbor(ABSENT, {}, [])])
      await same('more routes', received(2))
      const before = await frr.watched(true)
      const again = await frr.watched(true)
      t.equal(again.find(isPeer), before.find(isPeer), 'nothing changes')
      await apply(frr, [
        neighbor(PEER, { shutdown: { message: null } }, []),
        neighbor(ABSENT, {}, []),
      ])
      await same('a shutdown', (one) => one?.adminDown === true)
      await apply(frr, [neighbor(ABSENT, {}, [])])
      await same('a neighbour that is gone', (one) => one === undefined)
    },
  )
}

function isPeer({ address }: ShownNeighbor): boolean {
  return address === PEER
}

t.test(
  'bgpd is asked for what has changed, and for all of many changes or after 30 s',
  async (t) => {
    const many = Array.from({ length: 50 }, (_, place) => `10.1.0.${place}`)
    const sent = new Map(many.map((address) => [address, 0]))
    const asked: string[] = []
    let now = 0
    const about = (address: string) => ({
      ...{ bgpState: 'Established', remoteAs: 1, connectionsEstablished: 1 },
      addressFamilyInfo: { ipv4Unicast: { sentPrefixCounter: sent.get(address) } },
    })
    function answer(command: string): object {
      if (command.includes('summary')) {
        const line = (address: string) => ({ state: 'Established', pfxSnt: sent.get(address) })
        const peers = Object.fromEntries(many.map((address) => [address, line(address)]))
        return { default: { ipv4Unicast: { peers } } }
      }
      const [, one] = / neighbors ([\d.]+) json$/.exec(command) ?? []
      if (one !== undefined) return { [one]: about(one) }
      return { default: Object.fromEntries(many.map((address) => [address, about(address)])) }
    }
    const watch = createNeighborWatch(
      async (commands) => {
        asked.push(...commands.filter((command) => !command.includes('summary')))
        return commands.map((command) => JSON.stringify(answer(command)))
      },
      () => millis(now),
    )
    async function look(quiet: boolean, changed: number) {
      asked.length = 0
      for (const address of many.slice(0, changed)) sent.set(address, (sent.get(address) ?? 0) + 1)
      const found = await watch.neighbors(quiet)
      t.strictSame(
        found.map(({ families }) => families[0]?.sent),
        many.map((address) => sent.get(address)),
      )
      return [...asked]
    }
    const ALL = 'show bgp vrf all neighbors json'
    t.strictSame(await look(true, 0), [ALL], 'the first one')
    t.strictSame(await look(true, 0), [])
    t.strictSame(
      await look(true, 2),
      many.slice(0, 2).map((one) => `show bgp neighbors ${one} json`),
    )
    t.strictSame(await look(true, 40), [ALL])
    t.strictSame(await look(false, 0), [ALL])
    now = 29_000
    t.strictSame(await look(true, 0), [])
    now = 30_000
    t.strictSame(await look(true, 0), [ALL])
  },
)
