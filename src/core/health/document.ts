import type { Json } from '../base/json.js'
import { instantText } from '../base/time.js'
import { same } from '../base/merge-patch.js'
import type { SubjectKind, Verdict } from '../model/health.js'
import type {
  AttachmentState,
  ConnectionState,
  LacpState,
  NeighborState,
  PortState,
  RouterState,
} from '../model/state.js'
import { BANDS, damp, known, memberAt } from './damping.js'
import { peerText } from './rules/neighbor.js'
import { neighborName } from './subjects.js'
import { transceiver } from './transceiver.js'

/**
 * The router's health as JSON: `{ router, ports, connections, attachments, neighbors }`, each keyed
 * by name, names after OpenConfig. Nothing in it is ever null. `docs/health.md` lists the fields.
 */
export type HealthDocument = { readonly [key: string]: Json }

/** What is written for one subject: its verdict, and the last document for damping. */
interface Writing {
  readonly name: string
  readonly verdict: Verdict | undefined
  /** The subject's member of the last document. */
  readonly before: Json | undefined
  /** Counters, load and the host's uptime are taken anew; between, they keep their last figures. */
  readonly fresh: boolean
}

/**
 * Writes the document. With the one before, values within their dead band keep their figures, so
 * that a difference tells of what changed and not of noise.
 */
export function healthDocument(
  state: RouterState,
  verdicts: readonly Verdict[],
  previous: HealthDocument | null,
): HealthDocument {
  const fresh = slot(state.at) !== slot(memberAt(previous ?? undefined, 'router', 'sampledAt'))
  const judged = new Map(verdicts.map((verdict) => [`${verdict.kind}/${verdict.name}`, verdict]))
  const writing = (kind: SubjectKind, group: string, name: string): Writing => ({
    name,
    verdict: judged.get(`${kind}/${name}`),
    before: memberAt(previous ?? undefined, group, name),
    fresh,
  })
  return {
    router: unlessSame(
      previous?.['router'],
      router(state, {
        name: state.router,
        verdict: judged.get(`router/${state.router}`),
        before: previous?.['router'],
        fresh,
      }),
    ),
    ports: keyed(state.ports, ({ name }) => writing('port', 'ports', name), port),
    connections: keyed(
      state.connections,
      ({ name }) => writing('connection', 'connections', name),
      connection,
    ),
    attachments: keyed(
      state.attachments,
      ({ name }) => writing('attachment', 'attachments', name),
      attachment,
    ),
    neighbors: keyed(
      state.neighbors,
      (one) => writing('neighbor', 'neighbors', neighborName(one)),
      neighbor,
    ),
  }
}

/** Ten minutes of the wall clock: `2025-01-31T10:2`. */
function slot(at: Json | undefined): string | undefined {
  return typeof at === 'string' ? at.slice(0, 15) : undefined
}

function keyed<T>(
  items: readonly T[],
  writingOf: (item: T) => Writing,
  write: (item: T, writing: Writing) => Json,
): Json {
  return Object.fromEntries(
    items.map((item) => {
      const writing = writingOf(item)
      return [writing.name, unlessSame(writing.before, write(item, writing))]
    }),
  )
}

/** What says the same is the same object: a difference need not look into it. */
function unlessSame(before: Json | undefined, now: Json): Json {
  return before !== undefined && same(before, now) ? before : now
}

/** Severity, lifecycle, since when, and the findings keyed by code. */
function verdictMembers(verdict: Verdict | undefined): Readonly<Record<string, Json>> {
  if (verdict === undefined) return {}
  const { severity, lifecycle, since, findings } = verdict
  const said = findings.map(({ code, severity: grade, message }): [string, Json] => [
    code,
    { severity: grade, message },
  ])
  return known({
    severity,
    lifecycle,
    since,
    findings: said.length === 0 ? undefined : Object.fromEntries(said),
  })
}

/** A figure that only a fresh document takes anew. */
function sampled(writing: Writing, value: Json, ...path: readonly string[]): Json | undefined {
  return writing.fresh ? value : (memberAt(writing.before, ...path) ?? value)
}

