import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { weighJson } from '../../src/core/wire/json-scan.js'
import { BOUNDS } from '../../src/core/wire/limits.js'
import { fuzzAgent } from './agent.js'
import { fuzzDemarcd } from './demarcd.js'
import { fuzzHub } from './hub.js'
import { register, startHubProcess } from './hub-process.js'
import { ask, hello, openSocket } from './peers.js'

t.test('the same seed of hostile frames leaves the hub alive and able to start', async (t) => {
  for (const seed of [1, 2]) {
    const found = await fuzzHub({ dir: t.testdir(), seed, seconds: 4 })
    t.match(found, { alive: true, startedAgain: true, defects: [] }, `seed ${seed}`)
    t.ok(found.frames > 100 && found.pings > 10, `${found.frames} frames, ${found.pings} pings`)
  }
})

t.test('a hub that answers nonsense and floods ends no agent', async (t) => {
  const { frames, answered, connections } = await fuzzAgent({ seed: 3, seconds: 4 })
  t.ok(frames > 50 && answered > 10 && connections > 0, `${frames} frames, ${answered} answers`)
})

t.test('demarcd as a program survives its hub and its local callers', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fuzz-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const found = await fuzzDemarcd({ dir, seed: 4, seconds: 5 })
  t.match(found, { alive: true, startedAgain: true, defects: [] })
  const { local, hub, pings } = found
  t.equal(local.bugs + hub.bugs, 0)
  t.ok(local.frames > 50 && local.answered + local.refused > 10, `${local.frames} local frames`)
  t.ok(hub.frames > 50 && hub.connections > 0, `${hub.frames} frames of the hub`)
  t.ok(pings > 5, `${pings} pings`)
})

const DEPTHS = [33, 100, 1000, 2000, 10_000, 400_000]

t.test('no depth and no width of a frame ends the hub, before hello and after', async (t) => {
  const hub = await startHubProcess(t.testdir())
  t.teardown(hub.stop)
  const token = await register(hub, 'r1')
  const frame = (params: string): string =>
    `{"jsonrpc":"2.0","id":1,"method":"report.health","params":${params}}`
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  for (const isIntroduced of [false, true]) {
    for (const depth of DEPTHS) {
      const ws = await openSocket(hub.port, 'r1', token)
      if (isIntroduced) await ask(ws, hello('r1'))
      const params = frame(`{"sequence":1,"at":"","kind":"full","health":${nested(depth)}}`)
      const answer = await ask(ws, params)
      // A long frame before hello closes the connection instead.
      if (answer !== undefined) t.match(answer, { error: { message: /nests deeper than 32/ } })
      ws.terminate()
    }
  }
  for (const count of [1000, 16_000, 16_385, 30_000, 60_000]) {
    const ws = await openSocket(hub.port, 'r1', token)
    await ask(ws, hello('r1'))
    const keys = Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',')
    const answer = await ask(ws, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{${keys}}}`)
    const faults = (answer as { error?: { data: { faults: unknown[] } } }).error?.data.faults ?? []
    t.ok(faults.length <= 21, `${count} unknown keys: ${faults.length} faults`)
    ws.terminate()
  }
  t.ok(hub.isAlive())
  t.notMatch(hub.log.join('\n'), /"event":"bug"/)
})

t.test('what a text holds is counted whatever it is', (t) => {
  const bounds = { ...BOUNDS.toHub, depth: 3, keysPerObject: 2, values: 6 }
  const excess = (text: string) => weighJson(text, bounds).excess
  t.equal(excess('[[[]]]'), undefined)
  t.match(excess('[[[['), /deeper than 3/)
  t.match(excess('{"a":1,"b":2,"c":3}'), /more than 2 members/)
  t.match(excess('[1,2,3,4,5,6,7]'), /more than 6 members and items/)
  t.equal(excess('["[[[[[[,,,,,,,:::\\"[[[[","\\\\"]'), undefined, 'nothing in a text counts')
  t.equal(excess(']]]]}}'), undefined)
  t.equal(excess('"never ends [[[[[['), undefined)
  t.end()
})

t.test(
  'numbers at the ends of the integers, and years, are stored so that they can be read',
  async (t) => {
    const dir = t.testdir()
    const hub = await startHubProcess(dir)
    const token = await register(hub, 'r1')
    const event = { kind: 'port', name: 'p', code: 'X', severity: 'warning', message: 'm' }
    const report = (sequence: number, dropped: number, at: string): string =>
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'report.events',
        params: { sequence, dropped, events: [{ ...event, at }] },
      })
    const ws = await openSocket(hub.port, 'r1', token)
    await ask(ws, hello('r1'))
    const most = Number.MAX_SAFE_INTEGER
    t.match(await ask(ws, report(1, most, '9999-12-31T23:59:59Z')), { result: { acknowledged: 1 } })
    t.match(await ask(ws, report(2, most, '0000-01-01T00:00:00Z')), { result: { acknowledged: 2 } })
    for (const sequence of [2 ** 48 + 1, most, most + 1, 1e308, -1, 0, 1.5]) {
      t.match(
        await ask(ws, report(sequence, 0, '2026-01-01T00:00:00Z')),
        { error: {} },
        `${sequence}`,
      )
    }
    t.match(await ask(ws, report(2 ** 48, most, '2026-01-01T00:00:00Z')), { result: {} })
    ws.terminate()
    await hub.stop()
    const again = await startHubProcess(dir)
    t.teardown(again.stop)
    const view = await fetch(`http://127.0.0.1:${again.port}/v1/routers/r1`, {
      headers: { authorization: `Bearer ${again.operator}` },
    })
    t.match(await view.json(), { eventsDropped: most, sequence: 2 ** 48 })
    const honest = await openSocket(again.port, 'r1', token)
    t.match(
      await ask(honest, hello('r1', 812)),
      { result: { acknowledged: 812 } },
      'a number that is far above what the router has sent is given up',
    )
    t.match(await ask(honest, report(813, 0, '2026-01-01T00:00:00Z')), {
      result: { acknowledged: 813 },
    })
    honest.terminate()
  },
)

