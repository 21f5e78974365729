import type { JsonObject } from '../base/json.js'
import { same, sameMembers } from '../base/merge-patch.js'
import { createReuse, type Reuse } from '../base/remember.js'
import type { SubjectKind, Verdict } from '../model/health.js'
import type {
  AttachmentState,
  ConnectionState,
  PortState,
  RouterState,
  Seen,
} from '../model/state.js'
import type {
  AttachmentHealth,
  ConnectionHealth,
  HealthDocument,
  PortHealth,
  VerdictHealth,
} from '../wire/health.js'
import { lacpHealth, redundancyHealth } from './bundle/lacp-part.js'
import { known, valueOf } from './shown/damping.js'
import { neighborHealth } from './neighbor-part.js'
import { observedAt, probeHealth, ratesHealth, type Source } from './part.js'
import { routerHealth } from './router-part.js'
import { peerText } from './session/terms.js'
import { keyOf, neighborName } from './subjects.js'
import { lightHealth } from './optics/light.js'
import { transceiver } from './optics/transceiver.js'

/**
 * Writes the health document. A measured value that stays within its band around the figure of the
 * previous document keeps that figure, so that a difference reports changes and not noise.
 */
export function healthDocument(
  state: RouterState,
  verdicts: readonly Verdict[],
  previous: HealthDocument | null,
  written: Reuse<JsonObject> = createReuse(),
): HealthDocument {
  written.begin()
  const fresh = samplingSlot(state.at) !== samplingSlot(previous?.router.sampledAt)
  const byKey = new Map(verdicts.map((verdict) => [keyOf(verdict.kind, verdict.name), verdict]))
  const causeOf = (name: string) => byKey.get(keyOf('neighbor', name))?.cause
  const redundancyAt = (name: string) => byKey.get(keyOf('connection', name))?.redundancy
  const parts = partWriter({ at: state.at, byKey, fresh, written })
  const verdict = verdictHealth(byKey.get(keyOf('router', state.router)), state.at)
  const { seen } = state
  return {
    router: unlessSame(
      previous?.router,
      routerHealth(state, { verdict, observedAt: null, before: previous?.router, fresh }),
    ),
    ports: parts('port', named(state.ports, seen.ports), previous?.ports, portHealth),
    connections: parts(
      'connection',
      named(state.connections, seen.links),
      previous?.connections,
      (connection, source) => connectionHealth(connection, source, redundancyAt(connection.name)),
    ),
    attachments: parts(
      'attachment',
      named(state.attachments, seen.links),
      previous?.attachments,
      attachmentHealth,
    ),
    neighbors: parts(
      'neighbor',
      {
        states: state.neighbors.map((neighbor) => [neighborName(neighbor), neighbor]),
        seen: state.frr.daemons.find(({ daemon }) => daemon === 'bgpd') ?? NOW,
      },
      previous?.neighbors,
      (neighbor, source) => neighborHealth(neighbor, source, causeOf(neighborName(neighbor))),
    ),
  }
}

/** Writes the parts of one kind; one of which nothing changes is taken from `written`. */
function partWriter({
  at,
  byKey,
  fresh,
  written,
}: {
  readonly at: string
  readonly byKey: ReadonlyMap<string, Verdict>
  readonly fresh: boolean
  readonly written: Reuse<JsonObject>
}) {
  return <State, Part extends JsonObject>(
    kind: SubjectKind,
    { states, seen }: Named<State>,
    last: Readonly<Record<string, Part>> | undefined,
    write: (state: State, source: Source<Part>) => Part,
  ): Readonly<Record<string, Part>> => {
    const readAt = observedAt(seen)
    const all = states.map(([name, part]): readonly [string, Part] => {
      const key = keyOf(kind, name)
      const before = valueOf(last, name)
      const judged = byKey.get(key)
      const writeAnew = (): Part => {
        const source = { observedAt: readAt, before, fresh, rates: judged?.rates }
        const verdict = verdictHealth(judged, at)
        return unlessSame(before, write(part, { ...source, verdict }))
      }
      const inputs = [part, judged ?? at, readAt, fresh, before]
      return [name, written.take(key, inputs, writeAnew) as Part]
    })
    return sameMembers(last, all)
  }
}

/** Read at this look. */
const NOW: Seen = { at: null, fault: null }

/** All parts of one kind by their names, and when they were read. */
interface Named<State> {
  readonly states: readonly (readonly [name: string, state: State])[]
  readonly seen: Seen
}

function named<State extends { readonly name: string }>(
  states: readonly State[],
  seen: Seen,
): Named<State> {
  return { states: states.map((state) => [state.name, state]), seen }
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

function portHealth(
  state: PortState,
  { verdict, observedAt: readAt, before, fresh, rates }: Source<PortHealth>,
): PortHealth {
  const last = fresh ? undefined : before?.counters
  return known({
    ...verdict,
    observedAt: readAt,
    present: state.present,
    adminStatus: status(state.adminUp),
    operStatus: status(state.carrier),
    speed: state.speed,
    duplex: state.duplex,
    autoNegotiate: state.autoNegotiate,
    mac: state.mac,
    carrierTransitions: state.carrierTransitions,
    counters: last ?? { ...state.counters },
    rates: ratesHealth(rates, fresh ? undefined : before?.rates),
    expectedOptic: state.expectedOptic,
    expectedLldp: state.expectedLldp ?? null,
    lldpNeighbors: lldpHealth(state),
    transceiver: transceiver(state.optic, state.opticAt, { before: before?.transceiver, fresh }),
    light: lightHealth(state, before?.light),
  })
}

function lldpHealth({ lldpNeighbors }: PortState): PortHealth['lldpNeighbors'] {
  return lldpNeighbors?.map(({ chassisId, systemName, portId, portDescription }) =>
    known({
      chassisId: peerText(chassisId),
      systemName: systemName === null ? null : peerText(systemName),
      portId: peerText(portId),
      portDescription: portDescription === null ? null : peerText(portDescription),
    }),
  )
}

function connectionHealth(
  state: ConnectionState,
  { verdict, observedAt: readAt, before, fresh, rates }: Source<ConnectionHealth>,
  redundancy: Verdict['redundancy'],
): ConnectionHealth {
  const last = fresh ? undefined : before
  return known({
    ...verdict,
    observedAt: readAt,
    interface: state.interface,
    ports: [...state.ports],
    present: state.present,
    operStatus: status(state.carrier),
    lacp: state.lacp === null ? null : lacpHealth(state.lacp, last?.lacp),
    redundancy: redundancy === undefined ? null : redundancyHealth(redundancy, last?.redundancy),
    rates: ratesHealth(rates, last?.rates),
    circuit: state.circuit ?? null,
  })
}

function attachmentHealth(
  state: AttachmentState,
  { verdict, observedAt: readAt, before, fresh, rates }: Source<AttachmentHealth>,
): AttachmentHealth {
  return known({
    ...verdict,
    observedAt: readAt,
    connection: state.connection,
    interface: state.interface,
    vlanId: state.vlanId,
    innerVlanId: state.innerVlanId ?? null,
    present: state.present,
    adminStatus: status(state.up),
    operStatus: status(state.carrier),
    mtu: state.mtu,
    addresses: [...state.addresses],
    bridge: state.bridge,
    rates: ratesHealth(rates, fresh ? undefined : before?.rates),
    probe: probeHealth(state.probe, fresh ? undefined : before?.probe),
    circuit: state.circuit ?? null,
  })
}

function status(up: boolean): 'UP' | 'DOWN' {
  return up ? 'UP' : 'DOWN'
}
