import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { createBmpDecoder } from '../../../src/core/bmp/decoder.js'
import { ok } from '../../../src/core/base/result.js'
import type { BmpEvent } from '../../../src/core/bmp/messages.js'

/** RFC 7854, and what real FRR sends; the octets of FRR are from 8.4.4 and 10.3. */

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

function message(type: number, body: Uint8Array, length = body.length + 6): Buffer {
  const head = Buffer.from([3, 0, 0, 0, 0, type])
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, body])
}

/** A per-peer header of 10.0.0.1, AS 65020, as FRR 8.4.4 sent it. */
const PEER = '000000000000000000000000000000000000000000000a0000010000fdfc0a0000016b0d720e0000d8e1'
const PEER6 = `0080${'00'.repeat(8)}20010db8000000000000000000000001${'00'.repeat(16)}`
const BGP = (length: string) => `${'ff'.repeat(16)}${length}03`
const INITIATION = message(4, hex('0001000f4652526f7574696e6720382e342e3400020002766d'))
const down = (rest: string, peer = PEER) => message(2, hex(`${peer}${rest}`))

function decode(...chunks: readonly Uint8Array[]): { events: BmpEvent[]; refusal: string | null } {
  const decoder = createBmpDecoder()
  const events: BmpEvent[] = []
  for (const chunk of chunks) {
    const result = decoder.take(chunk)
    if (!result.ok) return { events, refusal: result.faults[0] ?? '' }
    events.push(...result.value)
  }
  return { events, refusal: null }
}

t.test('each reason of a Peer Down', (t) => {
  const CASES: readonly (readonly [string, string, object])[] = [
    [
      'a NOTIFICATION received, with a message',
      `03${BGP('0021')}06020b48656c6c6f207468657265`,
      {
        reason: 3,
        notification: { direction: 'received', code: 6, subcode: 2 },
        message: 'Hello there',
      },
    ],
    [
      'a hard reset that holds one (RFC 8538)',
      `03${BGP('0020')}06090602024869`,
      { reason: 3, notification: { direction: 'received', code: 6, subcode: 2 }, message: 'Hi' },
    ],
    [
      'a NOTIFICATION sent',
      `01${BGP('0015')}0400`,
      { reason: 1, notification: { direction: 'sent', code: 4, subcode: 0 }, message: null },
    ],
    ['an event of the state machine', '020018', { reason: 2, notification: null, message: null }],
    ['closed', '04', { reason: 4, notification: null, message: null }],
    ['no longer monitored', '05', { reason: 5, notification: null, message: null }],
    ['a reason of the future', '63', { reason: 99, notification: null, message: null }],
    [
      'a NOTIFICATION without its code',
      `03${BGP('0013')}`,
      { reason: 3, notification: null, message: null },
    ],
    [
      'a message that is cut off',
      `03${BGP('0021')}06020b4865`,
      { reason: 3, notification: { direction: 'received', code: 6, subcode: 2 }, message: null },
    ],
  ]
  for (const [name, rest, expected] of CASES) {
    t.strictSame(
      decode(down(rest)).events,
      [{ kind: 'peer-down', address: '10.0.0.1', down: expected }],
      name,
    )
  }
  t.match(decode(down('04', PEER6)).events, [{ address: '2001:db8::1' }])
  t.end()
})

t.test('other messages are read or passed over, and the stream goes on', (t) => {
  const LOC_RIB = `03${'00'.repeat(41)}`
  const stream = [
    INITIATION,
    message(0, Buffer.alloc(70_000)),
    message(1, hex(PEER)),
    message(9, Buffer.alloc(0)),
    message(3, hex(`${LOC_RIB}0000`)),
    message(3, Buffer.concat([hex(PEER), Buffer.alloc(200)])),
    message(5, hex('000100020000')),
  ]
  t.strictSame(decode(...stream), {
    events: [
      { kind: 'initiation', system: 'vm' },
      { kind: 'peer-up', address: '10.0.0.1' },
    ],
    refusal: null,
  })
  t.end()
})

t.test('what is malformed is refused in words, and for good', (t) => {
  t.equal(decode(Buffer.from('GET / HTTP/1.1')).refusal, 'version 71 of BMP, not 3')
  t.match(decode(message(4, Buffer.alloc(0), 5)).refusal, /5 octets/)
  t.match(decode(message(4, Buffer.alloc(0), 0xffffffff)).refusal, /4294967295 octets/)
  t.equal(decode(message(2, hex('00'))).refusal, 'a message of type 2 is too short')
  t.equal(decode(message(2, hex(PEER))).refusal, 'a message of type 2 is too short', 'no reason')
  const decoder = createBmpDecoder()
  t.notOk(decoder.take(Buffer.from('nonsense')).ok)
  t.notOk(decoder.take(INITIATION).ok)
  t.end()
})

/** Streams near to valid ones: messages whose type, length or body is wrong now and then. */
const arbitraryStream = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(INITIATION, down('04'), down('020000', PEER6)) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.nat({ max: 7 }), fc.uint8Array({ maxLength: 300 }))
          .map(([type, body]) => message(type, body)),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts))

t.test('any octets, cut anywhere, give the same events and the same refusal', (t) => {
  fc.assert(
    fc.property(arbitraryStream, fc.array(fc.nat({ max: 700 }), { maxLength: 20 }), (all, cuts) => {
      const whole = decode(...[...all].map((octet) => Uint8Array.of(octet)))
      const places = [0, ...cuts.filter((at) => at < all.length).sort((a, b) => a - b), all.length]
      const cut = decode(...places.slice(1).map((at, i) => all.subarray(places[i], at)))
      // A refusal leaves out what the same chunk held before it.
      const known = whole.refusal === null ? whole.events : whole.events.slice(0, cut.events.length)
      return cut.refusal === whole.refusal && isDeepStrictEqual(cut.events, known)
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('a message that never ends costs no memory', (t) => {
  const decoder = createBmpDecoder()
  const head = message(0, Buffer.alloc(0), 1024 * 1024)
  const chunk = Buffer.alloc(64 * 1024)
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 200; i += 1) {
    decoder.take(head)
    for (let part = 0; part < 15; part += 1) decoder.take(chunk)
    decoder.take(chunk.subarray(6))
  }
  t.strictSame(decoder.take(INITIATION), ok([{ kind: 'initiation', system: 'vm' }]))
  t.ok(process.memoryUsage().arrayBuffers - before < 4 * 1024 * 1024)
  t.end()
})
