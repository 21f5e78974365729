import { neighborSubject } from '../core/model/subject.js'
import type { Sessions } from '../core/frr/difference/limits.js'
import { layout } from '../core/intent/layout.js'
import { HUB, type Witness } from '../core/change/witness.js'
import type { AskedProbe } from '../core/model/probe.js'
import type { LacpState } from '../core/model/state.js'
import type { Intent } from '../core/wire/intent.js'
import type { FrrNeighbor } from '../edge/frr/neighbors.js'
import type { HubSigns } from './hub-signs.js'

export interface WitnessPorts {
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  readonly lacp: (bond: string) => Promise<LacpState | null>
  readonly hub: () => HubSigns
  /** Asks the hub for a sign of life; the answer shows in `hub` later. */
  readonly askHub: () => void
  readonly ping: (address: string, link: string) => Promise<boolean>
  readonly announcers: (vrf: string | null, prefix: string) => Promise<readonly string[]>
  readonly now: () => number
}

/** FRR tells the age of the newest message in whole seconds, rounded down. */
const FRR_ROUNDING = 1000

/** Everything that can speak for or against a change, with this intent in force. */
export async function hearWitnesses(
  intent: Intent | null,
  probes: readonly AskedProbe[],
  ports: WitnessPorts,
): Promise<readonly Witness[]> {
  ports.askHub()
  const [sessions, bundles, asked] = await Promise.all([
    hearSessions(ports),
    hearBundles(intent, ports),
    Promise.all(probes.map((probe) => ask(probe, ports))),
  ])
  return [...sessions, ...bundles, ...asked, hearHub(ports.hub(), ports.now())]
}

async function ask(probe: AskedProbe, { ping, announcers, now }: WitnessPorts): Promise<Witness> {
  const { subject } = probe
  const began = now()
  if (probe.kind === 'ping') {
    const well = await ping(probe.address, probe.link)
    return { subject, well, heardAt: began, says: `${probe.address} does not answer` }
  }
  const from = await announcers(probe.vrf, probe.prefix).catch((): readonly string[] => [])
  const well = from.includes(probe.neighbor)
  return { subject, well, heardAt: null, says: `${probe.neighbor} does not announce it` }
}

/** Those of FRR that does not answer are not known. */
export async function establishedSessions(neighbors: WitnessPorts['neighbors']): Promise<Sessions> {
  const seen = await neighbors().catch(() => [])
  return new Map(
    seen
      .filter(({ sessionState }) => sessionState === 'Established')
      .map(({ address, vrf, families }) => [neighborSubject(address, vrf), families]),
  )
}

/** FRR that does not answer has no witness for its sessions. */
async function hearSessions({ neighbors, now }: WitnessPorts): Promise<readonly Witness[]> {
  const seen = await neighbors().catch(() => [])
  return seen.map((one) => {
    const error = one.lastError === null ? '' : `; last error: ${one.lastError}`
    return {
      subject: neighborSubject(one.address, one.vrf),
      well: one.sessionState === 'Established',
      heardAt: one.sinceHeard === null ? null : now() - one.sinceHeard - FRR_ROUNDING,
      says: `its session is ${one.sessionState}${error}`,
    }
  })
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
        well: members >= least,
        heardAt: null,
        says: `${members} of its ports are in the aggregate, and ${least} must be`,
      }
    }),
  )
}

/** ms for which an answer of a hub that is away speaks for it: longer than the pause between two dials. */
const ANSWER_HOLDS = 90_000

function hearHub({ connected, heardAt, answeredAt, lastError }: HubSigns, now: number): Witness {
  const answered = answeredAt !== null && now - answeredAt < ANSWER_HOLDS
  const error = lastError === null ? '' : `; last error: ${lastError}`
  const times = [heardAt, answeredAt].filter((time) => time !== null)
  return {
    subject: HUB,
    well: connected || answered,
    heardAt: Math.max(Number.NEGATIVE_INFINITY, ...times),
    says: connected ? 'it does not answer' : `there is no way to it${error}`,
  }
}
