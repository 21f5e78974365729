import { attempt } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import { ok, type Result } from '../../core/base/result.js'
import { neighborSubject } from '../../core/model/subject.js'
import type { Sessions } from '../../core/frr/diff/limits.js'
import { layout } from '../../core/intent/survey/layout.js'
import { HUB, type Witness } from '../../core/change/witness.js'
import type { AskedProbe } from '../../core/model/probe.js'
import type { LacpState } from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'
import type { FrrNeighbor } from '../../edge/frr/neighbors.js'
import type { HubLiveness } from '../hub/liveness.js'

export interface WitnessPorts {
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  readonly lacp: (bond: string) => Promise<LacpState | null>
  readonly hub: () => HubLiveness
  /** Asks the hub for a sign of life; the answer shows in `hub` later. */
  readonly askHub: () => void
  readonly ping: (address: string, link: string) => Promise<boolean>
  readonly announcers: (vrf: string | null, prefix: string) => Promise<readonly string[]>
  readonly now: () => number
}

/** Everything that can speak for or against a change. */
export interface WitnessReports {
  readonly witnesses: readonly Witness[]
  /** Why the sessions could not be heard; null: they were. */
  readonly unreadable: Fault | null
}

/** FRR tells the age of the newest message in whole seconds, rounded down. */
const FRR_ROUNDING = 1000

/** What everybody says with this intent in force. */
export async function queryWitnesses(
  intent: Intent | null,
  probes: readonly AskedProbe[],
  ports: WitnessPorts,
): Promise<WitnessReports> {
  ports.askHub()
  const [sessions, bundles, asked] = await Promise.all([
    hearSessions(ports),
    hearBundles(intent, ports),
    Promise.all(probes.map((probe) => ask(probe, ports))),
  ])
  const witnesses = [...bundles, ...asked, hearHub(ports.hub(), ports.now())]
  return sessions.ok
    ? { witnesses: [...sessions.value, ...witnesses], unreadable: null }
    : { witnesses, unreadable: sessions.faults[0] ?? null }
}

async function ask(probe: AskedProbe, { ping, announcers, now }: WitnessPorts): Promise<Witness> {
  const own = { subject: probe.subject, maxSilence: 0, upSince: null }
  const began = now()
  if (probe.kind === 'ping') {
    const healthy = await ping(probe.address, probe.link)
    return {
      ...own,
      healthy: healthy,
      lastSeenAt: began,
      detail: `${probe.address} does not answer`,
    }
  }
  const from = await announcers(probe.vrf, probe.prefix).catch((): readonly string[] => [])
  const healthy = from.includes(probe.neighbor)
  return {
    ...own,
    healthy: healthy,
    lastSeenAt: null,
    detail: `${probe.neighbor} does not announce it`,
  }
}

/** The sessions that are up, with their prefixes. */
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

async function hearSessions({ neighbors, now }: WitnessPorts): Promise<Result<readonly Witness[]>> {
  const seen = await attempt(neighbors)
  return seen.ok ? ok(seen.value.map((one) => session(one, now()))) : seen
}

/** A session without keepalives (hold time 0) has no more to say than that it is up. */
function session(one: FrrNeighbor, now: number): Witness {
  const error = one.lastError === null ? '' : `; last error: ${one.lastError}`
  const mute = one.sinceLastMessage === null || one.holdTime === 0
  return {
    subject: neighborSubject(one.address, one.vrf),
    healthy: one.sessionState === 'Established',
    lastSeenAt: mute ? null : now - one.sinceLastMessage - FRR_ROUNDING,
    // RFC 4271 section 4.4: a third of the hold time at most between two keepalives.
    maxSilence: (one.holdTime ?? 0) / 3 + FRR_ROUNDING,
    upSince: one.upFor === null ? null : now - one.upFor,
    detail: `its session is ${one.sessionState}${error}`,
  }
}

async function hearBundles(
  intent: Intent | null,
  { lacp }: WitnessPorts,
): Promise<readonly Witness[]> {
  if (intent === null) return []
  const names = layout(intent).connections
  const bundles = intent.connections.filter(({ aggregation }) => aggregation !== undefined)
  return Promise.all(
    bundles.map(async ({ name }) => {
      const state = await lacp(names.get(name) ?? name)
      const members = state?.members.filter(({ inAggregate }) => inAggregate).length ?? 0
      const least = Math.max(1, state?.minLinks ?? 1)
      return {
        subject: `connection ${name}`,
        healthy: members >= least,
        lastSeenAt: null,
        maxSilence: 0,
        upSince: null,
        detail: `${members} of its ports are in the aggregate, and ${least} must be`,
      }
    }),
  )
}

/** ms for which an answer of a hub that is away speaks for it: longer than the pause between two dials. */
const ANSWER_HOLDS = 90_000

function hearHub(
  { connected, lastSeenAt, answeredAt, lastError }: HubLiveness,
  now: number,
): Witness {
  const answered = answeredAt !== null && now - answeredAt < ANSWER_HOLDS
  const error = lastError === null ? '' : `; last error: ${lastError}`
  const times = [lastSeenAt, answeredAt].filter((time) => time !== null)
  return {
    subject: HUB,
    healthy: connected || answered,
    lastSeenAt: Math.max(Number.NEGATIVE_INFINITY, ...times),
    maxSilence: 0,
    upSince: null,
    detail: connected ? 'it does not answer' : `there is no way to it${error}`,
  }
}
