import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { t, type Test } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { agentFamilies } from '../../../src/core/metrics/agent.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { exposition } from '../../../src/edge/metrics/exposition.js'
import { createMetricsPage } from '../../../src/edge/metrics/page.js'
import { serveMetrics } from '../../../src/edge/metrics/server.js'
import { sourceOf } from '../../support/agent/metrics.js'
import { freePort } from '../../support/process/listening.js'
import { waitFor } from '../../support/process/wait.js'

interface Served {
  readonly port: number
  readonly logged: string[]
  readonly reasons: string[]
  /** How often the figures were read. */
  readonly reads: () => number
}

async function serve(
  t: Test,
  over: { page?: Buffer; fails?: () => boolean } = {},
): Promise<Served> {
  const port = await freePort()
  const logged: string[] = []
  const reasons: string[] = []
  let reads = 0
  const families = async () => {
    reads += 1
    if (over.fails?.() === true) throw new Error('the figures cannot be read')
    return agentFamilies(sourceOf())
  }
  const write = (fields: { readonly event: string }, message: string) =>
    void logged.push(`${fields.event}: ${message}`)
  const { page } = over
  const server = serveMetrics({
    ...{ address: '127.0.0.1', port, clock: systemClock },
    metrics: page === undefined ? createMetricsPage(families, systemClock) : async () => page,
    unreadiness: () => reasons,
    log: { info: write, warn: write, error: write },
  })
  t.teardown(server.close)
  await waitFor('it listens', () => logged.length, { until: (n) => n > 0, within: 5 })
  return { port, logged, reasons, reads: () => reads }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly type: string
}

async function ask(port: number, path: string, method = 'GET', body = ''): Promise<Answer> {
  const sized = body === '' ? {} : { 'content-length': body.length }
  const sent = request({ host: '127.0.0.1', port, path, method, agent: false, headers: sized })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const { statusCode = 0, headers } = response
  return {
    status: statusCode,
    text: Buffer.concat(chunks).toString('utf8'),
    type: headers['content-type'] ?? '',
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

t.test('metrics, health and readiness', async (t) => {
  const { port, reasons } = await serve(t)
  const metrics = await ask(port, '/metrics?a=b')
  t.equal(metrics.type, 'text/plain; version=0.0.4; charset=utf-8')
  t.match(metrics.text, /^demarc_port_in_bytes_total\{port="p1"\} 1000$/m)
  t.match(metrics.text, /^# TYPE demarc_port_in_bytes_total counter$/m)
  t.match(await ask(port, '/healthz'), { status: 200, text: 'ok\n' })
  t.match(await ask(port, '/readyz'), { status: 200, text: 'ok\n' })
  reasons.push('no intent runs', 'FRR does not answer')
  const unready = { status: 503, text: 'no intent runs\nFRR does not answer\n' }
  t.match(await ask(port, '/readyz'), unready)
  t.match(await ask(port, '/healthz'), { status: 200 })
  t.strictSame((await ask(port, '/metrics', 'HEAD')).text, '')
  t.match(await ask(port, '/metrics', 'POST', 'x'), { status: 405 })
  t.match(await ask(port, '/metrics', 'GET', 'a body'), { status: 413 })
  t.match(await ask(port, '/'), { status: 404, text: /\/metrics, \/healthz, \/readyz/ })
  t.match(await ask(port, `/${'x'.repeat(9000)}`), { status: 431 })
})

t.test('a flood of scrapes is answered from one exposition a second', async (t) => {
  const { port, reads } = await serve(t)
  const began = performance.now()
  const answers = []
  for (let i = 0; i < 10; i++) {
    answers.push(
      ...(await Promise.all(Array.from({ length: 10 }, async () => ask(port, '/metrics')))),
    )
  }
  const seconds = (performance.now() - began) / 1000
  t.ok(answers.every(({ status, text }) => status === 200 && text.length > 1000))
  t.ok(reads() <= seconds + 1, `${reads()} expositions in ${seconds} s`)
})

t.test('scrapers that never read hold no place, and others are served meanwhile', async (t) => {
  const { port } = await serve(t, { page: Buffer.alloc(8 * 1024 * 1024, 'x') })
  const idle = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const socket = await open(port)
      socket.pause()
      socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n')
      return socket
    }),
  )
  const silent = await Promise.all(Array.from({ length: 40 }, async () => open(port)))
  const closed = silent.map(async (socket) => once(socket.resume(), 'close'))
  t.match(await ask(port, '/healthz'), { status: 200 })
  await Promise.all(closed)
  for (const socket of idle) {
    socket.resume()
    if (!socket.closed) await once(socket, 'close')
  }
})

t.test('more octets than the budget has are refused until there is room again', async (t) => {
  const { port } = await serve(t, { page: Buffer.alloc(8 * 1024 * 1024, 'x') })
  const flood = await Promise.all(Array.from({ length: 12 }, async () => ask(port, '/metrics')))
  const refused = flood.filter(({ status }) => status === 429)
  t.ok(refused.length > 0, `${refused.length} of 12 refused`)
  t.ok(refused.length < 9, 'those within the budget are answered')
  await waitFor('there is room again', () => ask(port, '/metrics'), {
    until: ({ status }) => status === 200,
    within: 10,
  })
})

t.test('figures that cannot be read are an error once, and served when they can', async (t) => {
  let broken = true
  const { port, logged } = await serve(t, { fails: () => broken })
  t.match(await ask(port, '/metrics'), { status: 500 })
  t.match(logged.at(-1), /metrics: the metrics cannot be made/)
  broken = false
  t.match(await ask(port, '/metrics'), { status: 200 })
})

t.test('an address that is taken is logged, and closing does not wait for it', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const logged: string[] = []
  const server = serveMetrics({
    ...{ address: '127.0.0.1', port: (taken.address() as AddressInfo).port, clock: systemClock },
    metrics: async () => Buffer.from(''),
    unreadiness: () => [],
    log: {
      info: () => undefined,
      error: () => undefined,
      warn: ({ error }, message) => void logged.push(`${message}: ${String(error)}`),
    },
  })
  await waitFor('it is logged', () => logged.length, { until: (n) => n > 0, within: 5 })
  t.match(logged[0], /cannot be scraped now.*EADDRINUSE/)
  await server.close()
})

t.test('a page that takes long is kept for ten times as long', async (t) => {
  let now = 0
  let made = 0
  const page = createMetricsPage(
    async () => {
      made += 1
      now += 500
      return []
    },
    { now: () => millis(now) },
  )
  await Promise.all([page(), page(), page()])
  t.equal(made, 1, 'those who ask meanwhile wait for the same')
  now += 4_999
  await page()
  t.equal(made, 1)
  now += 2
  await page()
  t.equal(made, 2)
})

t.test('families are read one at a time, and other tasks have their turn in between', async (t) => {
  let turns = 0
  let isDone = false
  const others = (): void => {
    turns += 1
    if (!isDone) setImmediate(others)
  }
  setImmediate(others)
  const readAt: number[] = []
  function* families() {
    for (const family of agentFamilies(sourceOf())) {
      if (family.samples.length === 0) continue
      readAt.push(turns)
      yield family
    }
  }
  const text = await exposition(families())
  isDone = true
  t.ok(readAt.length > 50, `${readAt.length} families`)
  t.equal(new Set(readAt).size, readAt.length, 'each in a turn of its own')
  t.match(text, /^demarc_metrics_dropped_series 0$/m)
})
