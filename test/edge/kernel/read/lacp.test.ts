import fc from 'fast-check'
import t from 'tap'
import { parseBonding } from '../../../../src/edge/kernel/read/bonding-file.js'
import { parsePdus } from '../../../../src/edge/kernel/read/lacp-counters.js'
import { lacpBits } from '../../../../src/edge/kernel/read/lacp.js'
import { MessageWriter } from '../../../../src/edge/kernel/netlink/writer.js'

/** One member as bond_procfs.c of Linux 6.1 writes it. */
const member = (port: string, partner: string) =>
  [
    `Slave Interface: ${port}`,
    'MII Status: up',
    'Speed: 10000 Mbps',
    'Duplex: full',
    'Link Failure Count: 0',
    'Permanent HW addr: 02:00:00:00:00:02',
    'Slave queue ID: 0',
    'Aggregator ID: 1',
    'Actor Churn State: none',
    'Partner Churn State: churned',
    'Actor Churned Count: 0',
    'Partner Churned Count: 1',
    'details actor lacp pdu:',
    '    system priority: 65535',
    '    system mac address: 02:00:00:00:00:01',
    '    port key: 15',
    '    port priority: 255',
    '    port number: 2',
    '    port state: 61',
    'details partner lacp pdu:',
    '    system priority: 65535',
    `    system mac address: ${partner}`,
    '    oper key: 21',
    '    port priority: 255',
    '    port number: 7',
    '    port state: 61',
    '',
  ].join('\n')

t.test('the file of the bonding driver shows both ends of each member', (t) => {
  const file = [
    'Ethernet Channel Bonding Driver: v6.1.0\n',
    member('enp1s0f0', 'aa:00:00:00:00:01'),
    'Slave Interface: enp1s0f2\nMII Status: down\n',
  ].join('\n')
  const nothing = { system: null, key: null, portNumber: null }
  t.strictSame(
    [...parseBonding(file)],
    [
      [
        'enp1s0f0',
        {
          actor: { system: '02:00:00:00:00:01', key: 15, portNumber: 2 },
          partner: { system: 'aa:00:00:00:00:01', key: 21, portNumber: 7 },
          churn: { actor: 'NONE', partner: 'CHURNED' },
        },
      ],
      ['enp1s0f2', { actor: nothing, partner: nothing, churn: null }],
    ],
  )
  t.equal(parseBonding('').size, 0)
  t.end()
})

t.test('a file that is cut anywhere is read as far as it goes', (t) => {
  const file = member('p1', 'aa:00:00:00:00:01')
  fc.assert(
    fc.property(fc.nat(file.length), (length) => {
      const found = parseBonding(file.slice(0, length)).get('p1')
      const numbers = [found?.actor.portNumber ?? 2, found?.partner.portNumber ?? 7]
      return numbers[0] === 2 && numbers[1] === 7
    }),
  )
  t.end()
})

t.test('the bits of a state octet have the names of IEEE 802.1AX', (t) => {
  t.strictSame(lacpBits(0x3d), [
    'ACTIVITY',
    'AGGREGATION',
    'SYNCHRONIZATION',
    'COLLECTING',
    'DISTRIBUTING',
  ])
  t.strictSame(lacpBits(0xc7), ['ACTIVITY', 'TIMEOUT', 'AGGREGATION', 'DEFAULTED', 'EXPIRED'])
  t.strictSame(lacpBits(0), [])
  t.end()
})

/** The body of an RTM_NEWSTATS about one member, whose counters are `0xNN`. */
function stats(counters: readonly number[]): Buffer {
  const writer = new MessageWriter()
  writer.words(0, 7, 4).nest(3, (slave) =>
    slave.nest(2, (bond) =>
      bond.nest(1, (lacp) =>
        counters.forEach((value, type) => {
          const octets = Buffer.alloc(8)
          octets.writeBigUInt64LE(BigInt(value))
          lacp.octets(type, octets)
        }),
      ),
    ),
  )
  return writer.take()
}

t.test('counters of a member are read, and a message that is cut or without them is none', (t) => {
  const body = stats([11, 12, 3, 4, 5, 6, 7, 8, 9])
  t.strictSame(parsePdus({ body }), {
    received: 11,
    sent: 12,
    unknown: 3,
    illegal: 4,
    markersReceived: 5,
    markersSent: 6,
  })
  t.equal(parsePdus({ body: stats([]).subarray(0, 12) }), null)
  t.equal(parsePdus({ body: Buffer.alloc(4) }), null)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const found = parsePdus({ body: Buffer.from(bytes) })
      return found === null || found.received >= 0
    }),
  )
  t.end()
})
