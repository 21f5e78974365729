import t from 'tap'
import { createProviderRemarks } from '../../src/agent/health/provider-remarks.js'
import { agentMethods } from '../../src/agent/methods.js'
import { effectiveOf } from '../../src/agent/state/kept-intent.js'
import { BUILT_IN } from '../../src/core/providers/built-in/catalogue.js'
import { intent } from '../support/agent/engine.js'
import { localAgent } from '../support/agent/local-agent.js'

const TERMS = { dryRun: false, adopt: false, probes: [], maxImpact: 'traffic-loss' as const }

/** The intent of the bench with other names of ports. */
function named(generation: number, ports: readonly string[]) {
  const base = intent(generation)
  return {
    ...base,
    connections: base.connections.map((connection) => ({
      ...connection,
      ports: connection.ports.map((port, i) => ({ ...port, name: ports[i] ?? port.name })),
    })),
  }
}

async function agentWithNames(t: Tap) {
  const at = await localAgent(t)
  const links = async () =>
    at.kernel
      .links()
      .map((link) => (link.name === 'p0' ? { ...link, altNames: ['uplink-a', 'uplink-b'] } : link))
  return { at, push: agentMethods({ ...at.options, links }, 'local')['intent.push'] }
}
type Tap = Parameters<typeof localAgent>[0]

t.test('a port that is named by an alternative name is the link of that name', async (t) => {
  const { at, push } = await agentWithNames(t)
  t.match(await push?.({ intent: named(1, ['uplink-a']), ...TERMS }), { ok: true })
  await at.exclusively(async () => undefined)
  const running = at.engine.running()
  if (running === null) throw new Error('the intent was not taken')
  t.equal(running.intent.connections[0]?.ports[0]?.name, 'uplink-a', 'kept as it was written')
  t.equal(effectiveOf(running).connections[0]?.ports[0]?.name, 'p0')
  t.match(
    at.kernel.links().find(({ name }) => name === 'p0'),
    { up: true },
  )
  await at.exclusively(() => at.engine.reconcile())
  t.match(at.engine.syncState(), { state: 'in-sync' }, 'nothing is left to do')
  const remarks = createProviderRemarks({ profiles: () => BUILT_IN, faults: () => [] })
  t.strictSame(remarks(running).changed, [], 'the name of a port is no rule of a provider')
})

t.test('two names of one link are one port', async (t) => {
  const { push } = await agentWithNames(t)
  const twice = named(1, ['uplink-a', 'uplink-b'])
  const [connection] = twice.connections
  const ports = ['uplink-a', 'uplink-b'].map((name) => ({ name }))
  const aggregation = { lacpMode: 'ACTIVE', interval: 'FAST' }
  const answer = await push?.({
    intent: { ...twice, connections: [{ ...connection, ports, aggregation }] },
    ...TERMS,
  })
  t.match(answer, { ok: false, faults: [{ code: 'INTENT_CONFLICT', message: /p0/ }] })
})
