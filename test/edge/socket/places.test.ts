import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { WebSocket } from 'ws'
import { BOUNDS } from '../../../src/core/wire/limits.js'
import { SUBPROTOCOL } from '../../../src/core/wire/rpc.js'
import { limitedLog } from '../../../src/edge/host/limited-log.js'
import { createAllowance } from '../../../src/edge/socket/flow/allowance.js'
import { createCallers } from '../../../src/edge/socket/flow/callers.js'
import { watchNewcomers } from '../../../src/edge/socket/flow/newcomers.js'
import { createWrongTokens } from '../../../src/edge/socket/flow/wrong-tokens.js'
import { connectLocal, serveLocal } from '../../../src/edge/socket/local.js'
import { manualClock } from '../../support/process/manual-clock.js'
import { answers, good, METHODS, until } from './bench.js'

const NOTHING = { mine: {}, theirs: METHODS, handlers: () => ({}) }

/** A local server, and raw connections of members of the group. */
async function localBench() {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-'))
  const path = join(dir, 'demarcd.sock')
  const clock = manualClock()
  const server = await serveLocal({
    path,
    mine: METHODS,
    theirs: {},
    subscription: 'count',
    clock,
    handlers: () =>
      answers(
        () => 1,
        () => undefined,
      ),
  })
  const open: WebSocket[] = []
  return {
    path,
    clock,
    async member(): Promise<WebSocket | undefined> {
      const ws = new WebSocket(`ws+unix:${path}:/agent`, SUBPROTOCOL)
      ws.on('error', () => undefined)
      await Promise.race([once(ws, 'open'), once(ws, 'close')])
      if (ws.readyState !== ws.OPEN) return undefined
      open.push(ws)
      return ws
    },
    close: async () => {
      for (const ws of open) ws.terminate()
      await server.close()
      rmSync(dir, { recursive: true })
    },
  }
}

t.test('members of the group cannot take the places of root, nor each other’s', async (t) => {
  const at = await localBench()
  t.teardown(at.close)
  t.equal(statSync(`${at.path}.root`).mode & 0o777, 0o600)
  for (let n = 0; n < 32; n++) t.ok(await at.member())
  await at.clock.advance(10)
  const last = await at.member()
  t.ok(last, 'one more takes the place of the one that was idle for the longest')
  const root = good(await connectLocal({ ...NOTHING, path: at.path }))
  t.match(await root.call('echo', { text: 'root' }), { ok: true })
  root.hangUp(1000, 'done')
})

t.test('a command that does nothing is closed, one that watches is not', async (t) => {
  const at = await localBench()
  t.teardown(at.close)
  const idle = await at.member()
  const watching = await at.member()
  watching?.send('{"jsonrpc":"2.0","id":1,"method":"count"}')
  if (watching !== undefined) await once(watching, 'message')
  await at.clock.advance(61_000)
  t.ok(await until(() => idle?.readyState === WebSocket.CLOSED))
  t.equal(watching?.readyState, WebSocket.OPEN)
})

t.test('half of the places stay for commands that do not watch', async (t) => {
  const at = await localBench()
  t.teardown(at.close)
  const texts: string[] = []
  for (let n = 0; n < 20; n++) {
    const ws = await at.member()
    if (ws === undefined) continue
    ws.send('{"jsonrpc":"2.0","id":1,"method":"count"}')
    const [data] = (await once(ws, 'message')) as [Buffer]
    texts.push(data.toString())
  }
  t.equal(texts.filter((text) => text.includes('result')).length, 16)
  t.equal(texts.filter((text) => text.includes('PEER_LIMIT')).length, 4)
})

