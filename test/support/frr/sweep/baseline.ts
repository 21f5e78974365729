import { BFD_DEFAULTS } from '../../../../src/core/model/intent-defaults.js'
import { toPrefix } from '../../../../src/core/model/names.js'
import type { AddressFamily, BgpInstance } from '../../../../src/core/model/bgp.js'
import { sure } from '../arbitrary-bgp.js'
import { NO_EXPORT, NO_IMPORT, NO_ROUTES, plainInstance, plainNeighbor } from '../bgp-instance.js'
import { SWEPT_NEIGHBOR } from './places.js'

/** One dual-stack neighbour with BFD, and policies that announce a prefix with this MED. */
export function sweptWant(med: number, scene: Scene = 'own'): readonly BgpInstance[] {
  const isWorded = scene === 'worded'
  const neighbor = plainNeighbor(SWEPT_NEIGHBOR, {
    bfd: BFD_DEFAULTS,
    ...(isWorded && { localAs: 65009, ttlSecurity: 1 }),
    ipv4Unicast: family('10.64.0.0/10', '192.168.0.0/16', { med, isWorded }),
    ipv6Unicast: family('2001:db8:64::/48', '2001:db8:8::/48', { med, isWorded }),
  })
  const instance = plainInstance(neighbor)
  if (!isWorded) return [instance]
  const aggregates = [
    { prefix: sure(toPrefix('192.168.0.0/16')), summaryOnly: true },
    { prefix: sure(toPrefix('2001:db8:8::/48')), summaryOnly: false },
  ]
  return [{ ...instance, aggregates }]
}

function family(
  from: string,
  to: string,
  { med, isWorded }: { readonly med: number; readonly isWorded: boolean },
): AddressFamily {
  const words = { nextHopSelf: true, allowAsIn: 2, asOverride: true } as const
  return {
    ...NO_ROUTES,
    ...(isWorded && words),
    import: { ...NO_IMPORT, prefixes: [{ prefix: sure(toPrefix(from)), ge: null, le: null }] },
    export: {
      ...NO_EXPORT,
      ...(isWorded && { defaultOriginate: true, maxPrefixes: 90 }),
      prefixes: [{ prefix: sure(toPrefix(to)), ge: null, le: null }],
      med,
    },
  }
}

export const SCENES = ['own', 'shared', 'worded'] as const

/**
 * `own`: demarc's neighbour is alone in its block. `shared`: a foreign neighbour and a peer group use it too. `worded`: alone, and
 * the intent has every word that a neighbour, a family and a block may have besides.
 */
export type Scene = (typeof SCENES)[number]

/** What somebody else configured before demarc came. */
export const SHARED_LINES: readonly string[] = [
  'router bgp 65010',
  'bgp router-id 10.255.0.1',
  'neighbor GROUP peer-group',
  'neighbor 198.51.100.2 remote-as 65077',
  'neighbor 198.51.100.2 description not ours',
  'address-family ipv4 unicast',
  'neighbor GROUP activate',
  'neighbor 198.51.100.2 soft-reconfiguration inbound',
  'exit-address-family',
  'exit',
]
