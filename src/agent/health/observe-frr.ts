import { seconds } from '../../core/base/time.js'
import { createReuse, type Reuse } from '../../core/base/remember.js'
import { uncounted } from '../../core/frr/out-limit.js'
import { ruleText } from '../../core/frr/prefix-rule.js'
import { isDown } from '../../core/health/session/cause.js'
import { layout } from '../../core/intent/survey/layout.js'
import type { LinkHost } from '../../core/model/foreign-paths.js'
import { heldBy } from '../../core/frr/read/held-by.js'
import type { BgpInstance, BgpNeighbor, PrefixRule } from '../../core/model/bgp.js'
import type { FrrDaemon, HaveFrr, Want } from '../../core/model/plan.js'
import type {
  DaemonState,
  FamilyPolicy,
  Md5Counters,
  FamilyState,
  NeighborState,
  ShownNeighbor,
} from '../../core/model/state.js'
import { conditionsOf } from '../../core/routes/conditions.js'
import { FAMILY_NAMES, familyOf } from '../../core/routes/policy.js'
import { vrfParts } from '../../core/intent/survey/vrf-parts.js'
import { exactPrefixes } from '../../core/routes/rules.js'
import type { Intent } from '../../core/wire/intent.js'
import type { RoutesByVrf } from './route-remarks.js'
import type { Reading } from './source.js'

/** What bgpd says at one look. */
export interface BgpdAnswer {
  readonly version: string | null
  readonly neighbors: readonly ShownNeighbor[]
}

/**
 * The daemons that an intent needs: none without BGP and static routes, bfdd only where a neighbour has BFD, and mgmtd only in
 * an FRR that has one.
 */
export function neededDaemons(intent: Intent | null): ReadonlySet<FrrDaemon> {
  const neighbors = intent?.attachments.flatMap(({ bgp }) => bgp ?? []) ?? []
  const hasBfd = neighbors.some(({ bfd }) => bfd !== undefined)
  const hasRoutes =
    intent !== null && vrfParts(intent).some(({ staticRoutes }) => staticRoutes.length > 0)
  return new Set([
    ...(neighbors.length > 0 || hasRoutes ? (['zebra'] as const) : []),
    ...(neighbors.length > 0 ? (['bgpd'] as const) : []),
    ...(hasBfd ? (['bfdd'] as const) : []),
    ...(hasRoutes ? (['staticd', 'mgmtd'] as const) : []),
  ])
}

/** A daemon that is not needed has no fault. */
export function daemonState(
  daemon: FrrDaemon,
  isNeeded: boolean,
  reading: Reading<unknown> | null,
): DaemonState {
  const seen = { at: reading?.at ?? null, fault: isNeeded ? (reading?.fault ?? null) : null }
  return { daemon, needed: isNeeded, ...seen }
}

/** What the kernel shows of sessions that are being set up. */
export interface PathAnswer {
  readonly unresolved: readonly LinkHost[]
  /** Addresses to which a SYN of BGP has not been answered. */
  readonly connecting: ReadonlySet<string>
  readonly md5: Md5Counters
}

/** The same neighbours, those that are not up with what the kernel shows of them. */
export function pathsOf(
  intent: Intent,
  neighbors: readonly NeighborState[],
  { unresolved, connecting, md5 }: PathAnswer,
  last: Reuse<NeighborState>,
): readonly NeighborState[] {
  last.begin()
  const { attachments } = layout(intent)
  const silent = new Set(unresolved.map(({ address, link }) => `${link} ${address}`))
  return neighbors.map((neighbor) => {
    if (!isDown(neighbor)) return neighbor
    const { attachment, address } = neighbor
    const isUnresolved = silent.has(`${attachments.get(attachment) ?? ''} ${address}`)
    const isConnecting = connecting.has(address)
    const inputs = [neighbor, isUnresolved, isConnecting, md5.unsigned, md5.unexpected, md5.wrong]
    return last.take(`${attachment}/${address}`, inputs, () => ({
      ...neighbor,
      path: { isUnresolved, isConnecting, md5 },
    }))
  })
}

/** The wanted neighbours as FRR shows them; one that it does not have, or never showed, is `missing`. */
export function observeNeighbors(
  want: Want | null,
  found: readonly ShownNeighbor[],
  config: HaveFrr | null,
  {
    absent,
    routes = new Map(),
    last = createReuse(),
  }: {
    readonly absent: AbsentPrefixes
    readonly routes?: RoutesByVrf
    readonly last?: Reuse<NeighborState>
  },
): readonly NeighborState[] {
  last.begin()
  const seen = new Map(found.map((state) => [keyOf(state.vrf, state.address), state]))
  return (want?.bgp ?? []).flatMap((instance) =>
    instance.neighbors.map((neighbor) => {
      const key = keyOf(instance.vrf, neighbor.address)
      const shown = seen.get(key)
      const missed = absent.get(instance.vrf ?? '') ?? null
      const bgpd = isHeld(neighbor, shown) ? (config?.bgpd ?? null) : null
      const draining = routes.get(instance.vrf ?? '')?.draining.get(neighbor.address) ?? 0
      return last.take(key, [instance, neighbor, shown, missed, bgpd, draining], () => ({
        ...neighborState(instance, neighbor, shown ?? missing(neighbor, instance.vrf), {
          absent: missed,
          bgpd,
        }),
        ...(draining > 0 && { drainingRoutes: draining }),
      }))
    }),
  )
}

