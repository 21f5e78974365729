import { createConnection } from 'node:net'
import { t } from 'tap'
import { waitFor } from '../support/process/wait.js'
import { event, fakeRouter, good, hubBench, ROUTER, type HubBench } from './bench.js'

interface Stream {
  readonly events: { id: string; event: string; data: Record<string, unknown> }[]
  readonly close: () => void
  readonly status: number
}

/** A reader of server-sent events, as small as the format allows. */
async function listen(at: HubBench, path: string, lastEventId?: string): Promise<Stream> {
  const abort = new AbortController()
  const response = await fetch(`http://127.0.0.1:${at.port()}${path}`, {
    headers: {
      authorization: `Bearer ${at.operator()}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: abort.signal,
  })
  const events: Stream['events'] = []
  void read(response, events).catch(() => undefined)
  return { events, close: () => abort.abort(), status: response.status }
}

async function read(response: Response, events: Stream['events']): Promise<void> {
  let text = ''
  const decoder = new TextDecoder()
  const body: AsyncIterable<Uint8Array> | null = response.body
  if (body === null) return
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data === undefined) continue
      events.push({
        id: field('id') ?? '',
        event: field('event') ?? '',
        data: JSON.parse(data) as Record<string, unknown>,
      })
    }
  }
}

/**
 * Routers that each report 2 MB, 500 KB a message: less than a hub takes of one at once, so that nobody waits for
 * the budget of octets.
 */
async function reportMuch(at: HubBench, routers: number): Promise<void> {
  const events = Array.from({ length: 500 }, () => ({ ...event('X'), message: 'x'.repeat(900) }))
  for (let n = 1; n <= routers; n++) {
    const id = `much-${n}`
    const { peer } = await fakeRouter(at, { token: await at.register(id), router: id })
    for (let sequence = 1; sequence <= 4; sequence++) {
      good(await peer.call('report.events', { sequence, events }))
    }
  }
}

async function seen(stream: Stream, count: number): Promise<void> {
  await waitFor('events', () => stream.events.length, { until: (n) => n >= count, within: 5 })
}

t.test('what happens is sent at once, and again after Last-Event-ID', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const live = await listen(at, '/v1/stream')
  const { peer } = await fakeRouter(at, { token })
  good(await peer.call('report.events', { sequence: 1, events: [event('A'), event('B')] }))
  await seen(live, 3)
  t.match(live.events, [
    { event: 'router', data: { router: ROUTER, data: { connected: true } } },
    { event: 'event', data: { data: { code: 'A' } } },
    { event: 'event', data: { data: { code: 'B' } } },
  ])
  live.close()
  good(await peer.call('report.events', { sequence: 2, events: [event('C')] }))
  const resumed = await listen(at, '/v1/stream', live.events[1]?.id)
  good(await peer.call('report.events', { sequence: 3, events: [event('D')] }))
  await seen(resumed, 3)
  t.same(
    resumed.events.map(({ data }) => (data['data'] as { code: string }).code),
    ['B', 'C', 'D'],
  )
  resumed.close()
})

t.test('the stream of one router holds no other, and all of it in order', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const mine = await fakeRouter(at, { token: await at.register() })
  const token = await at.register('lon-edge-1')
  const other = await fakeRouter(at, { token, router: 'lon-edge-1' })
  const total = 60
  for (let n = 1; n <= total / 2; n++) {
    good(await mine.peer.call('report.events', { sequence: n, events: [event(`M${n}`)] }))
    good(await other.peer.call('report.events', { sequence: n, events: [event(`O${n}`)] }))
  }
  const stream = await listen(at, `/v1/routers/${ROUTER}/stream?after=0`)
  for (let n = total / 2 + 1; n <= total; n++) {
    await Promise.all([
      mine.peer.call('report.events', { sequence: n, events: [event(`M${n}`)] }),
      other.peer.call('report.events', { sequence: n, events: [event(`O${n}`)] }),
    ])
  }
  const codes = () =>
    stream.events
      .filter((one) => one.event === 'event')
      .map(({ data }) => (data['data'] as { code: string }).code)
  await waitFor('all', codes, { until: (all) => all.length >= total, within: 5 })
  t.same(
    codes(),
    Array.from({ length: total }, (_, i) => `M${i + 1}`),
  )
  stream.close()
  t.match(await at.api('GET', '/v1/routers/nobody/stream'), { status: 404 })
})

t.test('a client that comes back too late learns that something is missing', async (t) => {
  const at = await hubBench({ limits: { eventsKept: 100, historyKept: 10, auditKept: 1000 } })
  t.teardown(at.close)
  const { peer } = await fakeRouter(at, { token: await at.register() })
  for (let n = 1; n <= 5; n++) {
    const events = Array.from({ length: 100 }, () => event('X'))
    good(await peer.call('report.events', { sequence: n, events }))
  }
  const stream = await listen(at, '/v1/stream', '1')
  await seen(stream, 50)
  t.match(stream.events[0], { event: 'gap', data: { after: 1 } })
  stream.close()
})

t.test(
  'a client that counted at another hub, or at one that lost its store, learns so',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    const { peer } = await fakeRouter(at, { token: await at.register() })
    const stream = await listen(at, '/v1/stream', '90000')
    await seen(stream, 1)
    good(await peer.call('report.events', { sequence: 1, events: [event('A')] }))
    await seen(stream, 2)
    t.match(stream.events, [
      { event: 'gap', data: { after: 90_000 } },
      { event: 'event', data: { data: { code: 'A' } } },
    ])
    stream.close()
  },
)

t.test('streams over the limit are refused, a client that does not read is dropped', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const lazy = createConnection(at.port(), '127.0.0.1')
  lazy.on('error', () => undefined)
  lazy.pause()
  lazy.write(
    `GET /v1/stream HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${at.operator()}\r\n\r\n`,
  )
  const many = await Promise.all(Array.from({ length: 63 }, () => listen(at, '/v1/stream')))
  t.match(await at.api('GET', '/v1/stream'), {
    status: 503,
    body: { faults: [{ code: 'PEER_LIMIT' }] },
  })
  for (const one of many) one.close()
  await reportMuch(at, 10)
  const heap = process.memoryUsage().heapUsed
  t.ok(heap < 500_000_000, `${heap} octets of heap`)
  const all = await Promise.all(Array.from({ length: 64 }, () => listen(at, '/v1/stream')))
  t.same([...new Set(all.map(({ status }) => status))], [200], 'its place is free again')
  for (const one of all) one.close()
  lazy.destroy()
})

t.test('a stop ends all streams, those of slow readers too', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  await listen(at, '/v1/stream')
  const lazy = createConnection(at.port(), '127.0.0.1')
  lazy.on('error', () => undefined)
  lazy.pause()
  lazy.write(
    `GET /v1/stream HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${at.operator()}\r\n\r\n`,
  )
  await reportMuch(at, 3)
  await at.restart()
  t.same(at.failures, [])
  lazy.destroy()
})
