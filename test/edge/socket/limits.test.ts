import { createConnection, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { t } from 'tap'
import { WebSocketServer } from 'ws'
import { LIMITS } from '../../../src/core/wire/limits.js'
import { SUBPROTOCOL } from '../../../src/core/wire/rpc.js'
import { manualClock } from '../../support/process/manual-clock.js'
import { bench, dial, good, openRaw, TOKEN, until, type BenchPeer } from './bench.js'

t.test(
  'a frame of 100 MB is refused with 1009 at its header, and the process goes on',
  async (t) => {
    const at = await bench()
    t.teardown(at.close)
    const ws = await openRaw(at.url)
    const before = process.memoryUsage().rss
    const closed = new Promise((resolve) => ws.once('close', resolve))
    ws.on('error', () => undefined)
    ws.send('x'.repeat(100_000_000))
    t.equal(await closed, 1009)
    t.ok(process.memoryUsage().rss - before < 400_000_000, 'the sender holds it, the receiver not')
    t.match(await good(await dial(at)).call('echo', { text: 'alive' }), { ok: true })
  },
)

t.test('a hub that sends 100 MB is refused by the agent just so', async (t) => {
  const hub = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.teardown(() => hub.close())
  const codes: number[] = []
  hub.on('connection', (ws) => {
    ws.on('error', () => undefined)
    ws.on('close', (code) => codes.push(code))
    ws.send('x'.repeat(100_000_000))
  })
  await new Promise((resolve) => hub.once('listening', resolve))
  const { port } = hub.address() as { port: number }
  const at = await bench()
  t.teardown(at.close)
  const agent = good(await dial(at, { url: `ws://127.0.0.1:${port}/agent` }))
  t.match(await agent.closed, { reason: /Max payload size exceeded/ })
  t.ok(await until(() => codes[0] === 1009))
})

t.test('a message in a thousand thousand pieces is refused', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const ws = await openRaw(at.url)
  ws.on('error', () => undefined)
  const closed = new Promise((resolve) => ws.once('close', resolve))
  for (let i = 0; i < 5000; i++) ws.send('x', { fin: false })
  t.equal(await closed, 1008)
})

t.test('binary frames are refused with 1003', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const ws = await openRaw(at.url)
  const closed = new Promise((resolve) => ws.once('close', resolve))
  ws.send(Buffer.from([1, 2, 3]))
  t.equal(await closed, 1003)
})

t.test('10,000 frames at once are slowed down by TCP while others are served', async (t) => {
  const clock = manualClock()
  const at = await bench({ clock })
  t.teardown(at.close)
  const flood = await openRaw(at.url)
  let answered = 0
  flood.on('message', () => (answered += 1))
  const frame = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'count' })
  const rssAtStart = process.memoryUsage().rss
  for (let i = 0; i < 10_000; i++) flood.send(frame)
  const other = good(await dial(at))
  const waits: number[] = []
  for (let i = 0; i < 30; i++) {
    const asked = performance.now()
    t.match(await other.call('echo', { text: String(i) }), { ok: true })
    waits.push(performance.now() - asked)
  }
  t.ok(Math.max(...waits) < 1000, `slowest of the others: ${Math.max(...waits)} ms`)
  t.ok(await until(() => answered === LIMITS.burst), 'the burst is answered')
  t.match(await other.call('echo', { text: 'still here' }), { ok: true })
  t.equal(answered, LIMITS.burst, 'and no message more while the time stands still')
  await clock.advance(1000)
  const allowed = LIMITS.burst + LIMITS.messagesPerSecond
  t.ok(await until(() => answered === allowed), 'a second later the rate of a second more')
  t.match(await other.call('echo', { text: 'still here' }), { ok: true })
  t.equal(answered, allowed)
  t.ok(process.memoryUsage().rss - rssAtStart < 300_000_000)
  flood.terminate()
})

t.test('a flood of pings does not pile up answers', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const served = new Promise<Socket>((resolve) => at.server.once('connection', resolve))
  const flood = await rawUpgrade(at.port)
  // Nobody reads the answers.
  flood.pause()
  const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)])
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping))
  const socket = await served
  for (let sent = 0; sent < 200; sent++) flood.write(pings)
  t.ok(await until(() => socket.bytesRead > 200 * pings.length))
  t.ok(socket.writableLength < 1000, `${socket.writableLength} octets wait`)
  t.match(await good(await dial(at)).call('echo', { text: 'alive' }), { ok: true })
  flood.destroy()
})

t.test('a half-open connection is noticed by its silence', async (t) => {
  const clock = manualClock()
  const at = await bench({ silence: 200, clock })
  t.teardown(at.close)
  const socket = await rawUpgrade(at.port)
  // The other end is there for TCP, but nobody reads or writes any more.
  socket.pause()
  t.ok(await until(() => at.peers.length === 1))
  const [peer] = at.peers
  await clock.advance(200)
  t.match(await peer?.closed, { code: 1006, reason: 'nothing was received any more' })
  socket.destroy()
})

t.test(
  'a connection that speaks, or answers pings, is not taken for a half-open one',
  async (t) => {
    const clock = manualClock()
    const at = await bench({ silence: 150, clock })
    t.teardown(at.close)
    const client = good(await dial(at))
    for (let i = 0; i < 8; i++) {
      await clock.advance(60)
      t.match(await client.call('echo', { text: 'here' }), { ok: true })
    }
    const served = new Promise<Socket>((resolve) => at.server.once('connection', resolve))
    const quiet = await openRaw(at.url)
    const socket = await served
    for (let i = 0; i < 4; i++) {
      const before = socket.bytesRead
      await clock.advance(100)
      t.ok(await until(() => socket.bytesRead > before), 'a ping is answered')
      t.match(await client.call('echo', { text: 'here' }), { ok: true })
    }
    t.equal(quiet.readyState, quiet.OPEN)
    quiet.terminate()
  },
)

t.test('a peer that does not read what it is sent is dropped', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const socket = await rawUpgrade(at.port)
  socket.pause()
  t.ok(await until(() => at.peers.length === 1))
  const [peer] = at.peers
  const text = 'x'.repeat(1_000_000)
  for (let i = 0; i < 60 && !gone(peer); i++) peer?.notify('echo', { text })
  t.match(await peer?.closed, { reason: 'the other side stopped reading' })
  socket.destroy()
})

t.test('before hello little is read, and not for long', async (t) => {
  const clock = manualClock()
  const at = await bench({ helloTimeout: 300, clock })
  t.teardown(at.close)
  const long = await openRaw(at.url)
  long.on('error', () => undefined)
  const closed = new Promise((resolve) => long.once('close', resolve))
  long.send('x'.repeat(LIMITS.frameBeforeHello + 1000))
  t.equal(await closed, 1009)
  const mute = await openRaw(at.url)
  const muted = new Promise((resolve) => mute.once('close', resolve))
  await clock.advance(300)
  t.equal(await muted, 1008)
  const known = good(await dial(at))
  t.match(await known.call('echo', { text: 'hello' }), { ok: true })
  const text = 'x'.repeat(LIMITS.frameBeforeHello * 2)
  t.match(await known.call('echo', { text }), { ok: true })
  await clock.advance(350)
  t.match(await known.call('echo', { text: 'still' }), { ok: true })
})

function gone(peer: BenchPeer | undefined): boolean {
  return peer?.signal.aborted ?? true
}

/** A WebSocket by hand, so that nothing answers on our side. */
async function rawUpgrade(port: number): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `GET /agent HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n` +
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  )
  await new Promise((resolve) => socket.once('data', resolve))
  return socket
}
