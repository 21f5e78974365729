import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import t from 'tap'
import { createEnds, readEndLine } from '../../../../src/edge/kernel/news/ends.js'
import { waitFor } from '../../../support/process/wait.js'

/** `struct nlmsghdr` and the start of `struct inet_diag_msg` for a socket. */
function message(family: number, ports: readonly [number, number], remote: string): Buffer {
  const octets = Buffer.alloc(60)
  octets.writeUInt8(family, 16)
  octets.writeUInt16BE(ports[0], 20)
  octets.writeUInt16BE(ports[1], 22)
  Buffer.from(remote, 'hex').copy(octets, 40)
  return octets
}

t.test('only an end of BGP with a far end is a line', (t) => {
  const ended = (...terms: Parameters<typeof message>) => {
    const line = createEnds().ended(message(...terms))
    return line === null ? null : readEndLine(line)
  }
  t.equal(ended(2, [179, 40_000], '0a000001'), '10.0.0.1')
  t.equal(ended(2, [40_000, 179], '0a000001'), '10.0.0.1')
  t.equal(ended(10, [40_000, 179], '20010db8000000000000000000000001'), '2001:db8::1')
  t.equal(ended(10, [179, 40_000], '00000000000000000000ffff0a000001'), '10.0.0.1')
  t.equal(ended(2, [179, 0], ''), null, 'a listener')
  t.equal(ended(2, [443, 40_000], '0a000001'), null)
  t.end()
})

t.test(
  'whatever octets arrive, a line is null or one that can be read, and they are bounded',
  (t) => {
    const ends = createEnds()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (octets) => {
        ends.refill()
        const line = ends.ended(Buffer.from(octets))
        return line === null || readEndLine(line) !== null
      }),
    )
    const one = message(2, [179, 1], '0a000001')
    const lines = Array.from({ length: 300 }, () => ends.ended(one)).filter((line) => line !== null)
    t.ok(lines.length <= 256)
    t.equal(ends.refill(), true, 'some were left out')
    t.equal(ends.refill(), false)
    t.end()
  },
)

t.test('the kernel says that a connection of BGP ended', async (t) => {
  const server = createServer((socket) => socket.resume().on('error', () => undefined))
  server.listen(179, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const child = spawn(process.execPath, ['dist/news-child.js'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await waitFor('it listens', () => lines, {
    until: (all) => all.includes('listening'),
    within: 20,
  })
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.7' })
  await once(client, 'connect')
  t.notOk(
    lines.some((line) => line.startsWith('session')),
    'it is established',
  )
  client.resetAndDestroy()
  const ended = (all: readonly string[]) => all.includes('session 127.0.0.7')
  t.ok(ended(await waitFor('it ended', () => lines, { until: ended, within: 20, every: 20 })))
})