/** FRR holds a session down that the intent wants up. */
function isHeld(neighbor: BgpNeighbor, shown: ShownNeighbor | undefined): boolean {
  return shown?.adminDown === true && neighbor.shutdown === null
}

/** Whether it is known who holds each session down that is held. */
export function isExplained(
  want: Want | null,
  found: readonly ShownNeighbor[],
  config: HaveFrr | null,
): boolean {
  const seen = new Map(found.map((state) => [keyOf(state.vrf, state.address), state]))
  return (want?.bgp ?? []).every(({ vrf, neighbors }) =>
    neighbors.every((neighbor) => {
      const shown = seen.get(keyOf(vrf, neighbor.address))
      if (shown === undefined || !isHeld(neighbor, shown)) return true
      return heldBy(config?.bgpd ?? [], shown) !== null
    }),
  )
}

function neighborState(
  { localAs }: BgpInstance,
  neighbor: BgpNeighbor,
  { peerGroup, listenRange, ...state }: ShownNeighbor,
  { absent, bgpd }: { readonly absent: readonly string[] | null; readonly bgpd: HaveFrr['bgpd'] },
): NeighborState {
  return {
    ...state,
    families: state.families.map((counts) => withWholeLimit(counts, neighbor)),
    attachment: neighbor.attachment,
    localAs: neighbor.localAs ?? localAs,
    hasPassword: neighbor.password !== null,
    waitsForBfd: neighbor.bfd?.strict === true,
    wantHoldTime: seconds(neighbor.holdTime),
    path: null,
    wantShutdown: neighbor.shutdown !== null,
    heldBy: bgpd === null ? null : heldBy(bgpd, { ...state, peerGroup }),
    drained: neighbor.drain,
    policies: policiesOf(neighbor, absent),
  }
}

/** The limit of all that is announced, the default route included, which FRR announces beside its own limit. */
function withWholeLimit(counts: FamilyState, neighbor: BgpNeighbor): FamilyState {
  if (counts.outLimit === undefined) return counts
  const isExtra = familyOf(neighbor, counts.family)?.export.defaultOriginate === true
  return { ...counts, outLimit: counts.outLimit + uncounted(isExtra) }
}

/** Prefixes that the BGP table lacks, by VRF; `''`: the default VRF. */
export type AbsentPrefixes = ReadonlyMap<string, readonly string[]>

function policiesOf(
  neighbor: BgpNeighbor,
  absent: readonly string[] | null,
): readonly FamilyPolicy[] {
  return FAMILY_NAMES.flatMap((family) => {
    const wanted = familyOf(neighbor, family)
    if (wanted === null) return []
    const conditions = conditionsOf(wanted.import)
    const exact = exactPrefixes(wanted.export.prefixes)
    return [
      {
        family,
        accepts: texts(wanted.import.prefixes),
        ...(conditions.length === 0 ? {} : { conditions }),
        // A default route that FRR makes for the neighbour is announced whatever the table has.
        announces: wanted.export.defaultOriginate ? [] : texts(wanted.export.prefixes),
        absent: absent === null ? null : exact.filter((prefix) => absent.includes(prefix)),
        ...(wanted.export.shareOf === null ? {} : { shareOf: wanted.export.shareOf }),
      },
    ]
  })
}

function texts(rules: readonly PrefixRule[]): readonly string[] {
  return rules.map(ruleText)
}

/** Prefixes that are looked for in one VRF, at most. */
const LOOKED_FOR_MAX = 100

/** By VRF, the prefixes of the intent that are not announced to a neighbour that gets no routes at all. */
export function unannounced(
  want: Want | null,
  found: readonly ShownNeighbor[],
): readonly { readonly vrf: string | null; readonly prefixes: readonly string[] }[] {
  const silent = new Set(
    found
      .filter(({ sessionState, families }) => {
        return sessionState === 'Established' && families.some(({ sent }) => sent === 0)
      })
      .map(({ vrf, address }) => keyOf(vrf, address)),
  )
  return (want?.bgp ?? []).flatMap(({ vrf, neighbors }) => {
    const prefixes = neighbors
      .filter(({ address }) => silent.has(keyOf(vrf, address)))
      .flatMap((neighbor) =>
        FAMILY_NAMES.flatMap((family) =>
          exactPrefixes(familyOf(neighbor, family)?.export.prefixes ?? []),
        ),
      )
    return prefixes.length === 0
      ? []
      : [{ vrf, prefixes: [...new Set(prefixes)].slice(0, LOOKED_FOR_MAX) }]
  })
}

function keyOf(vrf: string | null, address: string): string {
  return `${vrf ?? ''} ${address}`
}

function missing(neighbor: BgpInstance['neighbors'][number], vrf: string | null): ShownNeighbor {
  return {
    address: neighbor.address,
    vrf,
    peerAs: neighbor.peerAs,
    sessionState: 'missing',
    adminDown: false,
    overLimit: null,
    lastEstablished: null,
    establishedTransitions: 0,
    lastError: null,
    reset: null,
    handshakes: { opensSent: null, notificationsReceived: null, notificationsSent: null },
    bfd: null,
    families: [],
    messages: { updates: null, refused: null, loops: null },
    negotiated: null,
    peerGroup: null,
    listenRange: null,
  }
}
