import type { JsonObject } from '../base/json.js'
import { same } from '../base/merge-patch.js'
import { instantText } from '../base/time.js'
import type { SubjectKind, Verdict } from '../model/health.js'
import type {
  AttachmentState,
  ConnectionState,
  FamilyState,
  LacpMemberState,
  LacpState,
  NeighborState,
  PortState,
  RouterState,
} from '../model/state.js'
import type {
  AttachmentHealth,
  ConnectionHealth,
  HealthDocument,
  LacpHealth,
  NeighborHealth,
  PortHealth,
  RouterHealth,
  VerdictHealth,
} from '../wire/health.js'
import { BANDS, damp, known, valueOf } from './damping.js'
import { peerText } from './rules/neighbor.js'
import { keyOf, neighborName } from './subjects.js'
import { transceiver } from './transceiver.js'

/** What one subject's part is written from, besides its state. */
interface Source<Part> {
  readonly verdict: VerdictHealth
  /** The same part of the last document. */
  readonly before: Part | undefined
  /** Counters, load and the like are read anew; otherwise they keep their last figures. */
  readonly fresh: boolean
}

/**
 * Writes the health document. A measured value that stays within its band around the figure of the
 * previous document keeps that figure, so that a difference reports changes and not noise.
 */
export function healthDocument(
  state: RouterState,
  verdicts: readonly Verdict[],
  previous: HealthDocument | null,
): HealthDocument {
  const before = previous ?? undefined
  const fresh = samplingSlot(state.at) !== samplingSlot(before?.router.sampledAt)
  const byKey = new Map(verdicts.map((verdict) => [keyOf(verdict.kind, verdict.name), verdict]))
  const verdictOf = (kind: SubjectKind, name: string): VerdictHealth =>
    verdictHealth(byKey.get(keyOf(kind, name)), state.at)

  function parts<State, Part extends JsonObject>(
    kind: SubjectKind,
    states: readonly (readonly [name: string, state: State])[],
    last: Readonly<Record<string, Part>> | undefined,
    write: (state: State, source: Source<Part>) => Part,
  ): Record<string, Part> {
    return Object.fromEntries(
      states.map(([name, part]) => {
        const written = valueOf(last, name)
        const source = { verdict: verdictOf(kind, name), before: written, fresh }
        return [name, unlessSame(written, write(part, source))]
      }),
    )
  }

  const verdict = verdictOf('router', state.router)
  return {
    router: unlessSame(
      before?.router,
      routerHealth(state, { verdict, before: before?.router, fresh }),
    ),
    ports: parts('port', named(state.ports), before?.ports, portHealth),
    connections: parts(
      'connection',
      named(state.connections),
      before?.connections,
      connectionHealth,
    ),
    attachments: parts(
      'attachment',
      named(state.attachments),
      before?.attachments,
      attachmentHealth,
    ),
    neighbors: parts(
      'neighbor',
      state.neighbors.map((neighbor) => [neighborName(neighbor), neighbor]),
      before?.neighbors,
      neighborHealth,
    ),
  }
}

function named<State extends { readonly name: string }>(
  states: readonly State[],
): readonly (readonly [string, State])[] {
  return states.map((state) => [state.name, state])
}

/** Ten minutes of the wall clock, such as `2025-01-31T10:2`. */
function samplingSlot(at: string | undefined): string | undefined {
  return at?.slice(0, 15)
}

/** An equal part stays the same object, so that a difference need not look into it. */
function unlessSame<Part extends JsonObject>(before: Part | undefined, now: Part): Part {
  return before !== undefined && same(before, now) ? before : now
}

/** The verdict with its findings keyed by code; a subject without a verdict is unknown. */
function verdictHealth(verdict: Verdict | undefined, at: string): VerdictHealth {
  if (verdict === undefined) return { severity: 'unknown', lifecycle: 'pending', since: at }
  const { severity, lifecycle, since, findings } = verdict
  return known({
    severity,
    lifecycle,
    since,
    findings:
      findings.length === 0
        ? null
        : Object.fromEntries(
            findings.map(({ code, severity: grade, message }) => [
              code,
              { severity: grade, message },
            ]),
          ),
  })
}

function routerHealth({ at, host, frr }: RouterState, source: Source<RouterHealth>): RouterHealth {
  const sampled = (source.fresh ? undefined : source.before) ?? { sampledAt: at, ...host }
  return {
    ...source.verdict,
    sampledAt: sampled.sampledAt,
    hostname: host.hostname,
    os: host.os,
    kernel: host.kernel,
    cpus: host.cpus,
    memoryTotal: host.memoryTotal,
    memoryAvailable: sampled.memoryAvailable,
    load1: sampled.load1,
    uptime: sampled.uptime,
    frr: frr.reachable
      ? { reachable: true, version: frr.version }
      : { reachable: false, reason: frr.reason },
  }
}

