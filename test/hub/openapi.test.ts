import { createConnection } from 'node:net'
import { t } from 'tap'
import { fault, FAULTS, nextAfter, type FaultCode } from '../../src/core/base/fault.js'
import { ok, refused } from '../../src/core/base/result.js'
import { statusOf } from '../../src/hub/api/reply.js'
import type { PlanSummary } from '../../src/core/wire/messages.js'
import { faultCodes } from '../../src/hub/api/operation.js'
import { OPERATIONS } from '../../src/hub/api/operations.js'
import { Refused } from '../../src/hub/api/shapes.js'
import {
  event,
  fakeRouter,
  good,
  hubBench,
  intent,
  progress,
  ROUTER,
  type HubBench,
} from './bench.js'
import {
  createChecker,
  eventsOf,
  operationsOf,
  readPage,
  type Exchange,
  type OpenApiPage,
  type PlacedOperation,
} from './openapi-page.js'

const AWAY = 'ams-edge-1'
const FIXED = 'fra-edge-1'
const SPARE = 'lon-edge-1'
const SHA = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const CODES = Object.keys(FAULTS) as FaultCode[]
/** One code of each status: what the agent answers is passed on alike for all. */
const ONE_OF_EACH = CODES.filter(
  (code, at) => CODES.findIndex((other) => statusOf(other) === statusOf(code)) === at,
)
const STREAMS_MAX = 64
/** A router that takes words about its connections. */
const TALKS = 'rom-edge-1'
const WORD = { kind: 'attachment', name: 'net-a', word: 'offered' }
const mayPass = (code: FaultCode): boolean =>
  nextAfter(code) === 'retry' || code === 'METHOD_UNKNOWN' || code === 'STATE_UNWRITABLE'

/** One request; what is left out has a value with which the operation succeeds. */
interface Trial {
  readonly id?: string
  readonly change?: string
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Requests of each operation beyond those that every operation gets; see {@link commonTrials}. */
const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  getHealthz: [{}],
  getReadyz: [{}],
  getMetrics: [{}],
  listRouters: [{}, { query: '?severity=critical' }, { query: '?severity=bad' }],
  registerRouter: [
    { body: { id: 'new-edge-1' } },
    { body: { id: ROUTER } },
    { body: { id: '../x' } },
    { body: 'no JSON' },
  ],
  getRouter: [{}, { id: AWAY }],
  removeRouter: [{ id: SPARE }, { id: FIXED }],
  rotateToken: [
    { id: AWAY, body: { overlapSeconds: 60 } },
    { id: AWAY, body: '' },
    { id: AWAY, body: { overlapSeconds: -1 } },
    { id: AWAY, body: 'no JSON' },
    { id: FIXED },
  ],
  listAudit: [{}, { query: `?after=0&limit=2&router=${AWAY}` }],
  makeBackup: [
    { body: { name: 'first' } },
    { body: { name: 'first' } },
    { body: { name: '../first' } },
    { body: '{"name": "a", "name": "b"}' },
  ],
  pushIntent: [
    { query: '?change=first&confirmWithin=60&maxImpact=soft&adopt=true', body: intent(100) },
    { query: '?dryRun=true', body: intent(101) },
    { body: { intent: intent(101), probes: [], secrets: {} } },
    { id: AWAY, body: intent(1, AWAY) },
    { id: AWAY, query: '?dryRun=true', body: intent(2, AWAY) },
    { body: intent(1) },
    { body: intent(1, AWAY) },
    { body: { ...intent(0), surprise: 1 } },
    { body: '{"schema":' },
    { query: '?confirmWithin=0', body: intent(102) },
    ...CODES.map((code, place) => ({ query: `?change=${code}`, body: intent(200 + place) })),
  ],
  getIntent: [{}, { query: '?generation=100' }, { query: '?generation=3' }],
  getHealth: [{}, { id: AWAY }],
  listChanges: [{}, { query: '?after=0&limit=1' }, { query: '?limit=5000' }],
  listEvents: [{}, { query: '?after=0&limit=1' }],
  getLifecycle: [{}],
  sayLifecycle: [
    { id: TALKS, body: WORD },
    { id: TALKS, body: 'no JSON' },
    // A word that waits holds up those after it.
    ...CODES.toSorted((a, b) => Number(mayPass(a)) - Number(mayPass(b))).map((name) => ({
      id: TALKS,
      body: { ...WORD, name },
    })),
  ],
  reportOptics: [
    { id: TALKS, body: { port: 'p1', inputPower: -3.5 } },
    { id: TALKS, body: { port: 'p1', inputPower: 'bright' } },
    { id: AWAY, body: { port: 'p1' } },
    ...ONE_OF_EACH.map((port) => ({ id: TALKS, body: { port } })),
  ],
  renewBaseline: [
    { id: TALKS, body: { port: 'p1' } },
    { id: TALKS, body: 'no JSON' },
    { id: AWAY, body: { port: 'p1' } },
    ...ONE_OF_EACH.map((port) => ({ id: TALKS, body: { port } })),
  ],
  streamAll: [{ query: '?after=0' }, { headers: { 'last-event-id': '90000' } }],
  streamRouter: [{ query: '?after=0' }],
  confirmChange: [{}, { id: AWAY }, ...CODES.map((change) => ({ change }))],
  cancelChange: [{}, { id: AWAY }, ...CODES.map((change) => ({ change }))],
}

