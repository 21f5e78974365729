import fc from 'fast-check'
import t from 'tap'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { looseAs, looseCount, looseNumber } from '../../../src/edge/frr/loose.js'
import { readNeighbors } from '../../../src/edge/frr/neighbors.js'

/** What FRR, or a later release of it, may print where a number belongs. */
const AS = fc.integer({ min: 1, max: 0xff_ff_ff_ff })
const garbage = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '-',
    '2.',
    '.20',
    '1.2.3',
    '65536.0',
    '0.65536',
    '0.0',
    'external',
    '0x10',
    '1e3',
    'NaN',
    'n/a',
  ),
  fc.string().filter((text) => !/^-?\d+(\.\d+)?$/.test(text)),
  fc.constantFrom(null, true, false, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constant([]),
  fc.constant({}),
)

/** Two halves of an AS, which as a number are a decimal fraction. */
function isDecimal(value: unknown): boolean {
  return typeof value === 'string' && /^\d+\.\d+$/.test(value)
}

t.test('an AS number is read in every notation of RFC 5396, or is unknown', (t) => {
  fc.assert(
    fc.property(AS, (as) => {
      const dotted = `${Math.floor(as / 65_536)}.${as % 65_536}`
      const plain = [as, String(as), ...(as < 65_536 ? [] : [dotted])]
      // asdot+ writes the high half of small numbers too.
      return [...plain, dotted].every((text) => looseAs(text) === as)
    }),
  )
  fc.assert(fc.property(garbage, (value) => looseAs(value) === null))
  for (const odd of [0, -1, 1.5, 2 ** 32, '0', '4294967296', '-5'])
    t.equal(looseAs(odd), null, String(odd))
  t.equal(looseAs('2.20'), 131_092, 'FRRouting/frr#2188')
  t.end()
})

t.test('a number is read as number or text, and what is none is unknown, never 0', (t) => {
  fc.assert(fc.property(fc.nat(), (n) => looseCount(n) === n && looseCount(String(n)) === n))
  fc.assert(
    fc.property(garbage, (value) => {
      return isDecimal(value) || (looseNumber(value) === null && looseCount(value) === null)
    }),
  )
  t.equal(looseCount(-1), null)
  t.equal(looseCount(1.5), null)
  t.end()
})

t.test('no figure of a neighbour is 0 because it could not be read', (t) => {
  const figures = (value: unknown) => ({
    remoteAs: value,
    bgpState: 'Established',
    connectionsEstablished: value,
    bgpTimerUpMsec: value,
    bgpTimerLastRead: value,
    bgpTimerHoldTimeMsecs: value,
    bgpTimerUpEstablishedEpoch: value,
    addressFamilyInfo: {
      ipv4Unicast: {
        acceptedPrefixCounter: value,
        sentPrefixCounter: value,
        prefixAllowedMax: value,
      },
    },
  })
  const read = (value: unknown) =>
    sure(readNeighbors(JSON.stringify({ default: { '10.0.0.1': figures(value) } }))[0])
  const numbers = (value: unknown): readonly unknown[] => {
    const found = read(value)
    const family = sure(found.families[0])
    return [
      found.peerAs,
      found.establishedTransitions,
      found.upFor,
      found.sinceLastMessage,
      found.holdTime,
      found.lastEstablished,
      family.received,
      family.sent,
      family.limit,
    ]
  }
  fc.assert(
    fc.property(garbage, (value) =>
      !isDecimal(value) ? numbers(value).every((number) => number === null) : true,
    ),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (n) =>
      [...numbers(n), ...numbers(String(n))].every((number) => number === n),
    ),
  )
  t.end()
})
