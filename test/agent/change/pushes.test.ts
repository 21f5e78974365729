import t, { type Test } from 'tap'
import { startHubLink } from '../../../src/agent/hub/link.js'
import { millis } from '../../../src/core/base/time.js'
import { AGENT_METHODS } from '../../../src/core/wire/messages.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { connectLocal } from '../../../src/edge/socket/local.js'
import { helloOf, hubBench } from '../../hub/bench.js'
import { memoryReports } from '../../hub/side.js'
import { intent } from '../../support/agent/engine.js'
import { localAgent } from '../../support/agent/local-agent.js'
import { waitFor } from '../../support/process/wait.js'

const ROUTER = 'r1'

/** An agent with a command at its socket and a hub that it has dialled; both push over their own. */
async function twoMasters(t: Test) {
  const at = await localAgent(t)
  const take = at.methods['intent.push']
  if (take === undefined) throw new Error('the agent has no method for a push')
  const hub = await hubBench()
  t.teardown(hub.close)
  let arrived = 0
  const stop = new AbortController()
  let up = false
  const link = startHubLink({
    settings: {
      urls: [`ws://127.0.0.1:${hub.port()}/agent`],
      heartbeat: millis(1000),
      silence: millis(5000),
      backoffCap: millis(60_000),
    },
    router: ROUTER,
    token: () => hub.register(ROUTER),
    ca: async () => null,
    hello: () => helloOf(ROUTER),
    handlers: {
      async 'intent.push'(params) {
        arrived += 1
        return take(params)
      },
    },
    reports: memoryReports(),
    onWarning: () => undefined,
    onState: ({ connected }) => (up = connected),
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
  })
  const local = await connectLocal({
    path: at.socket,
    mine: {},
    theirs: AGENT_METHODS,
    handlers: () => ({}),
  })
  if (!local.ok) throw new Error('the socket does not answer')
  t.teardown(async () => {
    local.value.hangUp(1000, 'done')
    stop.abort()
    await link.stopped
  })
  await waitFor('up', () => up, { until: (yes) => yes, within: 10, every: 20 })
  return { at, hub, local: local.value, fromHub: () => arrived }
}

/** Pushes over both sockets, the first before the second; the answer to each. */
async function bothPush(
  { at, hub, local, fromHub }: Awaited<ReturnType<typeof twoMasters>>,
  [ours, theirs]: readonly [number, number],
  first: 'local' | 'hub' | 'any',
) {
  const terms = { secrets: undefined, probes: [], dryRun: false, adopt: false }
  const byLocal = async () => {
    const answer = local.call('intent.push', { intent: intent(ours), confirmWithin: 60, ...terms })
    // The socket keeps its order: the push has arrived before this is answered.
    await local.call('ping', {})
    return { answer }
  }
  const byHub = async () => {
    const path = `/v1/routers/${ROUTER}/intent?confirmWithin=60`
    const answer = hub.api('PUT', path, intent(theirs, 200))
    await waitFor('it arrives', fromHub, { until: (n) => n === 1, within: 10, every: 5 })
    return { answer }
  }
  // A turn is under way, so that both have arrived before either is looked at.
  let release = (): void => undefined
  const turn = new Promise<void>((resolve) => (release = resolve))
  if (first !== 'any') void at.exclusively(() => turn)
  const early = first === 'hub' ? await byHub() : null
  const mine = first === 'any' ? byLocal() : await byLocal()
  const other = early ?? (await byHub())
  release()
  return { mine: await (await mine).answer, other: (await other.answer).body }
}

/** The same one, and each the higher one once. */
const GENERATIONS = [
  [1, 1],
  [1, 2],
  [2, 1],
] as const

for (const first of ['local', 'hub', 'any'] as const) {
  t.test(`of two pushes at once one is the change and one is busy; first: ${first}`, async (t) => {
    for (const generations of GENERATIONS) {
      const masters = await twoMasters(t)
      const { engine, phases, settle, kernel } = masters.at
      const { mine, other } = await bothPush(masters, generations, first)
      await settle()
      const won = mine.ok ? 'local' : 'hub'
      if (first !== 'any') t.equal(won, first)
      const busy = [{ code: 'CHANGE_BUSY' }]
      if (mine.ok) t.match(other, { delivery: 'waiting', reasons: busy })
      else t.match([mine.faults, other], [busy, { delivery: 'accepted' }])
      t.strictSame(phases, ['planned', 'applying', 'provisional'], 'there is one change')
      t.equal(engine.running()?.ref.generation, generations[mine.ok ? 0 : 1])
      const vlans = kernel.links().flatMap(({ detail }) => (detail.kind === 'vlan' ? detail : []))
      t.match(vlans, [{ vlanId: mine.ok ? 100 : 200 }], 'and nothing of the other')
    }
  })
}

t.test(
  'a push of an invalid intent is refused before anything else, and changes nothing',
  async (t) => {
    const at = await localAgent(t)
    const before = at.kernel.links()
    const terms = { secrets: undefined, probes: [], dryRun: false, adopt: false }
    const answer = await at.methods['intent.push']?.({
      intent: { ...intent(1), extra: 1 },
      ...terms,
    })
    t.match(answer, { ok: false, faults: [{ code: 'INTENT_UNKNOWN_KEY' }] })
    await at.settle()
    t.strictSame(at.phases, [])
    t.strictSame(at.pushed, [], 'its passwords are not looked at')
    t.strictSame(at.kernel.links(), before)
  },
)
