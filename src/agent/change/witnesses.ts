import { attempt } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import { ok, type Result } from '../../core/base/result.js'
import { millis, toMillis, type Millis } from '../../core/base/time.js'
import { neighborSubject } from '../../core/model/names.js'
import type { Sessions } from '../../core/frr/diff/limits.js'
import { layout } from '../../core/intent/survey/layout.js'
import { hostSubject } from '../../core/change/link-hosts.js'
import { HUB, type Witness } from '../../core/change/witness.js'
import { probeSubject, type AskedProbe, type ProbedTarget } from '../../core/model/probe.js'
import type { LacpState } from '../../core/model/state.js'
import type { LinkHost } from '../../core/model/foreign-paths.js'
import { ECHO_TIMEOUT } from '../../core/traffic/window.js'
import type { Intent } from '../../core/wire/intent.js'
import type { FrrNeighbor } from '../../edge/frr/neighbors.js'
import type { HubLiveness } from '../hub/liveness.js'

/** How hosts on foreign links are queried. */
interface HostPorts {
  /** Asks each host for its link-layer address; the value is those that answered. */
  readonly askHosts: (hosts: readonly LinkHost[]) => Promise<readonly LinkHost[]>
  /** Whether packets to the host leave by its link. */
  readonly leadsTo: (host: LinkHost) => Promise<boolean>
  readonly now: () => Millis
}

/** Where the observations of witnesses come from. */
export interface WitnessPorts extends HostPorts {
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  readonly lacp: (bond: string) => Promise<LacpState | null>
  readonly hub: () => HubLiveness
  /** Pings the hub; its answer shows in `hub` later. */
  readonly askHub: () => void
  readonly ping: (address: string, link: string) => Promise<boolean>
  /** What is known of the targets that the intent wants probed again and again. */
  readonly probed: (intent: Intent | null) => readonly ProbedTarget[]
  /** The neighbours that announce a prefix now. */
  readonly announcers: (vrf: string | null, prefix: string) => Promise<readonly string[]>
}

/** What every witness reports. */
export interface WitnessReports {
  readonly witnesses: readonly Witness[]
  /** Why the sessions could not be read; null: they were. */
  readonly unreadable: Fault | null
}

/** FRR reports the age of the newest message in whole seconds, rounded down. */
const FRR_ROUNDING = millis(1000)

const NO_SILENCE = millis(0)

/** Queries the sessions, the bonds and targets of the intent, the hub, the probes, and hosts on foreign links. */
export async function queryWitnesses(
  intent: Intent | null,
  {
    probes,
    hosts,
  }: { readonly probes: readonly AskedProbe[]; readonly hosts: readonly LinkHost[] },
  ports: WitnessPorts,
): Promise<WitnessReports> {
  ports.askHub()
  const [sessions, bonds, probed, seen] = await Promise.all([
    querySessions(ports),
    queryBonds(intent, ports),
    Promise.all(probes.map((probe) => queryProbe(probe, ports))),
    queryHosts(hosts, ports),
  ])
  const targets = ports.probed(intent).map(targetWitness)
  const hub = hubWitness(ports.hub(), ports.now())
  const witnesses = [...bonds, ...targets, ...probed, ...seen, hub]
  return sessions.ok
    ? { witnesses: [...sessions.value, ...witnesses], unreadable: null }
    : { witnesses, unreadable: sessions.faults[0] ?? null }
}

/** A target has the time of one interval, and of an answer, to send a sign of life. */
function targetWitness({ target, state, lastAnswerAt }: ProbedTarget): Witness {
  return {
    subject: probeSubject(target),
    healthy: state === 'answers',
    lastSeenAt: lastAnswerAt,
    maxSilence: millis(toMillis(target.interval) + ECHO_TIMEOUT),
    upSince: null,
    detail: `no answer from ${target.address}`,
  }
}

async function queryProbe(
  probe: AskedProbe,
  { ping, announcers, now }: WitnessPorts,
): Promise<Witness> {
  const own = { subject: probe.subject, maxSilence: NO_SILENCE, upSince: null }
  const began = now()
  if (probe.kind === 'ping') {
    const healthy = await ping(probe.address, probe.link)
    return { ...own, healthy, lastSeenAt: began, detail: `no answer from ${probe.address}` }
  }
  const from = await announcers(probe.vrf, probe.prefix).catch((): readonly string[] => [])
  const healthy = from.includes(probe.neighbor)
  const detail = `${probe.neighbor} does not announce ${probe.prefix}`
  return { ...own, healthy, lastSeenAt: null, detail }
}

