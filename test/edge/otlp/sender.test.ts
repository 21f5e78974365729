import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { seconds } from '../../../src/core/base/time.js'
import { agentFamilies } from '../../../src/core/metrics/agent.js'
import type { Family } from '../../../src/core/metrics/family.js'
import { sendOtlp } from '../../../src/edge/otlp/sender.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { sourceOf } from '../../support/agent/metrics.js'
import { certificate, type Certificate } from '../../support/process/certificate.js'
import { waitFor } from '../../support/process/wait.js'

/** What a real HTTP server receives of the SDK, and collectors that are away, refuse or hang. */

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
  readonly asDouble: number
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
}

interface Metric {
  readonly name: string
  readonly description: string
  readonly gauge?: { readonly dataPoints: readonly Point[] }
  readonly sum?: {
    readonly dataPoints: readonly Point[]
    readonly isMonotonic: boolean
    readonly aggregationTemporality: number
  }
}

interface Delivery {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly object[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[]
  }[]
}

interface Received {
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly delivery: Delivery
}

const accept = (response: ServerResponse): void => {
  response.setHeader('content-type', 'application/json').end('{}')
}

/** `tls`: its certificate, where it speaks HTTPS. */
async function collector(t: Test, tls?: Certificate) {
  const received: Received[] = []
  const answer = { is: accept }
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    void (async () => {
      const delivery = (await json(request)) as Delivery
      received.push({ path: request.url, headers: request.headers, delivery })
      answer.is(response)
    })()
  }
  const server =
    tls === undefined
      ? createServer(take)
      : createHttpsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, take)
  const listen = async (port: number) => once(server.listen(port, '127.0.0.1'), 'listening')
  await listen(0)
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(close)
  return { received, answer, port, listen, close }
}

async function send(
  t: Test,
  port: number,
  token: () => Promise<string | null>,
  https?: { readonly ca: string | null },
) {
  const logged: string[] = []
  const write = (fields: object, message: string) =>
    void logged.push(`${message}${'why' in fields ? `: ${String(fields.why)}` : ''}`)
  const sender = await sendOtlp({
    url: `${https === undefined ? 'http' : 'https'}://127.0.0.1:${port}/v1/metrics`,
    ...{ ca: https?.ca ?? null, interval: seconds(1) },
    ...{ name: 'par-edge-1', version: '1.2.3', token, clock: systemClock },
    families: async () => agentFamilies(sourceOf()),
    log: { info: write, warn: write },
  })
  t.teardown(sender.close)
  const says = (text: RegExp) =>
    waitFor(String(text), () => logged, {
      ...{ until: (lines) => lines.some((line) => text.test(line)), within: 20, every: 20 },
    })
  return { logged, says }
}

t.test('the metrics of Prometheus arrive, with the token of that moment', async (t) => {
  const { received, port } = await collector(t)
  let token: string | null = 'first-token-of-16'
  await send(t, port, async () => {
    if (token === null) throw new Error('no such file')
    return token
  })
  const receives = (count: number) =>
    waitFor(`${count} deliveries`, () => received.length, {
      ...{ until: (n) => n >= count, within: 20, every: 20 },
    })
  await receives(1)
  token = null
  await receives(3)
  const [first] = received
  t.match(first, {
    path: '/v1/metrics',
    headers: { authorization: 'Bearer first-token-of-16', 'content-type': 'application/json' },
  })
  t.equal(received.at(-1)?.headers.authorization, undefined)
  const [resource] = first?.delivery.resourceMetrics ?? []
  t.match(resource?.resource.attributes, [
    { key: 'service.name', value: { stringValue: 'demarcd' } },
    { key: 'service.version', value: { stringValue: '1.2.3' } },
    { key: 'service.instance.id', value: { stringValue: 'par-edge-1' } },
  ])
  const metrics = new Map(
    resource?.scopeMetrics.flatMap((scope) => scope.metrics).map((one) => [one.name, one]),
  )
  const families = [...agentFamilies(sourceOf())].filter(({ samples }) => samples.length > 0)
  t.strictSame(
    [...metrics.keys()],
    families.map(({ name }) => name),
  )
  for (const family of families) compare(t, metrics.get(family.name), family)
  t.match(metrics.get('process_cpu_seconds_total')?.sum, {
    isMonotonic: true,
    aggregationTemporality: 2,
    dataPoints: [{ startTimeUnixNano: '0', timeUnixNano: /^\d{19}$/ }],
  })
})

function compare(t: Test, metric: Metric | undefined, family: Family): void {
  const { name, help, labels, samples } = family
  const points = (family.type === 'gauge' ? metric?.gauge : metric?.sum)?.dataPoints
  t.equal(metric?.description, help, name)
  t.strictSame(
    points?.map(({ attributes }) => attributes.map(({ key, value }) => [key, value])),
    samples.map((sample) => labels.map((label, i) => [label, { stringValue: sample.labels[i] }])),
    name,
  )
  // Those of the process move.
  if (name.startsWith('process_')) return
  t.strictSame(
    points?.map(({ asDouble }) => asDouble),
    samples.map(({ value }) => value),
    name,
  )
}

t.test(
  'a collector that is away, refuses or hangs is named, and the next values arrive',
  async (t) => {
    const { received, answer, port, listen, close } = await collector(t)
    answer.is = (response) => {
      response.writeHead(400).end('x'.repeat(100_000))
    }
    const { logged, says } = await send(t, port, async () => null)
    await says(/cannot be delivered with OTLP.*Bad Request/)
    answer.is = accept
    await says(/delivered again/)
    logged.length = 0
    answer.is = () => undefined
    await says(/cannot be delivered/)
    answer.is = accept
    await says(/delivered again/)
    logged.length = 0
    close()
    await says(/cannot be delivered/)
    t.notOk(await isOpen(port))
    const before = received.length
    await listen(port)
    await says(/delivered again/)
    t.ok(received.length > before)
    t.equal(logged.length, 2, 'one line for all that failed')
  },
)

t.test('a collector with HTTPS is trusted by its authority alone', async (t) => {
  const dir = t.testdir()
  const [own, other] = [certificate(dir, 'own'), certificate(dir, 'other')]
  const { received, port } = await collector(t, own)
  const token = async (): Promise<string> => 'token-of-a-collector'
  await Promise.all(
    [readFileSync(other.cert, 'utf8'), null].map(async (ca) => {
      const { says } = await send(t, port, token, { ca })
      await says(/cannot be delivered with OTLP.*self-signed certificate/)
    }),
  )
  t.strictSame(received, [], 'neither a metric nor the token has left')
  const { logged } = await send(t, port, token, { ca: readFileSync(own.cert, 'utf8') })
  await waitFor('a delivery', () => received.length, {
    ...{ until: (n) => n > 0, within: 20, every: 20 },
  })
  const [first] = received
  t.match(first?.headers, { authorization: 'Bearer token-of-a-collector' })
  const names = first?.delivery.resourceMetrics[0]?.scopeMetrics[0]?.metrics.map(({ name }) => name)
  t.ok(names?.includes('demarc_router_severity') ?? false)
  t.strictSame(logged, ['metrics are sent with OTLP'])
})

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const open = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return open
}
