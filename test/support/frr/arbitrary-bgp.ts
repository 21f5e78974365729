import * as fc from 'fast-check'
import {
  toCommunity,
  type AddressFamily,
  type Aggregate,
  type BgpInstance,
  type BgpNeighbor,
  type Community,
  type PrefixRule,
} from '../../../src/core/model/bgp.js'
import {
  toIfname,
  toIpText,
  toLine,
  toPrefix,
  toSecretDigest,
  toWord,
} from '../../../src/core/model/names.js'

/** Makes a checked value out of one the test knows to be right. */
export function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test built a value that its type refuses')
  return value
}

/** What the two test secrets are, by digest; both directions are a look-up. */
export const SECRETS: ReadonlyMap<string, string> = new Map([
  ['a'.repeat(32), 'first-Secret|!#'],
  ['b'.repeat(32), '"second?\\secret'],
])

const ADDRESSES = ['10.0.0.1', '10.0.0.5', '10.0.1.1', 'fd00::1', '2001:db8::a']

function rule(text: string): PrefixRule {
  const [prefix = '', , ge, , le] = /^(\S+)( ge (\d+))?( le (\d+))?$/.exec(text)?.slice(1) ?? []
  return {
    prefix: sure(toPrefix(prefix)),
    ge: ge === undefined ? null : Number(ge),
    le: le === undefined ? null : Number(le),
  }
}

const RULES = {
  4: ['10.64.0.0/10 le 24', '0.0.0.0/0', '0.0.0.0/0 le 32', '192.168.0.0/16', '10.0.0.0/8 ge 16'],
  6: ['2001:db8::/32 le 48', '::/0', 'fd00::/8 ge 16 le 64', '::/0 ge 1 le 128', '2001:db8:1::/48'],
} as const

const COMMUNITIES = [
  '65010:100',
  'no-export',
  '65010:2',
  '65010:1:2',
  '4200000000:1:1',
  'blackhole',
]

const communities: fc.Arbitrary<Community[]> = fc
  .subarray(COMMUNITIES, { maxLength: 4 })
  .chain((some) => fc.shuffledSubarray(some, { minLength: some.length }))
  .map((some) => some.map((text) => sure(toCommunity(text))))

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(value, { nil: null })
}

function rules(width: 4 | 6): fc.Arbitrary<PrefixRule[]> {
  return fc.shuffledSubarray([...RULES[width]], { maxLength: 3 }).map((some) => some.map(rule))
}

const maxPrefixes = fc.record({
  limit: fc.constantFrom(1, 100, 50_000),
  warningPercent: fc.constantFrom(75, 80, 100),
  action: fc.constantFrom('warn' as const, 'teardown' as const),
  restartMinutes: maybe(fc.constantFrom(1, 30)),
})

const ranges = fc.subarray([
  { low: 64_496, high: 64_511 },
  { low: 65_020, high: 65_020 },
  { low: 4_200_000_000, high: 4_294_967_294 },
])

const asPaths = fc
  .record({
    without: ranges,
    startingWith: ranges,
    originatedBy: ranges,
    maxLength: maybe(fc.constantFrom(1, 7)),
  })
  .filter(
    ({ without, startingWith, originatedBy, maxLength }) =>
      without.length + startingWith.length + originatedBy.length > 0 || maxLength !== null,
  )

function family(width: 4 | 6): fc.Arbitrary<AddressFamily> {
  return fc.record({
    nextHopSelf: fc.boolean(),
    allowAsIn: maybe(fc.constantFrom(1, 3, 10)),
    asOverride: fc.boolean(),
    import: fc.record({
      prefixes: rules(width),
      asPaths: maybe(asPaths),
      matchCommunities: communities.map((some) => some.toSorted()),
      localPreference: maybe(fc.constantFrom(0, 100, 200)),
      communities,
      maxPrefixes: maybe(maxPrefixes),
    }),
    export: fc.record({
      prefixes: rules(width),
      asPaths: maybe(asPaths),
      prependAs: fc.constantFrom(0, 1, 3),
      med: maybe(fc.constantFrom(0, 50)),
      communities,
      defaultOriginate: fc.boolean(),
      maxPrefixes: maybe(fc.constantFrom(2, 100)),
      shareOf: fc.constant(null),
    }),
  })
}

const timers = fc.constantFrom(
  { holdTime: 180, keepaliveInterval: 60 },
  { holdTime: 30, keepaliveInterval: 10 },
  { holdTime: 0, keepaliveInterval: 0 },
  { holdTime: 9, keepaliveInterval: 3 },
)

const bfd = (strict: fc.Arbitrary<boolean>) =>
  fc.record({
    desiredMinimumTxInterval: fc.constantFrom(300, 500),
    requiredMinimumReceive: fc.constantFrom(300, 1000),
    detectionMultiplier: fc.constantFrom(3, 5),
    strict,
  })

