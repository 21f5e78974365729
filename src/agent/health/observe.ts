import { hasMgmtd } from '../../core/frr/version.js'
import { isDown } from '../../core/health/session/cause.js'
import { millis, type Millis } from '../../core/base/time.js'
import { layout } from '../../core/intent/survey/layout.js'
import { probeTargets } from '../../core/intent/survey/probe-targets.js'
import type { Conflict } from '../../core/model/host-facts.js'
import type { ProtectionCounts } from '../../core/model/link.js'
import type { FrrDaemon, Have, HaveFrr, Want } from '../../core/model/plan.js'
import type { ProberReading, ProbeTarget } from '../../core/model/probe.js'
import type {
  HostState,
  LacpState,
  LinkCounters,
  LldpNeighbor,
  NeighborState,
  PortLink,
  RouterState,
  Seen,
  ShownNeighbor,
} from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'
import { configRemarks, frrRemarks } from './frr-remarks.js'
import {
  bundleNames,
  countedLinks,
  sampleCounters,
  type CountersByIndex,
  limitedLinks,
  marksOn,
  observeAttachments,
  observeConnections,
  allCounted,
  withCounted,
  withProbes,
} from './observe-links.js'
import {
  daemonState,
  isExplained,
  neededDaemons,
  observeNeighbors,
  pathsOf,
  unannounced,
  type AbsentPrefixes,
  type BgpdAnswer,
  type PathAnswer,
} from './observe-frr.js'
import { expectsNeighbors, observePorts, portNames } from './observe-ports.js'
import type { OpticState } from './optic-cache.js'
import { readRoutes, type RouteReads, type RoutesByVrf } from './route-remarks.js'
import type { Reading } from './source.js'
import type { LookSources } from './look-sources.js'

/** What a look asks; each question may fail or hang without the others. */
export interface RouterReads extends RouteReads {
  readonly links: () => Promise<Have['links']>
  readonly ports: (names: readonly string[]) => Promise<readonly PortLink[]>
  /** What the limits of these links have counted. */
  readonly protections: (links: readonly string[]) => Promise<readonly ProtectionCounts[]>
  readonly lacp: (bond: string) => Promise<LacpState | null>
  /** What lldpd knows of these ports; null: it does not run, and `isNeeded` is false. */
  readonly neighborDevices: (
    ports: readonly string[],
    isNeeded: boolean,
  ) => Promise<ReadonlyMap<string, readonly LldpNeighbor[]> | null>
  /** Keeps to the deadline by itself. */
  readonly optic: (port: PortLink) => Promise<OpticState>
  readonly version: (daemon: FrrDaemon) => Promise<string | null>
  /** `quiet`: nothing says that one of them has changed. */
  readonly neighbors: (quiet: boolean) => Promise<readonly ShownNeighbor[]>
  /** What the kernel shows of sessions that are not up. */
  readonly paths: () => Promise<PathAnswer>
  /** Which of these prefixes the BGP table of a VRF lacks. */
  readonly absent: (vrf: string | null, prefixes: readonly string[]) => Promise<readonly string[]>
  /** The newest configuration of FRR that anybody has read; null: none was. */
  readonly lastConfig: () => HaveFrr | null
  /** Reads the configuration. */
  readonly config: () => Promise<HaveFrr>
  /** What each link has counted, by its index. */
  readonly counters: () => Promise<ReadonlyMap<number, LinkCounters>>
  /** Probes these targets from now on; what is known of them. */
  readonly probed: (targets: readonly ProbeTarget[]) => ProberReading
  readonly host: () => Promise<HostState>
  /** Settings of other programs on this host that disturb what demarc makes. */
  readonly conflicts: (want: Want | null, have: Pick<Have, 'links'>) => Promise<readonly Conflict[]>
  readonly wall: () => Date
  readonly now: () => Millis
  /** The agent's id. */
  readonly router: string
}

/**
 * The state of everything that the intent names; without an intent, of the host alone. Every source is asked apart
 * and at the same time, so that one that does not answer delays only what is read from it.
 */
