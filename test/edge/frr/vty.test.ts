import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FaultError } from '../../../src/core/base/fault.js'
import { millis } from '../../../src/core/base/time.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import { daemonConnections } from '../../../src/edge/frr/vty/connections.js'
import { openFrr } from '../../../src/edge/frr/frr.js'
import { openVty } from '../../../src/edge/frr/vty/vty.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

const END = Buffer.of(0, 0, 0, 0)

/** A daemon that does what a real one never should; `onCommand` gets every command. */
async function daemon(
  t: Test,
  name: string,
  onCommand: (socket: Socket, command: string) => void,
): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'vty-'))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let unread = ''
    socket.on('data', (chunk) => {
      const commands = (unread + chunk.toString()).split('\0')
      unread = commands.pop() ?? ''
      for (const command of commands) onCommand(socket, command)
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

/** `timeout` in ms. */
function open(dir: string, timeout = 5000) {
  return openVty({ daemon: 'bgpd', path: join(dir, 'bgpd.vty'), timeout: millis(timeout) })
}

async function faultOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof FaultError ? error.fault : error
}

t.test('replies that come octet by octet, or several at once, are kept apart', async (t) => {
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

t.test('a daemon that does not answer is given up, with its name', async (t) => {
  const dir = await daemon(t, 'bgpd', () => undefined)
  const vty = await open(dir, 50)
  const fault = await faultOf(vty.run(['show version']))
  t.match(fault, {
    code: 'FRR_UNAVAILABLE',
    at: 'bgpd',
    message: /^bgpd did not answer within 0\.05 s/,
  })
  t.notOk(vty.isOpen())
  t.match(await faultOf(vty.run(['again'])), { code: 'FRR_UNAVAILABLE' })
})

t.test('a daemon that hangs is asked once, one that restarts once more', async (t) => {
  let hangs = false
  const commands: string[] = []
  const dir = await daemon(t, 'bgpd', (socket, command) => {
    commands.push(command)
    if (command === 'leave') socket.destroy()
    else if (!hangs) socket.write(END)
  })
  const connections = daemonConnections(dir, millis(90))
  t.teardown(() => connections.close())
  await connections.ask('bgpd', ['one'])
  await faultOf(connections.ask('bgpd', ['leave']))
  t.strictSame(commands, [
    'enable',
    'enable',
    'one',
    'enable',
    'leave',
    'enable',
    'enable',
    'leave',
  ])
  await connections.ask('bgpd', ['two'])
  hangs = true
  commands.length = 0
  t.match(await faultOf(connections.ask('bgpd', ['three'])), {
    message: /did not answer within 0\.09 s/,
  })
  t.strictSame(commands, ['enable'], 'a sign of life, and nothing more')
})

t.test('a daemon that closes the connection in a reply fails all that is under way', async (t) => {
  const dir = await daemon(t, 'bgpd', (socket) => {
    socket.end('half an answ')
  })
  const vty = await open(dir)
  const fault = await faultOf(vty.run(['one', 'two']))
  t.match(fault, { code: 'FRR_UNAVAILABLE', message: 'closed the connection' })
})

t.test('the connection to a daemon that sends without end is closed', async (t) => {
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

t.test('a daemon that does not run is a fault with its remedy', async (t) => {
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
  t.match(await frr.wait({ do: 'frr-wait', links: [], vrfs: [] }, millis(10)), { at: 'zebra' })
  t.match(await faultOf(frr.neighbors()), { code: 'FRR_UNAVAILABLE', at: 'bgpd' })
})

t.test('a daemon’s message is one printable line in a fault', async (t) => {
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

t.test('JSON of another shape is no neighbour, and what is not JSON is a fault', async (t) => {
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
      t.match(await faultOf(frr.neighbors()), { code: 'FRR_UNAVAILABLE', message: /not JSON/ })
    }
    frr.close()
  }
})