/** Statuses that no request of this test can bring about: a defect, a broken body, a broken or full store. */
const UNPROVOKED: Readonly<Record<string, readonly string[]>> = {
  getReadyz: ['500', '503'],
  registerRouter: ['500', '502', '503'],
  removeRouter: ['500', '503'],
  rotateToken: ['500', '502', '503'],
  makeBackup: ['500', '502'],
  pushIntent: [],
  confirmChange: [],
  cancelChange: [],
  sayLifecycle: [],
  reportOptics: [],
  renewBaseline: [],
}

/** What every operation gets: no such router, a parameter it does not have, a wrong token. */
function commonTrials({ path, security }: PlacedOperation): Trial[] {
  return [
    { query: '?nonsense=1' },
    ...(path.includes('{id}') ? [{ id: 'nobody' }] : []),
    ...(security === undefined ? [{ headers: { authorization: 'Bearer guess' } }] : []),
  ]
}

/** A hub with a connected router that has reported, one that is away, one of the TOML and one to remove. */
async function preparedHub(): Promise<HubBench> {
  const toml = `[[routers]]\nid = "${FIXED}"\ntoken_sha256 = "${SHA}"\n`
  const at = await hubBench({ toml })
  await at.register(AWAY)
  await at.register(SPARE)
  const talks = await at.register(TALKS)
  await fakeRouter(at, { token: talks, router: TALKS, capabilities: ['lifecycle'] })
  const { peer } = await fakeRouter(at, {
    token: await at.register(),
    onPush({ change, intent: pushed }) {
      const { generation } = pushed as { generation: number }
      if (Object.hasOwn(FAULTS, change ?? '')) return refused(fault(change as FaultCode, 'here'))
      return ok({ change: change ?? 'made-up', generation, digest: 'a'.repeat(64) })
    },
  })
  const health = { ports: { eth0: { severity: 'ok' } } }
  const full = { sequence: 1, at: '2026-01-01T00:00:00.000Z', kind: 'full', health } as const
  good(await peer.call('report.health', full))
  good(await peer.call('report.events', { sequence: 2, events: [event('OPTIC_RX_LOW')] }))
  const plan: PlanSummary = {
    impact: 'soft',
    steps: [{ description: 'add', impact: 'soft' }],
    effects: [],
    stepCount: 1,
    effectCount: 0,
  }
  good(await peer.call('change.progress', { ...progress('planned', 1, 1), plan }))
  const faults = [fault('CHANGE_UNHEALTHY', 'hub')]
  const { phase, at: when, ...ended } = progress('rolled-back', 1, 2)
  const phases = [{ phase, at: when }]
  const end = { ...ended, phase, at: when, phases, restored: true, faults }
  good(await peer.call('change.progress', end))
  return at
}

async function request(
  at: HubBench,
  { operationId, method, path, requestBody }: PlacedOperation,
  { id = ROUTER, change = 'known', query = '', body = {}, headers }: Trial,
): Promise<Exchange> {
  const target = path.replace('{id}', id).replace('{change}', change)
  const stop = new AbortController()
  const response = await fetch(`http://127.0.0.1:${at.port()}${target}${query}`, {
    method,
    headers: { authorization: `Bearer ${at.operator()}`, ...headers },
    ...(requestBody === undefined
      ? {}
      : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: stop.signal,
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  const text = isStream ? await firstEvents(response) : await response.text()
  stop.abort()
  return { operationId, status: response.status, headers: response.headers, text }
}

/** Reads a stream until it holds an event. */
async function firstEvents(response: Response): Promise<string> {
  let text = ''
  const body: AsyncIterable<Uint8Array> | null = response.body
  if (body === null) return text
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString()
    if (text.endsWith('\n\n') && eventsOf(text).length > 0) break
  }
  return text
}

/** A request whose body is announced as longer than the limit; `fetch` cannot send one. */
async function tooLong(at: HubBench, operation: PlacedOperation): Promise<Exchange> {
  const { operationId, method, path } = operation
  const socket = createConnection(at.port(), '127.0.0.1')
  const target = path.replace('{id}', ROUTER)
  socket.write(
    `${method} ${target} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${at.operator()}\r\nContent-Length: 99999999\r\n\r\n{`,
  )
  let answer = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString()
  const [head = '', text = ''] = answer.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line) => line.split(': ', 2) as [string, string]))
  return { operationId, status: Number(statusLine.split(' ')[1]), headers, text }
}