export async function observe(
  intent: Intent | null,
  want: Want | null,
  reads: RouterReads,
  sources: LookSources,
): Promise<RouterState> {
  const [kernel, ports, bgp, host] = await Promise.all([
    observeKernel(intent, want, reads, sources),
    observeAllPorts(intent, reads, sources),
    observeBgp(intent, want, reads, sources),
    sources.host(reads.host),
  ])
  const probed = reads.probed(intent === null ? [] : probeTargets(intent))
  return {
    at: reads.wall().toISOString(),
    router: reads.router,
    host: host.value,
    frr: bgp.frr,
    seen: {
      links: kernel.seen,
      ports: ports.seen,
      host: seen(host),
      settings: kernel.settings,
      lldp: ports.lldp,
    },
    conflicts: kernel.conflicts,
    ...(kernel.marks === null ? {} : { marks: kernel.marks }),
    ...(probed.fault !== null && { proberFault: probed.fault }),
    ports: ports.ports.map((port) => withCounted(port, kernel.counted.get(port.name))),
    connections: kernel.connections,
    attachments: allCounted(
      withProbes(intent, kernel.attachments, probed.targets),
      kernel.counted,
      sources.parts.attachments,
    ),
    neighbors: bgp.neighbors,
  }
}

async function observeKernel(
  intent: Intent | null,
  want: Want | null,
  reads: RouterReads,
  sources: LookSources,
) {
  const names =
    intent === null ? { connections: new Map(), attachments: new Map() } : layout(intent)
  const [{ reading, fault, lacp }, counters] = await Promise.all([
    observeLinks(bundleNames(intent, names), reads, sources),
    observeCounters(intent, reads, sources),
  ])
  const counts = await observeDrops(limitedLinks(intent, names), reads, sources)
  const links = reading.value ?? []
  const byName = new Map(links.map((link) => [link.name, link]))
  const conflicts = await sources.settings(() => reads.conflicts(want, { links }))
  return {
    seen: { at: reading.at, fault },
    settings: seen(conflicts),
    conflicts: conflicts.value ?? [],
    // What was read before says nothing of what is there now.
    marks: reading.value === null || fault !== null ? null : marksOn(links),
    connections: observeConnections(intent, names, byName, lacp),
    attachments: observeAttachments(intent, names, {
      links: byName,
      counts,
      last: sources.parts.links,
    }),
    // What was counted before says nothing of now.
    counted: countedLinks(links, fault ?? counters.fault, counters.value),
  }
}

/** The links, and what bundles know of their partners; one fault for both. */
async function observeLinks(bundles: readonly string[], reads: RouterReads, sources: LookSources) {
  const [reading, partners] = await Promise.all([
    sources.links(reads.links),
    bundles.length === 0 ? null : sources.lacp(() => readBundles(bundles, reads)),
  ])
  const fault = reading.fault ?? partners?.fault ?? null
  return { reading, fault, lacp: partners?.value ?? new Map<string, LacpState | null>() }
}

/** The kernel does not notify what a bundle learns of its partner. */
async function readBundles(
  bundles: readonly string[],
  { lacp }: Pick<RouterReads, 'lacp'>,
): Promise<ReadonlyMap<string, LacpState | null>> {
  return new Map(await Promise.all(bundles.map(async (bond) => [bond, await lacp(bond)] as const)))
}

/** Rates are averages of 30 s, so that the counters of many attachments need not be newer than this where nothing is probed. */
const COUNTERS_MAX_AGE = millis(29_000)
const MANY = 100

async function observeCounters(intent: Intent | null, reads: RouterReads, sources: LookSources) {
  const attachments = intent?.attachments ?? []
  const isProbed = attachments.some(({ probe }) => probe !== undefined)
  const read = (): Promise<CountersByIndex> => sampleCounters(reads)
  const isSeldom = attachments.length > MANY && !isProbed
  return isSeldom ? sources.counters(read, COUNTERS_MAX_AGE) : sources.counters(read)
}

/** What the limits of these links have dropped; nft is asked only where there are limits. */
async function observeDrops(
  limited: ReturnType<typeof limitedLinks>,
  reads: RouterReads,
  sources: LookSources,
): Promise<readonly ProtectionCounts[]> {
  if (limited.length === 0) return []
  return (await sources.protections(() => reads.protections(limited))).value ?? []
}

async function observeAllPorts(intent: Intent | null, reads: RouterReads, sources: LookSources) {
  const names = portNames(intent)
  const reading = await sources.ports(() => reads.ports(names))
  const byName = new Map((reading.value ?? []).map((link) => [link.name, link]))
  const lldp = await sources.lldp(() => reads.neighborDevices(names, expectsNeighbors(intent)))
  const neighbors = lldp.fault === null ? lldp.value : null
  return {
    seen: seen(reading),
    lldp: seen(lldp),
    ports: await observePorts(intent, byName, reads.optic, neighbors),
  }
}

