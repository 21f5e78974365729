import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createConnection, createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { WebSocket } from 'ws'
import { FaultError } from '../../../src/core/base/fault.js'
import { millis } from '../../../src/core/base/time.js'
import { LIMITS } from '../../../src/core/wire/limits.js'
import { RPC_ERRORS } from '../../../src/core/wire/rpc.js'
import { connectLocal, serveLocal } from '../../../src/edge/socket/local.js'
import { waitFor } from '../../support/process/wait.js'
import { answers, bench, dial, good, METHODS, openRaw, TOKEN } from './bench.js'

t.test('a call is answered, whichever end makes it', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const client = good(await dial(at))
  t.same(await client.call('echo', { text: 'höher\n' }), { ok: true, value: { text: 'höher\n' } })
  const server = at.peers[0]
  t.same(await server?.call('echo', { text: 'down' }), { ok: true, value: { text: 'down' } })
})

t.test('a refusal brings every fault to the caller', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const answer = await good(await dial(at)).call('refuse', {})
  t.match(answer, {
    ok: false,
    faults: [
      { code: 'CHANGE_BUSY', at: 'change one' },
      { code: 'PORT_MISSING', at: 'eth7' },
    ],
  })
})

t.test('an unknown method is answered with an error, and the connection goes on', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const client = good(await dial(at))
  t.match(await client.call('unimplemented', {}), { faults: [{ code: 'METHOD_UNKNOWN' }] })
  const raw = await openRaw(at.url)
  t.match(await ask(raw, '{"jsonrpc":"2.0","id":7,"method":"constructor"}'), {
    id: 7,
    error: { code: RPC_ERRORS.methodNotFound, data: { faults: [{ code: 'METHOD_UNKNOWN' }] } },
  })
  t.match(await ask(raw, '{"jsonrpc":"2.0","id":8,"method":"count"}'), { result: { count: 1 } })
  raw.close()
})

t.test('wrong parameters are answered with their places', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const raw = await openRaw(at.url)
  t.match(
    await ask(raw, '{"jsonrpc":"2.0","id":"a","method":"echo","params":{"text":7,"tone":"c"}}'),
    {
      id: 'a',
      error: {
        code: RPC_ERRORS.invalidParams,
        data: { faults: [{ at: 'text' }, { code: 'INTENT_UNKNOWN_KEY', at: 'tone' }] },
      },
    },
  )
  raw.close()
})

t.test('garbage is answered and survived', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const raw = await openRaw(at.url)
  for (const [text, code] of [
    ['{"jsonrpc":', RPC_ERRORS.parse],
    ['[]', RPC_ERRORS.invalidRequest],
    ['null', RPC_ERRORS.invalidRequest],
    ['{"jsonrpc":"1.0","id":1,"method":"echo"}', RPC_ERRORS.invalidRequest],
    [`{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(100)}"}`, RPC_ERRORS.invalidRequest],
    ['{"jsonrpc":"2.0","id":{},"method":"echo"}', RPC_ERRORS.invalidRequest],
    ['{"id":1}', RPC_ERRORS.invalidRequest],
  ] as const) {
    t.match(await ask(raw, text), { id: null, error: { code } }, text.slice(0, 50))
  }
  raw.send('{"jsonrpc":"2.0","id":99,"result":{}}')
  raw.send('{"jsonrpc":"2.0","method":"nobody knows"}')
  t.match(await ask(raw, '{"jsonrpc":"2.0","id":2,"method":"count"}'), { id: 2, result: {} })
  raw.close()
})

t.test('a handler that throws says BUG and keeps its words to itself', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const answer = await good(await dial(at)).call('explode', {})
  t.match(answer, { ok: false, faults: [{ code: 'BUG', at: 'explode' }] })
  t.notMatch(JSON.stringify(answer), 'secret')
  t.same(at.bugs, ['explode'])
})

t.test(
  'a call that is never answered ends: by its limit, or when the connection does',
  async (t) => {
    const at = await bench()
    t.teardown(at.close)
    const client = good(await dial(at))
    t.match(await client.call('never', {}, { timeout: millis(50) }), {
      faults: [{ code: 'HUB_UNREACHABLE', message: 'no answer within 0.05 s' }],
    })
    const cut = client.call('never', {})
    at.peers[0]?.hangUp(1001, 'going away')
    t.match(await cut, { faults: [{ code: 'HUB_UNREACHABLE', message: 'going away' }] })
    t.match(await client.closed, { code: 1001, reason: 'going away' })
    t.ok(client.signal.aborted)
    t.match(await client.call('echo', { text: '' }), { faults: [{ code: 'HUB_UNREACHABLE' }] })
  },
)

t.test('calls in flight are limited at both ends', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const client = good(await dial(at))
  const open = Array.from({ length: LIMITS.requestsInFlight }, () => client.call('never', {}))
  t.match(await client.call('echo', { text: '' }), { faults: [{ code: 'PEER_LIMIT' }] })
  const raw = await openRaw(at.url)
  for (let id = 0; id < LIMITS.requestsInFlight; id++) {
    raw.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'never' }))
  }
  t.match(await ask(raw, '{"jsonrpc":"2.0","id":"more","method":"count"}'), {
    id: 'more',
    error: { data: { faults: [{ code: 'PEER_LIMIT' }] } },
  })
  raw.terminate()
  client.terminate('enough')
  t.equal((await Promise.all(open)).filter((answer) => answer.ok).length, 0)
})