/** The sessions that are Established, with their prefix counts. */
export async function establishedSessions(
  neighbors: WitnessPorts['neighbors'],
): Promise<Result<Sessions>> {
  const seen = await attempt(neighbors)
  if (!seen.ok) return seen
  const up = seen.value.filter(({ sessionState }) => sessionState === 'Established')
  return ok(
    new Map(up.map(({ address, vrf, families }) => [neighborSubject(address, vrf), families])),
  )
}

async function querySessions({
  neighbors,
  now,
}: WitnessPorts): Promise<Result<readonly Witness[]>> {
  const seen = await attempt(neighbors)
  return seen.ok ? ok(seen.value.map((neighbor) => session(neighbor, now()))) : seen
}

/** A session without keepalives (hold time 0) shows only whether it is Established. */
function session(neighbor: FrrNeighbor, now: Millis): Witness {
  const { sinceLastMessage, holdTime, upFor, sessionState, lastError } = neighbor
  const error = lastError === null ? '' : `; last error: ${lastError}`
  const sendsNothing = sinceLastMessage === null || holdTime === 0
  return {
    subject: neighborSubject(neighbor.address, neighbor.vrf),
    healthy: sessionState === 'Established',
    lastSeenAt: sendsNothing ? null : millis(now - sinceLastMessage - FRR_ROUNDING),
    // RFC 4271 section 4.4: a third of the hold time at most between two keepalives.
    maxSilence: millis((holdTime ?? 0) / 3 + FRR_ROUNDING),
    upSince: upFor === null ? null : millis(now - upFor),
    detail: `BGP state ${sessionState}${error}`,
    ...(sessionState === 'Established' ? { routes: neighbor.families } : {}),
  }
}

async function queryBonds(
  intent: Intent | null,
  { lacp }: WitnessPorts,
): Promise<readonly Witness[]> {
  if (intent === null) return []
  const names = layout(intent).connections
  const bonds = intent.connections.filter(({ aggregation }) => aggregation !== undefined)
  return Promise.all(
    bonds.map(async ({ name }) => {
      const state = await lacp(names.get(name) ?? name)
      const members = state?.members.filter(({ inAggregate }) => inAggregate).length ?? 0
      const least = Math.max(1, state?.minLinks ?? 1)
      return {
        subject: `connection ${name}`,
        healthy: members >= least,
        lastSeenAt: null,
        maxSilence: NO_SILENCE,
        upSince: null,
        detail: `${members} ports are in the aggregate, at least ${least} must be`,
      }
    }),
  )
}

/**
 * How long an answer counts after the connection to the hub is lost: longer than the pause between two
 * attempts to connect.
 */
const ANSWER_HOLDS = millis(90_000)

function hubWitness(
  { connected, lastSeenAt, answeredAt, lastError }: HubLiveness,
  now: Millis,
): Witness {
  const answered = answeredAt !== null && now - answeredAt < ANSWER_HOLDS
  const error = lastError === null ? '' : `; last error: ${lastError}`
  const times = [lastSeenAt, answeredAt].filter((time) => time !== null)
  return {
    subject: HUB,
    healthy: connected || answered,
    lastSeenAt: millis(Math.max(Number.NEGATIVE_INFINITY, ...times)),
    maxSilence: NO_SILENCE,
    upSince: null,
    detail: connected ? 'it does not answer' : `it cannot be reached${error}`,
  }
}

/**
 * Queries hosts on foreign links. A host that answers on its link may still be lost: another subnet can have
 * taken the packets to it, so that it gets no answers from this router.
 */
async function queryHosts(
  hosts: readonly LinkHost[],
  { askHosts, leadsTo, now }: HostPorts,
): Promise<readonly Witness[]> {
  if (hosts.length === 0) return []
  const began = now()
  const answered = new Set(
    (await askHosts(hosts)).map(({ address, link }) => hostSubject(address, link)),
  )
  return Promise.all(
    hosts.map(async (host) => {
      const subject = hostSubject(host.address, host.link)
      const routed = await leadsTo(host)
      return {
        subject,
        healthy: routed && answered.has(subject),
        lastSeenAt: began,
        maxSilence: NO_SILENCE,
        upSince: null,
        detail: routed
          ? `it does not answer on ${host.link}`
          : `packets to it no longer leave by ${host.link}`,
      }
    }),
  )
}
