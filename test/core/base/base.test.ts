import * as fc from 'fast-check'
import t from 'tap'
import { canonicalJson, type Json } from '../../../src/core/base/json.js'
import { FAULTS, fault, FaultError } from '../../../src/core/base/fault.js'
import {
  contains,
  formatCidr,
  formatIp,
  type Ip,
  lastAddress,
  network,
  overlaps,
  parseCidr,
  parseIp,
} from '../../../src/core/base/ip.js'
import { instantText } from '../../../src/core/base/time.js'
import { pathText, quote, quoteValue } from '../../../src/core/base/quote.js'
import { didYouMean, nearest } from '../../../src/core/base/suggest.js'

const ip4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((bits): Ip => ({ family: 4, bits }))
const ip6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((bits): Ip => ({ family: 6, bits }))
const cidr = fc.oneof(
  fc.record({ ip: ip4, length: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ ip: ip6, length: fc.integer({ min: 0, max: 128 }) }),
)

t.test('an address that was written can be read', async () => {
  fc.assert(
    fc.property(fc.oneof(ip4, ip6), (ip) => {
      const read = parseIp(formatIp(ip))
      return read?.family === ip.family && read.bits === ip.bits
    }),
  )
  fc.assert(
    fc.property(cidr, (one) => formatCidr(one) === formatCidr(parseCidr(formatCidr(one)) ?? one)),
  )
})

t.test('an address has one spelling (RFC 5952)', async (t) => {
  const spellings: readonly (readonly [string, string])[] = [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1::', '1::'],
    ['0:0:1::', '0:0:1::'],
  ]
  for (const [written, canonical] of spellings) {
    const ip = parseIp(written)
    t.equal(ip && formatIp(ip), canonical, written)
  }
})

t.test('what is no address is not read as one', async (t) => {
  const wrong = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4 ',
    ':',
    ':::',
    '1::2::3',
  ]
  const longer = [
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
  ]
  for (const text of [...wrong, ...longer, 'fe80::1%eth0', '1.2.3.4\n', '::1.2.3.4:5']) {
    t.equal(parseIp(text), undefined, JSON.stringify(text))
  }
  for (const text of ['1.2.3.4', '1.2.3.4/33', '::/129', '1.2.3.4/', '1.2.3.4/01', '1.2.3.4/8/8']) {
    t.equal(parseCidr(text), undefined, text)
  }
})

t.test('a subnet holds the addresses from its first to its last and no others', async () => {
  fc.assert(
    fc.property(cidr, fc.oneof(ip4, ip6), (subnet, ip) => {
      const [first, last] = [network(subnet).bits, lastAddress(subnet).bits]
      const inside = ip.family === subnet.ip.family && first <= ip.bits && ip.bits <= last
      return contains(subnet, ip) === inside && contains(subnet, subnet.ip)
    }),
  )
})

t.test('two subnets overlap when one holds the other, whichever is asked', async () => {
  fc.assert(
    fc.property(cidr, cidr, fc.nat(), (a, b, more) => {
      const inner = { ip: a.ip, length: Math.min(a.length + more, a.ip.family === 4 ? 32 : 128) }
      return overlaps(a, b) === overlaps(b, a) && overlaps(a, inner) && overlaps(inner, a)
    }),
  )
})

t.test('canonical JSON does not depend on the order in which keys were written', async (t) => {
  t.equal(
    canonicalJson({ b: [1, { d: null, c: 1e21 }], a: '\u20ac"' }),
    '{"a":"€\\"","b":[1,{"c":1e+21,"d":null}]}',
  )
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const json = value as Json
      const reordered = reversed(json)
      return (
        canonicalJson(reordered) === canonicalJson(json) &&
        canonicalJson(JSON.parse(canonicalJson(json)) as Json) === canonicalJson(json)
      )
    }),
  )
})

function reversed(json: Json): Json {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return (json as readonly Json[]).map(reversed)
  return Object.fromEntries(
    Object.entries(json)
      .reverse()
      .map(([key, value]: [string, Json]) => [key, reversed(value)]),
  )
}

t.test('a foreign text in a message is short and cannot move a cursor', async (t) => {
  t.equal(quote('a"b'), '"a\\"b"')
  t.equal(quote('\u001b[2J\u009b\u202e'), '"\\u001b[2J\\u009b\\u202e"')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      return /^[\x20-\x7e…]*$/.test(quote(text)) && quote(text).length <= 40 * 6 + 3
    }),
  )
  t.strictSame([[1], {}, null, 5, undefined].map(quoteValue), [
    'a list',
    'an object',
    'null',
    '5',
    'undefined',
  ])
  t.equal(pathText(['a', 0, 'b-c', 'd e', '\n']), 'a[0].b-c["d e"]["\\n"]')
})

t.test('a slip of the finger is answered with what was meant, nonsense with nothing', async (t) => {
  const keys = ['holdTime', 'keepaliveInterval', 'name', 'id']
  t.equal(nearest('holdtime', keys), 'holdTime')
  t.equal(nearest('hold_time', keys), 'holdTime')
  t.equal(nearest('nmae', keys), 'name')
  t.equal(nearest('zzzz', keys), undefined)
  t.equal(nearest('x'.repeat(1e6), keys), undefined)
  t.equal(didYouMean('keepAliveInterval', keys), '; did you mean "keepaliveInterval"?')
  t.equal(didYouMean('', keys), '')
})

t.test('a fault without a detail has the sentence of the table', async (t) => {
  t.equal(fault('CHANGE_BUSY', 'change').message, FAULTS.CHANGE_BUSY.summary)
  const error = new FaultError(fault('BUG', 'plan', 'it is empty'), new Error('inner'))
  t.match(error, { message: 'plan: it is empty', cause: { message: 'inner' } })
})

t.test('a moment is written as the rest of the world writes it', (t) => {
  // Years 0 to 9999.
  const seconds = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 })
  fc.assert(
    fc.property(seconds, (at) => instantText(at) === new Date(at * 1000).toISOString()),
    { numRuns: 2000 },
  )
  t.equal(instantText(1_709_164_800), '2024-02-29T00:00:00.000Z', 'a leap day')
  t.end()
})
