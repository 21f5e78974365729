import fc from 'fast-check'
import t from 'tap'
import { parseAddress, addressToAdd } from '../../../src/edge/kernel/messages/addresses.js'
import {
  parseBond,
  writeBond,
  writeNewBond,
} from '../../../src/edge/kernel/messages/bond-options.js'
import { detailOf, parseLink, parseName } from '../../../src/edge/kernel/messages/link-parse.js'
import {
  attributes,
  eachMessage,
  macText,
  octets,
  spanOf,
  textOf,
  uint,
  type Message,
} from '../../../src/edge/kernel/netlink/reader.js'
import type { Request } from '../../../src/edge/kernel/netlink/socket.js'
import { MessageWriter } from '../../../src/edge/kernel/netlink/writer.js'
import { ADDRESS_PROTOCOL } from '../../../src/core/model/link.js'
import type { InterfaceAddress } from '../../../src/core/model/names.js'
import { BOND } from '../../support/kernel/kernel-steps.js'

/** The bytes of one request, read as the kernel would. */
function written(request: Request): Message {
  const writer = new MessageWriter()
  writer.begin(request.type, request.flags, 7)
  request.body(writer)
  writer.finish()
  const found: Message[] = []
  eachMessage(writer.take(), (message) => found.push(message))
  if (found[0] === undefined) throw new Error('no message')
  return found[0]
}

t.test('attributes come back as they were written, whatever their length', async () => {
  const attribute = fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 300 }))
  fc.assert(
    fc.property(fc.uniqueArray(attribute, { selector: ([type]) => type }), (list) => {
      const { body } = written({
        type: 16,
        flags: 0,
        body: (writer) => list.forEach(([type, value]) => writer.octets(type, value)),
      })
      const found = attributes(spanOf(body))
      return (
        found.size === list.length &&
        list.every(([type, value]) => octets(found.get(type))?.equals(value))
      )
    }),
  )
})

t.test('many messages lie one behind the other, beyond the first buffer', async (t) => {
  const writer = new MessageWriter()
  for (let seq = 1; seq <= 500; seq++) {
    writer.begin(16, 1, seq)
    writer.words(0, seq).text(3, `link-${seq}`)
    writer.finish()
  }
  const seen: [number, string | undefined][] = []
  eachMessage(writer.take(), ({ seq, body }) => {
    seen.push([seq, textOf(attributes(spanOf(body, 8)).get(3))])
  })
  t.equal(seen.length, 500)
  t.strictSame(seen[499], [500, 'link-500'])
  t.equal(writer.length, 0, 'what was taken is gone')
})

t.test('numbers of a size nobody knows are no numbers', async (t) => {
  t.equal(uint(spanOf(Buffer.alloc(3))), undefined)
  t.equal(uint(undefined), undefined)
  t.equal(uint(spanOf(Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]))), 256)
  t.equal(macText(spanOf(Buffer.alloc(4))), undefined)
})

t.test('whatever arrives, reading it never throws', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const datagram = Buffer.from(bytes)
      eachMessage(datagram, () => undefined)
      const message = { type: 16, flags: 0, seq: 1, body: datagram }
      const link = parseLink(message)
      if (link !== undefined) detailOf(link, () => 'parent')
      if (datagram.length >= 16) parseName(message)
      parseAddress(message)
      parseBond(spanOf(datagram))
      return true
    }),
  )
})

t.test('an address is written so that it reads the same, with the mark of its owner', async (t) => {
  for (const address of [
    '10.0.0.1/30',
    '192.0.2.255/32',
    'fd00::1/64',
    '2001:db8::/127',
    '::1/128',
  ]) {
    const message = written(addressToAdd(3, address as InterfaceAddress))
    // The kernel adds IFA_F_PERMANENT to what has no lifetime.
    message.body.writeUInt8(message.body.readUInt8(2) | 0x80, 2)
    t.strictSame(parseAddress(message), {
      index: 3,
      address,
      protocol: ADDRESS_PROTOCOL,
      leased: false,
      created: 0,
    })
    message.body.writeUInt8(0, 2)
    const leased = parseAddress(message)
    if (address.includes(':')) t.equal(leased, undefined, 'one that is advertised is left out')
    else t.match(leased, { address, leased: true })
  }
})

t.test('options of a bond come back as they were written', async () => {
  const options = fc.record({
    lacpRate: fc.constantFrom('slow' as const, 'fast' as const),
    lacpActive: fc.boolean(),
    minLinks: fc.nat(8),
    hash: fc.constantFrom(
      ...(['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4', 'vlan+srcmac'] as const),
    ),
    adSelect: fc.constantFrom('stable' as const, 'bandwidth' as const, 'count' as const),
    miimon: fc.integer({ min: 1, max: 10_000 }),
    upDelay: fc.nat(100_000),
    downDelay: fc.nat(100_000),
    systemPriority: fc.integer({ min: 1, max: 65_535 }),
    systemId: fc.constantFrom(null, '02:00:00:00:00:01', 'ae:00:ff:10:20:30'),
    userPortKey: fc.nat(1023),
  })
  const reread = (fill: (writer: MessageWriter) => void) =>
    parseBond(spanOf(written({ type: 16, flags: 0, body: fill }).body))
  fc.assert(
    fc.property(options, (wanted) => {
      const read = reread((writer) => writeNewBond(writer, wanted))
      return read !== undefined && JSON.stringify(sorted(read)) === JSON.stringify(sorted(wanted))
    }),
  )
  fc.assert(
    fc.property(options, (wanted) => reread((writer) => writeBond(writer, wanted)) === undefined),
    { numRuns: 10 },
  )
})

function sorted(record: object): object {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

t.test('a change writes what it changes and nothing else', async (t) => {
  const { body } = written({
    type: 16,
    flags: 0,
    body: (writer) => writeBond(writer, { lacpActive: false, systemId: null }),
  })
  t.strictSame([...attributes(spanOf(body)).keys()], [29, 26])
  t.ok(BOND.lacpActive, 'the usual is active')
})