t.test('a message that is too long for the other side is not sent', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const client = good(await dial(at))
  const text = 'x'.repeat(LIMITS.frame)
  t.match(await client.call('echo', { text }), { faults: [{ code: 'PEER_LIMIT' }] })
  t.match(await client.call('echo', { text: 'still here' }), { ok: true })
})

t.test('a wrong token and a hub that is away are different faults', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const wrong = await dial(at, { token: 'guess' })
  t.match(wrong, { ok: false, faults: [{ code: 'UNAUTHORIZED' }] })
  t.notMatch(JSON.stringify(wrong), 'guess')
  t.match(await dial(at, { url: `ws://127.0.0.1:${at.port}/other` }), {
    faults: [{ code: 'METHOD_UNKNOWN', message: /WebSockets are at \/agent/ }],
  })
  t.match(await dial(at, { url: 'ws://127.0.0.1:1/agent' }), {
    faults: [{ code: 'HUB_UNREACHABLE', at: 'ws://127.0.0.1:1/agent', message: /ECONNREFUSED/ }],
  })
  t.match(await dial(at, { url: 'ws://user:hunter2@127.0.0.1:1/agent?token=hunter2' }), {
    faults: [{ at: 'ws://127.0.0.1:1/agent' }],
  })
})

t.test('a server that accepts and never answers is given up', async (t) => {
  const mute = createTcp()
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  t.teardown(() => mute.close())
  const { port } = mute.address() as { port: number }
  const at = await bench()
  t.teardown(at.close)
  const url = `ws://127.0.0.1:${port}/agent`
  t.match(await dial(at, { url, timeout: millis(100) }), { faults: [{ code: 'HUB_UNREACHABLE' }] })
  const stop = new AbortController()
  const dialled = dial(at, { url, signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  t.match(await dialled, { ok: false })
})

t.test('a client without the subprotocol is rejected with the reason', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const ws = new WebSocket(at.url, { headers: { authorization: `Bearer ${TOKEN}` } })
  const status = await new Promise((resolve) => {
    ws.on('error', () => undefined)
    ws.on('unexpected-response', (_, response) => resolve(response.statusCode))
  })
  t.equal(status, 400)
})

t.test('an upgrade at any other path is rejected', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const other = good(await dial(at))
  for (const target of ['//', '//:x', '*', '/', '/agent/..', 'http://[', '/agents']) {
    t.match(await upgradeAt(at.port, target), /^HTTP\/1.1 404 /, target)
  }
  t.match(await other.call('echo', { text: 'here' }), { ok: true })
})

t.test('the socket of a rejected caller that does not close it is destroyed', async (t) => {
  const at = await bench()
  t.teardown(at.close)
  const socket = createConnection({ port: at.port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.write(upgradeOf('/nowhere'))
  socket.resume()
  await new Promise((resolve) => socket.once('end', resolve))
  const open = () =>
    new Promise<number>((resolve) => at.server.getConnections((_, n) => resolve(n)))
  await waitFor('no connection is open', open, {
    until: (count) => count === 0,
    within: 5,
    every: 10,
  })
})

function upgradeOf(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
}

/** What an upgrade request is answered. */
async function upgradeAt(port: number, target: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  socket.write(upgradeOf(target))
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

t.test('connections over the limit are rejected, the others stay', async (t) => {
  const at = await bench({ connections: 1 })
  t.teardown(at.close)
  const first = good(await dial(at))
  t.match(await dial(at), { faults: [{ code: 'PEER_LIMIT' }] })
  t.match(await first.call('echo', { text: 'here' }), { ok: true })
})

t.test('the local socket is for owner and group only, and takes over after a crash', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'demarcd.sock')
  t.match(await connectLocal({ ...NOTHING, path: `/${'x'.repeat(107)}` }), {
    faults: [{ code: 'CONFIG_VALUE' }],
  })
  const options = {
    path,
    mine: METHODS,
    theirs: {},
    handlers: () =>
      answers(
        () => 1,
        () => undefined,
      ),
  }
  const client = { ...NOTHING, path }
  t.match(await connectLocal(client), { faults: [{ code: 'AGENT_UNREACHABLE', at: path }] })
  const server = await serveLocal(options)
  t.equal(statSync(path).mode & 0o777, 0o660)
  const peer = good(await connectLocal(client))
  t.match(await peer.call('echo', { text: 'local' }), { value: { text: 'local' } })
  await t.rejects(serveLocal(options), FaultError, 'a second daemon does not take it away')
  await server.close()
  t.match(await peer.closed, { code: 1001 })

  // A killed process leaves its socket file behind.
  const killed = spawnSync(process.execPath, ['-e', LISTEN_AND_DIE, path])
  t.equal(killed.signal, 'SIGKILL')
  const again = await serveLocal(options)
  t.match(await good(await connectLocal(client)).call('count', {}), { ok: true })
  await again.close()
  writeFileSync(path, 'not a socket')
  await t.rejects(serveLocal(options), /is not a socket/)
})

const NOTHING = { mine: {}, theirs: METHODS, handlers: () => ({}) }
const LISTEN_AND_DIE = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`

async function ask(ws: WebSocket, text: string): Promise<unknown> {
  const answer = new Promise((resolve) =>
    ws.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))),
  )
  ws.send(text)
  return answer
}
