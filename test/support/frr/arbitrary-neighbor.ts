import * as fc from 'fast-check'
import type { IntentNeighbor } from '../../../src/core/wire/intent.js'

/** Names of secrets that random neighbours use. */
export const SECRET_NAMES = ['md5-a', 'md5-b'] as const

export interface NeighborOptions {
  readonly secrets: readonly string[]
  /** Whether the attachment has addresses of both families, without which a family has no next hop. */
  readonly bothFamilies: boolean
}

/** Random settings for a neighbour that a lab's peer can talk to, but for its secret and a shutdown. */
export function arbitraryNeighbor(
  neighborAddress: string,
  options: NeighborOptions = { secrets: SECRET_NAMES, bothFamilies: true },
): fc.Arbitrary<IntentNeighbor> {
  const v6 = neighborAddress.includes(':')
  const settings = fc.record(
    {
      description: fc.constantFrom('paris side', 'backup', 'asks for 2 ms'),
      ...(options.secrets.length === 0
        ? {}
        : { authPassword: fc.constantFrom(...options.secrets).map((secret) => ({ secret })) }),
      timers: fc.constantFrom([30, 10], [90, 30], [60, 20]),
      connectRetry: fc.constantFrom(10, 60),
      bfd: fc.constantFrom(
        {},
        { desiredMinimumTxInterval: 500, requiredMinimumReceive: 500, detectionMultiplier: 5 },
      ),
      gracefulRestart: fc.constantFrom('helper', 'restarter', 'disabled'),
      shutdown: fc.constantFrom(null, null, null, {}, { message: 'maintenance until 06:00' }),
      drain: fc.boolean(),
      family: arbitraryFamily(v6),
      ...(options.bothFamilies ? { other: arbitraryFamily(!v6) } : {}),
    },
    { requiredKeys: [] },
  )
  const usual = fc.constant({
    neighborAddress,
    peerAs: 65020,
    [v6 ? 'ipv6Unicast' : 'ipv4Unicast']: {},
  })
  const unusual = settings.map(({ timers, family, other, shutdown, ...rest }) => ({
    neighborAddress,
    peerAs: 65020,
    ...rest,
    ...(shutdown ? { shutdown } : {}),
    ...(timers === undefined ? {} : { holdTime: timers[0], keepaliveInterval: timers[1] }),
    ...(family === undefined ? {} : { [v6 ? 'ipv6Unicast' : 'ipv4Unicast']: family }),
    ...(other === undefined ? {} : { [v6 ? 'ipv4Unicast' : 'ipv6Unicast']: other }),
  })) as fc.Arbitrary<IntentNeighbor>
  return fc.oneof({ arbitrary: usual, weight: 2 }, { arbitrary: unusual, weight: 1 })
}

function arbitraryFamily(v6: boolean) {
  const rules = v6
    ? ['2001:db8:100::/40 le 48', '2001:db8:200::/48', '::/0 ge 1 le 64']
    : ['10.64.0.0/10 le 24', '192.168.0.0/16', '172.16.0.0/12 ge 16 le 24']
  const prefixes = fc.subarray(rules)
  const communities = fc.subarray(['65010:100', '65010:1:2', 'no-export'])
  const maxPrefixes = fc.record(
    {
      limit: fc.constantFrom(100, 1000),
      warningPercent: fc.constantFrom(75, 80),
      action: fc.constantFrom('warn', 'teardown'),
    },
    { requiredKeys: ['limit'] },
  )
  const asPaths = fc.constantFrom(
    { without: ['64496-64511'] },
    { startingWith: ['65020', '65030-65099'], maxLength: 5 },
  )
  const policy = { prefixes, communities }
  const loose = { requiredKeys: [] }
  const limit = fc.constantFrom(50, 100).map((most) => ({ limit: most }))
  return fc.record(
    {
      import: fc.record(
        {
          ...policy,
          maxPrefixes,
          localPreference: fc.constantFrom(50, 200),
          asPaths,
          matchCommunities: fc.subarray(['65020:1', '65020:1:1', 'no-peer'], { minLength: 1 }),
        },
        loose,
      ),
      export: fc.record(
        {
          ...policy,
          asPaths,
          prependAs: fc.constantFrom(0, 1, 3),
          med: fc.constantFrom(0, 50),
          defaultOriginate: fc.boolean(),
          maxPrefixes: limit,
        },
        loose,
      ),
      nextHopSelf: fc.boolean(),
      allowAsIn: fc.constantFrom(1, 3),
      asOverride: fc.boolean(),
    },
    loose,
  )
}