/** A neighbour with anything demarc can say about one. */
function arbitraryBgpNeighbor(
  address: string,
  strict: fc.Arbitrary<boolean>,
): fc.Arbitrary<BgpNeighbor> {
  const source = address.includes(':') ? 'fd00::2' : '10.0.0.2'
  return (
    fc
      .record({
        attachment: fc.constantFrom('net-a', 'net.b_2').map((name) => sure(toWord(name))),
        address: fc.constant(sure(toIpText(address))),
        peerAs: fc.constantFrom(65020, 65020, 4200000001, 65010),
        localAs: maybe(fc.constantFrom(65001, 65002)),
        description: maybe(
          fc.constantFrom('to: the "other" side', '$HOME;ls', '%s%n').map((x) => sure(toLine(x))),
        ),
        password: maybe(fc.constantFrom(...SECRETS.keys()).map((x) => sure(toSecretDigest(x)))),
        timers,
        connectRetry: fc.constantFrom(120, 10),
        bfd: maybe(bfd(strict)),
        multihop: fc.constantFrom(1, 1, 2, 255),
        ttlSecurity: maybe(fc.constantFrom(1, 2, 254)),
        updateSource: maybe(fc.constant(sure(toIpText(source)))),
        gracefulRestart: fc.constantFrom('helper', 'restarter', 'disabled'),
        shutdown: maybe(
          fc.record({
            message: maybe(fc.constantFrom('gone until 06:00', 'x').map((x) => sure(toLine(x)))),
          }),
        ),
        drain: fc.boolean(),
        ipv4Unicast: maybe(family(4)),
        ipv6Unicast: maybe(family(6)),
      })
      // No intent means one without a family: `familiesOf` gives it that of its address.
      .filter(({ ipv4Unicast, ipv6Unicast }) => ipv4Unicast !== null || ipv6Unicast !== null)
      .map(({ timers: { holdTime, keepaliveInterval }, ...rest }) => ({
        ...rest,
        holdTime,
        keepaliveInterval,
      }))
  )
}

/** The neighbour without what no intent can have of it in a block of this AS (`checkSessions`). */
export function asIntended(neighbor: BgpNeighbor, ownAs: number): BgpNeighbor {
  const { localAs, multihop, peerAs, ttlSecurity, ipv4Unicast, ipv6Unicast } = neighbor
  const internal = peerAs === ownAs
  const without = (one: AddressFamily | null) => one && { ...one, asOverride: false }
  return {
    ...neighbor,
    localAs: internal ? null : localAs,
    ttlSecurity: internal || multihop > 1 ? null : ttlSecurity,
    ...(internal && { ipv4Unicast: without(ipv4Unicast), ipv6Unicast: without(ipv6Unicast) }),
  }
}

const AGGREGATES = ['10.64.0.0/10', '192.168.0.0/16', '2001:db8::/32']

function aggregate(text: string): fc.Arbitrary<Aggregate> {
  return fc.record({ prefix: fc.constant(sure(toPrefix(text))), summaryOnly: fc.boolean() })
}

function instance(vrf: string | null, strict: fc.Arbitrary<boolean>): fc.Arbitrary<BgpInstance> {
  const any = fc.record({
    vrf: fc.constant(vrf === null ? null : sure(toIfname(vrf))),
    localAs: fc.constantFrom(65010, 65010, 65010, 4200000010),
    routerId: fc.constantFrom('10.255.0.1', '10.255.0.2').map((text) => sure(toIpText(text))),
    maximumPaths: fc.constantFrom(1, 4, 64),
    aggregates: fc.subarray(AGGREGATES).chain((some) => fc.tuple(...some.map(aggregate))),
    neighbors: fc
      .subarray(ADDRESSES, { minLength: 1, maxLength: 3 })
      .chain((some) => fc.tuple(...some.map((one) => arbitraryBgpNeighbor(one, strict)))),
  })
  return any.map((made) => ({
    ...made,
    neighbors: made.neighbors.map((neighbor) => asIntended(neighbor, made.localAs)),
  }))
}

/** The blocks of a small router, none to two. */
function blocks(strict: fc.Arbitrary<boolean>): fc.Arbitrary<readonly BgpInstance[]> {
  return fc
    .tuple(maybe(instance(null, strict)), maybe(instance('blue', strict)))
    .map((both) => both.filter((one) => one !== null))
}

/** As every FRR that demarc supports can have them. */
export const arbitraryBgp = blocks(fc.constant(false))

/** As FRR 10.4 and newer can have them. */
export const arbitraryStrictBgp = blocks(fc.boolean())