t.test('the oldest of too many strangers goes, one that is known stays', async (t) => {
  const server = createServer()
  const newcomers = watchNewcomers(server, { all: 6, perAddress: 4 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dial = async (localAddress: string): Promise<Socket> => {
    const accepted = once(server, 'connection')
    const socket = connectSocket({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => undefined)
    const [served] = (await accepted) as [Socket]
    if (localAddress === '127.0.0.9') newcomers.welcome(served)
    return socket
  }
  const known = await dial('127.0.0.9')
  const first: Socket[] = []
  for (let n = 0; n < 5; n++) first.push(await dial('127.0.0.1'))
  t.equal(newcomers.size(), 4)
  t.ok(await until(() => first[0]?.closed === true), 'the oldest of its address')
  const others = [await dial('127.0.0.2'), await dial('127.0.0.3'), await dial('127.0.0.4')]
  t.equal(newcomers.size(), 6)
  t.ok(await until(() => first[1]?.closed === true), 'the oldest of the largest address')
  t.notOk(known.closed)
  for (const socket of [known, ...first, ...others]) socket.destroy()
  t.ok(await until(() => newcomers.size() === 0), 'nothing is remembered of them')
  server.close()
})

t.test('all connections of a caller share its rate and its two places', (t) => {
  const clock = manualClock()
  const callers = createCallers(BOUNDS.toHub, clock)
  const gone: string[] = []
  const connection = (name: string, isIntroduced: boolean) => ({
    isIntroduced: () => isIntroduced,
    giveWay: () => void gone.push(name),
  })
  callers.add('r1', connection('in use', true))
  callers.add('r1', connection('mute', false))
  callers.add('r1', connection('newest', false))
  t.strictSame(gone, ['mute'], 'the one in use stays')
  callers.add('r2', connection('other', false))
  t.strictSame(gone, ['mute'])
  t.equal(callers.allowance('r1'), callers.allowance('r1'))
  const dials = Array.from({ length: 200 }, () => callers.mayDial('r1'))
  t.equal(dials.filter(Boolean).length, 120)
  t.end()
})

t.test('octets are paced like messages, and a burst has room for the largest', async (t) => {
  const clock = manualClock()
  const rates = {
    messages: { perSecond: 100, burst: 100 },
    octets: { perSecond: 1000, burst: 2000 },
  }
  const allowance = createAllowance(rates, clock)
  t.ok(allowance.take(2000))
  t.notOk(allowance.take(1))
  await clock.advance(1000)
  t.notOk(allowance.take(1001))
  t.ok(allowance.take(1000))
  await clock.advance(60_000)
  t.ok(allowance.take(50_000), 'a longer one passes when all is quiet, and is a debt')
  await clock.advance(10_000)
  t.notOk(allowance.take(1))
})

t.test('an address that sends many wrong tokens must wait, and not for ever', async (t) => {
  const clock = manualClock()
  const wrong = createWrongTokens(clock)
  const waits = Array.from({ length: 25 }, () => wrong.note('192.0.2.1'))
  t.equal(waits.filter((wait) => wait === null).length, 20)
  t.ok(Number(waits.at(-1)) >= 20)
  t.equal(wrong.note('192.0.2.2'), null)
  for (let n = 0; n < 30; n++) wrong.note(`2001:db8:1:2::${n}`)
  t.not(wrong.note('2001:db8:1:2::ffff'), null, 'a /64 is one user')
  t.equal(wrong.note('2001:db8:1:3::1'), null)
  for (let n = 0; n < 10_000; n++) wrong.note('192.0.2.1')
  t.ok(Number(wrong.note('192.0.2.1')) <= 300)
  await clock.advance(200_000_000)
  t.equal(wrong.note('192.0.2.1'), null)
})

t.test('a log line that repeats is counted and not written', async (t) => {
  const clock = manualClock()
  const lines: object[] = []
  const at = (fields: object): void => void lines.push(fields)
  const log = limitedLog({ error: at, warn: at, info: at, debug: at }, clock)
  for (let n = 0; n < 100; n++) log.warn({ event: 'a', n }, 'x')
  log.error({ event: 'b' }, 'another event')
  t.equal(lines.length, 21)
  await clock.advance(60_000)
  log.warn({ event: 'a' }, 'x')
  t.match(lines.at(-1), { event: 'a', suppressed: 80 })
  for (let n = 0; n < 100; n++) log.info({ event: 'i' }, 'x')
  t.equal(lines.length, 122, 'what names a state passes')
})