/** Opens all streams there may be and asks for one more. */
async function oneStreamTooMany(at: HubBench, operation: PlacedOperation): Promise<Exchange> {
  const stop = new AbortController()
  const url = `http://127.0.0.1:${at.port()}/v1/stream`
  const options = { headers: { authorization: `Bearer ${at.operator()}` }, signal: stop.signal }
  await Promise.all(Array.from({ length: STREAMS_MAX }, async () => fetch(url, options)))
  const exchange = await request(at, operation, {})
  stop.abort()
  return exchange
}

/** Runs every operation of the page. */
async function runAll(page: OpenApiPage, at: HubBench): Promise<Exchange[]> {
  const exchanges: Exchange[] = []
  const operations = operationsOf(page)
  for (const operation of operations) {
    const trials = [...(TRIALS[operation.operationId] ?? []), ...commonTrials(operation)]
    for (const trial of trials) exchanges.push(await request(at, operation, trial))
    if (operation.requestBody !== undefined) exchanges.push(await tooLong(at, operation))
  }
  for (const operation of operations.filter(({ path }) => path.endsWith('/stream'))) {
    exchanges.push(await oneStreamTooMany(at, operation))
  }
  for (const operation of operations.filter(({ security }) => security === undefined)) {
    exchanges.push(await oneTokenTooMany(at, operation))
  }
  return exchanges
}

/** Wrong tokens that one address is allowed before it has to wait, and more. */
const WRONG_TOKENS = 200

/** Guesses tokens until the hub answers that there were too many. */
async function oneTokenTooMany(at: HubBench, operation: PlacedOperation): Promise<Exchange> {
  const wrong = { headers: { authorization: 'Bearer guess' } }
  for (let tries = 1; ; tries++) {
    const exchange = await request(at, operation, wrong)
    if (exchange.status === 429 || tries === WRONG_TOKENS) return exchange
  }
}

/** Statuses on the page that were not seen. */
function unseen(page: OpenApiPage, exchanges: readonly Exchange[]): string[] {
  return operationsOf(page).flatMap(({ operationId, responses }) =>
    Object.keys(responses)
      .filter((status) => !(UNPROVOKED[operationId] ?? ['500']).includes(status))
      .filter(
        (status) =>
          !exchanges.some(
            (seen) => seen.operationId === operationId && `${seen.status}` === status,
          ),
      )
      .map((status) => `${operationId} ${status}`),
  )
}

t.test('every operation of the OpenAPI page answers as the page promises', async (t) => {
  const at = await preparedHub()
  t.teardown(at.close)
  const page = readPage()
  const exchanges = await runAll(page, at)
  t.strictSame(exchanges.flatMap(createChecker(page)), [])
  t.strictSame(unseen(page, exchanges), [], 'no status of the page is left out')
  t.strictSame(
    operationsOf(page)
      .map(({ operationId }) => operationId)
      .sort(),
    Object.keys(OPERATIONS).sort(),
  )

  await t.test('and a page that promises something else is noticed', async (t) => {
    for (const [what, plant] of Object.entries(PLANTED)) {
      const wrong = readPage()
      plant(wrong)
      const found = [...exchanges.flatMap(createChecker(wrong)), ...unseen(wrong, exchanges)]
      t.ok(found.length > 0, what)
    }
  })
})

const PLANTED: Readonly<Record<string, (page: OpenApiPage) => void>> = {
  'a member of another type': ({ components }) => {
    const view = components.schemas['RouterView']
    if (view !== undefined) view.properties['registeredAt'] = { type: 'integer' }
  },
  'a member that the hub does not send': ({ components }) => {
    const alive = components.schemas['Alive']
    if (alive !== undefined) alive.properties['uptime'] = { type: 'number' }
    alive?.required.push('uptime')
  },
  'a member that is not on the page': ({ components }) => {
    delete components.schemas['HealthView']?.properties['current']
  },
  'a status that is not on the page': ({ paths }) => {
    delete paths['/v1/routers/{id}/intent']?.['put']?.responses['202']
  },
  'a status that never comes': ({ paths }) => {
    const get = paths['/v1/routers']?.['get']
    if (get !== undefined) get.responses['418'] = { content: {} }
  },
  'a fault code that is not on the page': ({ paths }) => {
    const response = paths['/v1/routers/{id}']?.['get']?.responses['404']
    if (response !== undefined) response['x-fault-codes'] = []
  },
  'a header that never comes': ({ paths }) => {
    const response = paths['/healthz']?.['get']?.responses['200']
    if (response !== undefined) response.headers = { ETag: {} }
  },
  'an operation that nobody runs': ({ paths }) => {
    const { get } = paths['/v1/routers'] ?? {}
    if (get !== undefined) paths['/v1/ghosts'] = { get: { ...get, operationId: 'listGhosts' } }
  },
}

t.test('the codes of an operation follow from its parts', async (t) => {
  const codes = faultCodes(OPERATIONS.registerRouter)
  t.strictSame([...codes.keys()], [400, 401, 409, 413, 422, 429, 500, 502, 503])
  t.strictSame(codes.get(413), ['PEER_LIMIT'])
  t.strictSame(faultCodes(OPERATIONS.getHealthz).get(401), undefined, 'public')
  t.ok(Refused.safeParse({ faults: [] }).success)
})
