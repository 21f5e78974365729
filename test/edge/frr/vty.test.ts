import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FaultError } from '../../../src/core/base/fault.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { conversations } from '../../../src/edge/frr/conversations.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { openVty } from '../../../src/edge/frr/vty.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

const END = Buffer.of(0, 0, 0, 0)

/** A daemon that does what a real one never should; `heard` gets every command. */
async function daemon(
  t: Test,
  name: string,
  heard: (socket: Socket, command: string) => void,
): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'vty-'))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let unread = ''
    socket.on('data', (chunk) => {
      const commands = (unread + chunk.toString()).split('\0')
      unread = commands.pop() ?? ''
      for (const command of commands) heard(socket, command)
    })
    t.teardown(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(join(dir, `${name}.vty`), resolve))
  t.teardown(() => {
    server.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

function open(dir: string, timeoutMs = 5000) {
  return openVty({ daemon: 'bgpd', path: join(dir, 'bgpd.vty'), timeoutMs })
}

async function faultOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof FaultError ? error.fault : error
}

t.test('answers that come octet by octet, or several at once, are told apart', async (t) => {
  const dir = await daemon(t, 'bgpd', (socket, command) => {
    if (command === 'last') {
      socket.write(Buffer.concat([Buffer.from('one'), END, Buffer.of(0, 0, 0, 2)]))
      const slow = Buffer.concat([Buffer.from('é three'), Buffer.of(0, 0, 0, 13)])
      for (const octet of slow) socket.write(Buffer.of(octet))
    }
  })
  const vty = await open(dir)
  t.strictSame(await vty.run(['first', 'second', 'last']), [
    { status: 0, text: 'one' },
    { status: 2, text: '' },
    { status: 13, text: 'é three' },
  ])
  vty.close()
})

t.test('a daemon that says nothing is given up, with its name', async (t) => {
  const dir = await daemon(t, 'bgpd', () => undefined)
  const vty = await open(dir, 100)
  const fault = await faultOf(vty.run(['show version']))
  t.match(fault, { code: 'FRR_UNAVAILABLE', at: 'bgpd', message: 'bgpd said nothing for 100 ms' })
  t.notOk(vty.isOpen())
  t.match(await faultOf(vty.run(['again'])), { code: 'FRR_UNAVAILABLE' })
})

t.test('a daemon that hangs is asked once, one that restarts once more', async (t) => {
  let hangs = false
  const heard: string[] = []
  const dir = await daemon(t, 'bgpd', (socket, command) => {
    heard.push(command)
    if (command === 'leave') socket.destroy()
    else if (!hangs) socket.write(END)
  })
  const talk = conversations(dir, 200)
  t.teardown(() => talk.close())
  await talk.ask('bgpd', ['one'])
  await faultOf(talk.ask('bgpd', ['leave']))
  t.strictSame(heard, ['enable', 'one', 'leave', 'enable', 'leave'])
  await talk.ask('bgpd', ['two'])
  hangs = true
  heard.length = 0
  t.match(await faultOf(talk.ask('bgpd', ['three'])), { message: /said nothing for 200 ms/ })
  t.strictSame(heard, ['three'])
})

t.test('a daemon that hangs up in an answer fails all that is under way', async (t) => {
  const dir = await daemon(t, 'bgpd', (socket) => {
    socket.end('half an answ')
  })
  const vty = await open(dir)
  const fault = await faultOf(vty.run(['one', 'two']))
  t.match(fault, { code: 'FRR_UNAVAILABLE', message: 'closed the connection' })
})

t.test('a daemon that never stops talking is hung up on', async (t) => {
  const dir = await daemon(t, 'bgpd', (socket) => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', more)
    more()
  })
  const vty = await open(dir)
  t.match(await faultOf(vty.run(['show'])), { code: 'PEER_LIMIT', at: 'bgpd' })
})

t.test('no daemon at all is said with what to do about it', async (t) => {
  const frr = openFrr({
    runDir: '/nonexistent/frr',
    conceal: () => sure(toSecretDigest('a'.repeat(32))),
    reveal: () => undefined,
  })
  const have = await frr.read()
  t.match(have, { version: null, bgpd: null, bfdd: null })
  t.match(have.faults, [
    { code: 'FRR_UNAVAILABLE', at: 'bgpd', message: /bgpd=yes in \/etc\/frr\/daemons/ },
    { code: 'FRR_UNAVAILABLE', at: 'bfdd' },
  ])
  t.match(await frr.save(), { code: 'FRR_UNAVAILABLE', at: 'bgpd' })
  t.match(await frr.wait({ do: 'frr-wait', links: [], vrfs: [] }, 10), { at: 'zebra' })
  t.match(await faultOf(frr.neighbors()), { code: 'FRR_UNAVAILABLE', at: 'bgpd' })
})

t.test('what a daemon says reaches a fault as one printable line', async (t) => {
  const dir = await daemon(t, 'bgpd', (socket, command) => {
    const hostile = command.startsWith('neighbor') ? '% no\n\u001b[31mred password hunter2' : ''
    socket.write(Buffer.concat([Buffer.from(hostile), END]))
  })
  const frr = openFrr({
    runDir: dir,
    conceal: () => sure(toSecretDigest('a'.repeat(32))),
    reveal: () => undefined,
  })
  const lines = ['router bgp 1', 'neighbor 10.0.0.1 remote-as 2']
  const refused = await frr.apply({ do: 'frr', daemon: 'bgpd', lines })
  t.equal(refused?.code, 'FRR_REFUSED')
  t.equal(refused?.message, '`neighbor 10.0.0.1 remote-as 2`: % no [31mred password (hidden)')
  frr.close()
})

t.test('JSON of another shape is no neighbour, and what is no JSON is no answer', async (t) => {
  const answers = [
    '{"default": {"10.0.0.1": 5, "x": {"nbrDesc": 7}, "vrfName": "default"}}',
    '{}',
    '[]',
  ]
  for (const answer of [...answers, '{', '', '% BGP is gone']) {
    const dir = await daemon(t, 'bgpd', (socket, command) => {
      const text = command.startsWith('show') ? answer : ''
      socket.write(Buffer.concat([Buffer.from(text), END]))
    })
    const frr = openFrr({
      runDir: dir,
      conceal: () => sure(toSecretDigest('a'.repeat(32))),
      reveal: () => undefined,
    })
    if (answers.includes(answer)) {
      const found = await frr.neighbors()
      t.strictSame(
        found.map(({ sessionState }) => sessionState),
        found.map(() => 'Idle'),
      )
    } else {
      t.match(await faultOf(frr.neighbors()), { code: 'FRR_UNAVAILABLE', message: /no JSON/ })
    }
    frr.close()
  }
})