function router({ at, host, frr }: RouterState, writing: Writing): Json {
  return known({
    ...verdictMembers(writing.verdict),
    sampledAt: sampled(writing, at, 'sampledAt'),
    hostname: host.hostname,
    os: host.os,
    kernel: host.kernel,
    cpus: host.cpus,
    memoryTotal: host.memoryTotal,
    memoryAvailable: sampled(writing, host.memoryAvailable, 'memoryAvailable'),
    load1: sampled(writing, host.load1, 'load1'),
    uptime: sampled(writing, host.uptime, 'uptime'),
    frr: frr.reachable
      ? { reachable: true, version: frr.version }
      : { reachable: false, reason: frr.reason },
  })
}

function port(state: PortState, writing: Writing): Json {
  return known({
    ...verdictMembers(writing.verdict),
    present: state.present,
    adminStatus: status(state.adminUp),
    operStatus: status(state.carrier),
    speed: state.speed,
    duplex: state.duplex,
    autoNegotiate: state.autoNegotiate,
    mac: state.mac,
    carrierTransitions: state.carrierTransitions,
    counters: sampled(writing, { ...state.counters }, 'counters'),
    expectedOptic: state.expectedOptic,
    transceiver: transceiver(state.optic, memberAt(writing.before, 'transceiver')),
  })
}

function connection(state: ConnectionState, writing: Writing): Json {
  return known({
    ...verdictMembers(writing.verdict),
    interface: state.interface,
    ports: [...state.ports],
    present: state.present,
    operStatus: status(state.carrier),
    lacp: state.lacp === null ? undefined : lacp(state.lacp),
  })
}

function lacp(state: LacpState): Json {
  return {
    minLinks: state.minLinks,
    partnerId: state.partnerId,
    partnerKey: state.partnerKey,
    members: Object.fromEntries(
      state.members.map((member) => [
        member.port,
        {
          operStatus: status(member.linkUp),
          inAggregate: member.inAggregate,
          synchronization: member.synchronization,
          collecting: member.collecting,
          distributing: member.distributing,
          partnerExpired: member.partnerExpired,
          partnerId: member.partnerId,
        },
      ]),
    ),
  }
}

function attachment(state: AttachmentState, writing: Writing): Json {
  return known({
    ...verdictMembers(writing.verdict),
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

function neighbor(state: NeighborState, writing: Writing): Json {
  const families = state.families.map(({ family, received, sent, limit }): [string, Json] => {
    const prefixes = (which: string) => memberAt(writing.before, 'prefixes', family, which)
    return [
      family,
      known({
        received: damp(prefixes('received'), received, BANDS.prefixes),
        sent: damp(prefixes('sent'), sent, BANDS.prefixes),
        limit,
      }),
    ]
  })
  return known({
    ...verdictMembers(writing.verdict),
    attachment: state.attachment,
    neighborAddress: state.address,
    vrf: state.vrf,
    peerAs: state.peerAs,
    sessionState: state.sessionState === 'missing' ? 'MISSING' : state.sessionState.toUpperCase(),
    adminDown: state.adminDown,
    drained: state.drained,
    lastEstablished: lastEstablished(state, writing.before),
    establishedTransitions: state.establishedTransitions,
    lastError: state.lastError === null ? undefined : peerText(state.lastError),
    bfd: state.bfd === null ? undefined : { sessionState: state.bfd.sessionState.toUpperCase() },
    prefixes: families.length === 0 ? undefined : Object.fromEntries(families),
  })
}

/** Seconds FRR's figure wavers by, which it reckons anew at each look; the likely ones first. */
const WAVERS = [0, -1, 1, -2, 2, -3, 3]

/** The moment as it was written, unless it is another session's or the clock was set. */
function lastEstablished(state: NeighborState, written: Json | undefined): Json | undefined {
  const seconds = state.lastEstablished
  if (seconds === null) return undefined
  const before = memberAt(written, 'lastEstablished')
  const isSameSession = memberAt(written, 'establishedTransitions') === state.establishedTransitions
  const isSame = isSameSession && WAVERS.some((by) => instantText(seconds + by) === before)
  return isSame ? before : instantText(seconds)
}

function status(up: boolean): 'UP' | 'DOWN' {
  return up ? 'UP' : 'DOWN'
}