function portHealth(state: PortState, { verdict, before, fresh }: Source<PortHealth>): PortHealth {
  const last = fresh ? undefined : before?.counters
  return known({
    ...verdict,
    present: state.present,
    adminStatus: status(state.adminUp),
    operStatus: status(state.carrier),
    speed: state.speed,
    duplex: state.duplex,
    autoNegotiate: state.autoNegotiate,
    mac: state.mac,
    carrierTransitions: state.carrierTransitions,
    counters: last ?? { ...state.counters },
    expectedOptic: state.expectedOptic,
    transceiver: transceiver(state.optic, before?.transceiver),
  })
}

function connectionHealth(
  state: ConnectionState,
  { verdict }: Source<ConnectionHealth>,
): ConnectionHealth {
  return known({
    ...verdict,
    interface: state.interface,
    ports: [...state.ports],
    present: state.present,
    operStatus: status(state.carrier),
    lacp: state.lacp === null ? null : lacpHealth(state.lacp),
  })
}

function lacpHealth({ minLinks, partnerId, partnerKey, members }: LacpState): LacpHealth {
  return {
    minLinks,
    partnerId,
    partnerKey,
    members: Object.fromEntries(members.map((member) => [member.port, memberHealth(member)])),
  }
}

function memberHealth(member: LacpMemberState): LacpHealth['members'][string] {
  return {
    operStatus: status(member.linkUp),
    inAggregate: member.inAggregate,
    synchronization: member.synchronization,
    collecting: member.collecting,
    distributing: member.distributing,
    partnerExpired: member.partnerExpired,
    partnerId: member.partnerId,
  }
}

function attachmentHealth(
  state: AttachmentState,
  { verdict }: Source<AttachmentHealth>,
): AttachmentHealth {
  return known({
    ...verdict,
    connection: state.connection,
    interface: state.interface,
    vlanId: state.vlanId,
    present: state.present,
    adminStatus: status(state.up),
    operStatus: status(state.carrier),
    mtu: state.mtu,
    addresses: [...state.addresses],
    bridge: state.bridge,
  })
}

function neighborHealth(
  state: NeighborState,
  { verdict, before }: Source<NeighborHealth>,
): NeighborHealth {
  return known({
    ...verdict,
    attachment: state.attachment,
    neighborAddress: state.address,
    vrf: state.vrf,
    peerAs: state.peerAs,
    sessionState: SESSION_STATES[state.sessionState],
    adminDown: state.adminDown,
    drained: state.drained,
    lastEstablished: lastEstablished(state, before),
    establishedTransitions: state.establishedTransitions,
    lastError: state.lastError === null ? null : peerText(state.lastError),
    bfd: state.bfd === null ? null : { sessionState: BFD_STATES[state.bfd.sessionState] },
    prefixes: state.families.length === 0 ? null : prefixes(state.families, before?.prefixes),
  })
}

const SESSION_STATES = {
  Idle: 'IDLE',
  Connect: 'CONNECT',
  Active: 'ACTIVE',
  OpenSent: 'OPENSENT',
  OpenConfirm: 'OPENCONFIRM',
  Established: 'ESTABLISHED',
  missing: 'MISSING',
} as const satisfies Record<NeighborState['sessionState'], NeighborHealth['sessionState']>

const BFD_STATES = {
  up: 'UP',
  down: 'DOWN',
  'admin-down': 'ADMIN-DOWN',
  unknown: 'UNKNOWN',
} as const

type PrefixesHealth = NonNullable<NeighborHealth['prefixes']>

function prefixes(
  families: readonly FamilyState[],
  before: PrefixesHealth | undefined,
): PrefixesHealth {
  return Object.fromEntries(
    families.map(({ family, received, sent, limit }) => {
      const last = valueOf(before, family)
      return [
        family,
        known({
          received: damp(last?.received, received, BANDS.prefixes) ?? 0,
          sent: damp(last?.sent, sent, BANDS.prefixes) ?? 0,
          limit,
        }),
      ]
    }),
  )
}

/**
 * Seconds by which FRR's figure wavers, because FRR computes it anew at each query; the likely ones
 * first.
 */
const WAVERS = [0, -1, 1, -2, 2, -3, 3]

/** Keeps the moment of the last document, unless the session is another or the clock was set. */
function lastEstablished(
  { lastEstablished: at, establishedTransitions }: NeighborState,
  before: NeighborHealth | undefined,
): string | null {
  if (at === null) return null
  const written = before?.lastEstablished
  const isSameSession = before?.establishedTransitions === establishedTransitions
  const isSame = isSameSession && WAVERS.some((by) => instantText(at + by) === written)
  return isSame && written !== undefined ? written : instantText(at)
}

function status(up: boolean): 'UP' | 'DOWN' {
  return up ? 'UP' : 'DOWN'
}