async function observeBgp(
  intent: Intent | null,
  want: Want | null,
  reads: RouterReads,
  sources: LookSources,
) {
  const needed = neededDaemons(intent)
  const ask = (daemon: Exclude<FrrDaemon, 'bgpd'>) =>
    needed.has(daemon) ? sources[daemon](() => reads.version(daemon)) : null
  const [bgpd, zebra, bfdd, staticd, mgmtd, routes] = await Promise.all([
    sources.bgpd(() => readBgpd(reads, intent, sources.isQuiet)),
    ask('zebra'),
    ask('bfdd'),
    ask('staticd'),
    ask('mgmtd'),
    needed.has('bgpd') ? sources.routes(() => readRoutes(want, reads)) : null,
  ])
  const found = bgpd.value?.neighbors ?? []
  sources.parts.remarks.begin()
  const config = await configFor(found, want, reads, sources)
  const absent = await absentPrefixes(want, found, reads, sources)
  const facts = { neighbors: found, routes: comparable(routes, [bgpd, zebra]) }
  const neighbors = observeNeighbors(want, found, config, {
    absent,
    routes: facts.routes,
    last: sources.parts.neighbors,
  })
  return {
    frr: {
      version: versionOf(bgpd),
      daemons: [
        daemonState('zebra', needed.has('zebra'), zebra),
        daemonState('bgpd', needed.has('bgpd'), bgpd),
        daemonState('bfdd', needed.has('bfdd'), bfdd),
        daemonState('staticd', needed.has('staticd'), staticd),
        daemonState('mgmtd', needed.has('mgmtd') && isManaged([staticd, zebra, mgmtd]), mgmtd),
      ],
      remarks: [...remarksOn(want, config, sources), ...frrRemarks(intent, want, facts)],
    },
    neighbors: await withPaths(intent, neighbors, reads, sources),
  }
}

/** While intent and configuration are the same objects, what they show together is not computed again. */
function remarksOn(want: Want | null, config: HaveFrr | null, { parts }: LookSources) {
  return parts.remarks.take('config', [want, config], () => configRemarks(want, config))
}

/** The kernel is asked only while a session that the intent wants up is not. */
async function withPaths(
  intent: Intent | null,
  neighbors: readonly NeighborState[],
  reads: RouterReads,
  sources: LookSources,
): Promise<readonly NeighborState[]> {
  if (intent === null || !neighbors.some(isDown)) return neighbors
  const { value, fault } = await sources.paths(reads.paths)
  return value === null || fault !== null
    ? neighbors
    : pathsOf(intent, neighbors, value, sources.parts.paths)
}

/** Whether this FRR has mgmtd, as far as one of its daemons says its version. */
function isManaged(versions: readonly (Reading<string | null> | null)[]): boolean {
  return versions.some((reading) => hasMgmtd(reading?.value ?? null))
}

/** bgpd is asked only where an Established session gets no routes at all. */
async function absentPrefixes(
  want: Want | null,
  found: readonly ShownNeighbor[],
  reads: RouterReads,
  sources: LookSources,
): Promise<AbsentPrefixes> {
  const questions = unannounced(want, found)
  if (questions.length === 0) return new Map()
  const reading = await sources.absent(async () => {
    const answers = questions.map(
      async ({ vrf, prefixes }) => [vrf ?? '', await reads.absent(vrf, prefixes)] as const,
    )
    return new Map(await Promise.all(answers))
  })
  return reading.value ?? new Map()
}

/** Old counts of one daemon and new ones of another say nothing together. */
function comparable(
  routes: Reading<RoutesByVrf> | null,
  others: readonly (Reading<unknown> | null)[],
): RoutesByVrf {
  const isOld = [routes, ...others].some((reading) => reading !== null && reading.fault !== null)
  return isOld ? new Map() : (routes?.value ?? new Map())
}

function versionOf({ value, fault }: Reading<BgpdAnswer>): string | null {
  return fault === null ? (value?.version ?? null) : null
}

/** A listen range can let in a session on any subnet of the intent, also where it has no neighbour. */
async function readBgpd(
  reads: RouterReads,
  intent: Intent | null,
  quiet: boolean,
): Promise<BgpdAnswer> {
  const version = await reads.version('bgpd')
  const hasSubnets = intent?.attachments.some(({ l3 }) => l3 !== undefined) === true
  return { version, neighbors: hasSubnets ? await reads.neighbors(quiet) : [] }
}

/**
 * It is read anew only where it does not yet show who holds a wanted session down, and while it shows what must
 * not stay so: the loop reads it once in `[intervals] poll`.
 */
async function configFor(
  found: readonly ShownNeighbor[],
  want: Want | null,
  reads: RouterReads,
  sources: LookSources,
): Promise<HaveFrr | null> {
  const last = reads.lastConfig()
  if (isExplained(want, found, last) && remarksOn(want, last, sources).length === 0) return last
  return (await sources.config(reads.config)).value ?? last
}

function seen({ at, fault }: Reading<unknown>): Seen {
  return { at, fault }
}
