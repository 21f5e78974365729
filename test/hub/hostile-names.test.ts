import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import type { Json } from '../../src/core/base/json.js'
import { canonicalJson } from '../../src/core/base/json.js'
import { difference, merge } from '../../src/core/base/merge-patch.js'
import { millis } from '../../src/core/base/time.js'
import { assess } from '../../src/core/health/assess.js'
import { healthDocument } from '../../src/core/health/document.js'
import { NO_HISTORY } from '../../src/core/health/rules/history.js'
import { toWant } from '../../src/core/intent/want.js'
import { planRouter } from '../../src/core/router/plan.js'
import { parseIntentText } from '../../src/core/wire/intent-parse.js'
import { HOSTILE_NAMES } from '../core/keyed/hostile-names.js'
import { fakeRouter as routerOnFakes, stepsOf } from '../core/router/router-bench.js'
import { localAgent } from '../support/agent/local-agent.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
} from '../support/agent/router-state.js'
import { fakePort } from '../support/kernel/fake-kernel.js'
import { dialHub, good, helloOf, hubBench, ROUTER } from './bench.js'

/** Names of connections and attachments begin with a letter or a digit, those of links may begin with "_". */
const WORDS = HOSTILE_NAMES.filter((name) => !name.startsWith('_'))
/** A name for each: a port, a VRF, a bridge, a connection and an attachment are called the same way. */
const NAMES = HOSTILE_NAMES.map((name, place) => ({ name, word: WORDS[place] ?? `w${place}` }))

const json = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json

const document = {
  schema: 'demarc/intent/v1',
  generation: 1,
  router: { id: ROUTER, role: 'customer' },
  vrfs: NAMES.map(({ name }, place) => ({ name: `${name.slice(0, 11)}.vrf`, table: 1000 + place })),
  connections: NAMES.map(({ name, word }) => ({ name: word, ports: [{ name }] })),
  attachments: NAMES.flatMap(({ name, word }, place) => [
    {
      name: word,
      connection: word,
      vlanId: 100,
      interface: `${name.slice(0, 12)}.v`,
      l3: { vrf: `${name.slice(0, 11)}.vrf`, addresses: [`10.0.${place}.2/30`] },
    },
    {
      name: `${word}.l2`,
      connection: word,
      vlanId: 200,
      interface: `${name.slice(0, 12)}.w`,
      l2: { bridge: `${name.slice(0, 11)}.br` },
    },
  ]),
}

t.test('names that are special to JavaScript come from the intent to the router', async (t) => {
  const intent = good(parseIntentText(JSON.stringify(document)))
  t.equal(canonicalJson(json(intent)), canonicalJson(json(document)))
  const want = good(toWant(intent, { managedPorts: ['*'], secrets: new Map() }))
  const router = routerOnFakes(NAMES.map(({ name }) => fakePort(name)))
  await router.apply(stepsOf(good(planRouter(want, await router.have()))))
  const links = new Set<string>((await router.have()).links.map(({ name }) => name))
  for (const { name } of NAMES) {
    for (const link of [
      name,
      `${name.slice(0, 11)}.vrf`,
      `${name.slice(0, 12)}.v`,
      `${name.slice(0, 12)}.w`,
      `${name.slice(0, 11)}.br`,
    ]) {
      t.ok(links.has(link), link)
    }
  }
  t.equal(good(planRouter(want, await router.have())).steps.length, 0, 'nothing is left to do')
})

/** A router that has all of these names; its ports are dark or not. */
function routerWith(port: typeof healthyPort) {
  return healthyRouter({
    ports: NAMES.map(({ name }) => port(name)),
    connections: NAMES.map(({ name, word }) =>
      healthyConnection({ name: word, interface: name, ports: [name], lacp: null }),
    ),
    attachments: NAMES.map(({ word }) => healthyAttachment({ name: word, connection: word })),
    neighbors: NAMES.map(({ word }) => healthyNeighbor({ attachment: word })),
  })
}

const healthOf = (state: ReturnType<typeof routerWith>) =>
  json(healthDocument(state, assess(state, NO_HISTORY, millis(0)).verdicts, null))

/** The names under a member of the health document, however it was carried. */
const keysUnder = (health: unknown, member: string): readonly string[] =>
  Object.keys((health as Record<string, object>)[member] ?? {}).toSorted()

const PORTS = NAMES.map(({ name }) => name).toSorted()
const CONNECTIONS = NAMES.map(({ word }) => word).toSorted()

t.test('they come from the health document through a patch and the hub to its API', async (t) => {
  const before = healthOf(routerWith(healthyPort))
  const after = healthOf(routerWith(darkPort))
  const patch = difference(before, after)
  t.strictSame(keysUnder(patch, 'ports'), PORTS)
  t.equal(canonicalJson(merge(before, patch)), canonicalJson(after))
  const at = await hubBench()
  t.teardown(at.close)
  const peer = good(await dialHub(at.port(), { token: await at.register() }))
  good(await peer.call('hello', helloOf(ROUTER)))
  const report = { at: new Date().toISOString() }
  good(
    await peer.call('report.health', {
      ...report,
      sequence: 1,
      kind: 'full',
      health: before as object,
    }),
  )
  good(
    await peer.call('report.health', {
      ...report,
      sequence: 2,
      kind: 'difference',
      health: patch as object,
    }),
  )
  await at.restart()
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/health`)
  t.equal(canonicalJson(body['health'] as Json), canonicalJson(after))
  t.strictSame(keysUnder(body['health'], 'ports'), PORTS)
})

const run = promisify(execFile)

t.test('they come out at the command, as a table and as JSON', async (t) => {
  const agent = await localAgent(t)
  agent.look(routerWith(healthyPort))
  const demarc = async (...words: string[]) => {
    const options = ['dist/demarc.js', '--socket', agent.socket, ...words]
    return (await run(process.execPath, options)).stdout
  }
  t.strictSame(
    Object.keys(JSON.parse(await demarc('--json', 'show', 'ports')) as object).toSorted(),
    PORTS,
  )
  const status = JSON.parse(await demarc('--json', 'status')) as { readonly health: unknown }
  t.strictSame(keysUnder(status.health, 'ports'), PORTS)
  t.strictSame(keysUnder(status.health, 'connections'), CONNECTIONS)
  for (const [thing, names] of [
    ['ports', PORTS],
    ['connections', CONNECTIONS],
    ['attachments', CONNECTIONS],
  ] as const) {
    const lines = (await demarc('show', thing)).split('\n').map((line) => line.split(' ')[0])
    for (const name of names) t.ok(lines.includes(name), `${thing} ${name}`)
  }
})