t.test('one token takes two places, however often it connects', async (t) => {
  const hub = await startHubProcess(t.testdir())
  t.teardown(hub.stop)
  const [hostile, honest] = [await register(hub, 'r1'), await register(hub, 'r2')]
  const sockets = await Promise.all(
    Array.from({ length: 300 }, async () => openSocket(hub.port, 'r1', hostile).catch(() => null)),
  )
  const ws = await openSocket(hub.port, 'r2', honest)
  t.match(await ask(ws, hello('r2')), { result: { acknowledged: 0 } })
  await new Promise((resolve) => setTimeout(resolve, 500))
  const open = sockets.filter((one) => one?.readyState === one?.OPEN && one !== null)
  t.ok(open.length <= 2, `${open.length} are open`)
  for (const one of [...open, ws]) one?.terminate()
})

t.test('connections without a token, above the descriptors, end nothing', async (t) => {
  const hub = await startHubProcess(t.testdir(), { openFiles: 300 })
  t.teardown(hub.stop)
  const token = await register(hub, 'r1')
  const idle = Array.from({ length: 400 }, () => createConnection(hub.port, '127.0.0.1'))
  for (const socket of idle) socket.on('error', () => undefined)
  await Promise.all(idle.slice(0, 50).map(async (socket) => once(socket, 'connect')))
  const ws = await openSocket(hub.port, 'r1', token)
  t.match(await ask(ws, hello('r1')), { result: {} })
  t.ok(hub.isAlive())
  for (const socket of idle) socket.destroy()
  ws.terminate()
})

t.test('wrong tokens must wait, and the log does not grow with them', async (t) => {
  const hub = await startHubProcess(t.testdir())
  t.teardown(hub.stop)
  const statuses = new Set<number>()
  for (let n = 0; n < 100; n++) {
    const response = await fetch(`http://127.0.0.1:${hub.port}/v1/routers`, {
      headers: { authorization: 'Bearer wrong' },
    })
    statuses.add(response.status)
    if (response.status === 429) t.ok(Number(response.headers.get('retry-after')) > 0)
    await response.arrayBuffer()
  }
  t.strictSame([...statuses], [401, 429])
  const right = await fetch(`http://127.0.0.1:${hub.port}/v1/routers`, {
    headers: { authorization: `Bearer ${hub.operator}` },
  })
  t.equal(right.status, 200, 'the right token is never held up')
  for (const target of ['//', '/\\', '/v1/%', 'http://', '/?%zz']) {
    const socket = createConnection(hub.port, '127.0.0.1')
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    t.notMatch(Buffer.concat(chunks).toString(), / 500 /, target)
  }
  t.ok(hub.log.length < 40, `${hub.log.length} lines`)
})
