import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { receiveBmp } from '../../../src/edge/bmp/receiver.js'
import { freePort } from '../../support/process/listening.js'
import { manualClock } from '../../support/process/manual-clock.js'
import { waitFor } from '../../support/process/wait.js'

/** The receiver against real connections on loopback, among them hostile ones. */

const INITIATION = Buffer.from('0300000018040001000470726f6200020006726f75746572', 'hex')
INITIATION.writeUInt32BE(INITIATION.length, 1)
const PEER = `${'00'.repeat(22)}0a000001${'00'.repeat(16)}`

function message(type: number, hex: string): Buffer {
  const body = Buffer.from(hex, 'hex')
  const head = Buffer.from([3, 0, 0, 0, body.length + 6, type])
  return Buffer.concat([head, body])
}

const DOWN = message(2, `${PEER}04`)
const UP = message(3, PEER)

async function scene(t: Test) {
  const port = await freePort()
  const clock = manualClock()
  const logged: string[] = []
  const got: string[] = []
  const write = (fields: object, text: string) =>
    void logged.push(`${text}${'reason' in fields ? `: ${String(fields.reason)}` : ''}`)
  const receiver = receiveBmp({
    ...{ address: '127.0.0.1', port, clock, log: { info: write, warn: write } },
    onPeerDown: (address, { reason }) => got.push(`${address} down ${reason}`),
    onPeerUp: () => got.push('up'),
  })
  t.teardown(receiver.close)
  const says = (text: RegExp) =>
    waitFor(String(text), () => logged, {
      ...{ until: (lines) => lines.some((line) => text.test(line)), within: 10, every: 5 },
    })
  await says(/can report/)
  const dial = async (...octets: readonly Buffer[]): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined)
    t.teardown(() => socket.destroy())
    await once(socket.resume(), 'connect')
    for (const one of octets) socket.write(one)
    return socket
  }
  const gets = (count: number) =>
    waitFor(`${count} reports`, () => got, {
      ...{ until: (all) => all.length >= count, within: 10, every: 5 },
    })
  const closes = (socket: Socket) =>
    waitFor('it is closed', () => socket.closed, { until: Boolean, within: 10, every: 5 })
  const isRefused = async () => closes(await dial(INITIATION, DOWN))
  return { closes, clock, logged, got, dial, says, gets, isRefused, port }
}

t.test('ends of sessions pass, those beyond the rate are left to the look', async (t) => {
  const { dial, gets, says, got, clock } = await scene(t)
  const bgpd = await dial(INITIATION, UP, UP, UP, DOWN)
  await says(/reports its sessions/)
  t.strictSame(await gets(3), ['up', 'up', '10.0.0.1 down 4'])
  for (let i = 0; i < 400; i += 1) bgpd.write(DOWN)
  await gets(258)
  await clock.advance(1000)
  bgpd.write(DOWN)
  await gets(259)
  t.equal(got.length, 259)
})

t.test(
  'nonsense and a flood are closed by name, nobody is let in, then bgpd is again',
  async (t) => {
    const { closes, dial, isRefused, says, gets, clock, logged } = await scene(t)
    const bgpd = await dial(INITIATION)
    await says(/reports its sessions/)
    await dial(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await says(/version 71 of BMP/)
    await isRefused()
    bgpd.write(DOWN)
    await gets(1)
    await clock.advance(1000)
    await dial(DOWN)
    await says(/first message is no Initiation/)
    await clock.advance(1999)
    await isRefused()
    await clock.advance(1)
    const routes = Buffer.alloc(1024 * 1024)
    Buffer.from([3, 0, 16, 0, 0, 0]).copy(routes)
    const flood = await dial(INITIATION, ...Array.from({ length: 9 }, () => routes))
    await closes(flood)
    await says(/sends too much/)
    await clock.advance(4000)
    await dial(INITIATION, DOWN)
    await gets(2)
    t.equal(logged.filter((line) => line.startsWith('a connection of BMP was closed')).length, 3)
  },
)

t.test('connections are bounded, and a port in use is named', async (t) => {
  const { dial, isRefused, says, port } = await scene(t)
  for (let i = 0; i < 32; i += 1) await dial(INITIATION)
  await says(/reports its sessions/)
  await isRefused()
  const logged: object[] = []
  const other = receiveBmp({
    ...{ address: '127.0.0.1', port, clock: manualClock() },
    log: { info: () => undefined, warn: (fields) => void logged.push(fields) },
    ...{ onPeerDown: () => undefined, onPeerUp: () => undefined },
  })
  t.teardown(other.close)
  await waitFor('it says so', () => logged.length, { until: (n) => n > 0, within: 5, every: 5 })
  t.match(logged, [{ event: 'bmp', error: /EADDRINUSE/ }])
})
