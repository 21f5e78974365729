import { millis } from '../../core/base/time.js'
import type { Conflict } from '../../core/model/host-facts.js'
import type { ProtectionCounts } from '../../core/model/link.js'
import type { Have, HaveFrr } from '../../core/model/plan.js'
import type { Json } from '../../core/base/json.js'
import { same } from '../../core/base/merge-patch.js'
import { createReuse, type Reuse } from '../../core/base/remember.js'
import type {
  AttachmentState,
  FrrRemark,
  HostState,
  LacpState,
  LldpNeighbor,
  NeighborState,
  PortLink,
} from '../../core/model/state.js'
import type { CountersByIndex } from './observe-links.js'
import type { AbsentPrefixes, BgpdAnswer, PathAnswer } from './observe-frr.js'
import type { RoutesByVrf } from './route-remarks.js'
import { createSource, type Source, type SourceTerms } from './source.js'

/** The sources of a look, besides the modules. */
export interface LookSources {
  readonly links: Source<Have['links']>
  readonly lacp: Source<ReadonlyMap<string, LacpState | null>>
  readonly counters: Source<CountersByIndex>
  readonly ports: Source<readonly PortLink[]>
  readonly protections: Source<readonly ProtectionCounts[]>
  readonly lldp: Source<ReadonlyMap<string, readonly LldpNeighbor[]> | null>
  readonly host: Source<HostState>
  readonly settings: Source<readonly Conflict[]>
  readonly bgpd: Source<BgpdAnswer>
  readonly zebra: Source<string | null>
  readonly bfdd: Source<string | null>
  readonly staticd: Source<string | null>
  readonly mgmtd: Source<string | null>
  readonly routes: Source<RoutesByVrf>
  readonly absent: Source<AbsentPrefixes>
  readonly config: Source<HaveFrr>
  readonly paths: Source<PathAnswer>
  readonly parts: LookParts
  /** Nothing says that anything has changed since the last look. */
  readonly isQuiet: boolean
}

/** Parts of the last look: one of which nothing changes stays the same object, and nothing of it is judged or written anew. */
export interface LookParts {
  readonly links: Reuse<AttachmentState>
  readonly attachments: Reuse<AttachmentState>
  readonly neighbors: Reuse<NeighborState>
  readonly paths: Reuse<NeighborState>
  /** What the configuration of FRR shows: planning a thousand neighbours takes long. */
  readonly remarks: Reuse<readonly FrrRemark[]>
}

function createParts(): LookParts {
  return {
    links: createReuse((a, b) => same(a as Json & AttachmentState, b as Json & AttachmentState)),
    attachments: createReuse(),
    neighbors: createReuse(),
    paths: createReuse(),
    remarks: createReuse(),
  }
}

/** How often zebra counts its routes, which costs it a walk over its tables. */
const ROUTES_MAX_AGE = millis(30_000)

/** What limits have counted comes from a program. */
const PROTECTIONS_MAX_AGE = millis(5000)

/** A program asks lldpd. */
const LLDP_MAX_AGE = millis(10_000)

/** The configuration of a thousand neighbours has megabytes. */
const CONFIG_MAX_AGE = millis(10_000)

/** Sources that have not been asked. */
export function createLookSources(terms: SourceTerms): LookSources {
  const routes = createSource<RoutesByVrf>(terms)
  const config = createSource<HaveFrr>(terms)
  const absent = createSource<AbsentPrefixes>(terms)
  const protections = createSource<readonly ProtectionCounts[]>(terms)
  const lldp = createSource<ReadonlyMap<string, readonly LldpNeighbor[]> | null>(terms)
  return {
    links: createSource(terms),
    lacp: createSource(terms),
    counters: createSource(terms),
    ports: createSource(terms),
    protections: (read) => protections(read, PROTECTIONS_MAX_AGE),
    lldp: (read) => lldp(read, LLDP_MAX_AGE),
    host: createSource(terms),
    settings: createSource(terms),
    bgpd: createSource(terms),
    zebra: createSource(terms),
    bfdd: createSource(terms),
    staticd: createSource(terms),
    mgmtd: createSource(terms),
    routes: (read) => routes(read, ROUTES_MAX_AGE),
    absent: (read) => absent(read, ROUTES_MAX_AGE),
    config: (read) => config(read, CONFIG_MAX_AGE),
    paths: createSource(terms),
    parts: createParts(),
    isQuiet: false,
  }
}

/** The same sources for a look that only takes in late answers: what is younger than this is not asked again. */
const LATE_MAX_AGE = millis(4000)

export function forLateAnswers(sources: LookSources): LookSources {
  const young = <T>(source: Source<T>): Source<T> => {
    return (read) => source(read, LATE_MAX_AGE)
  }
  const {
    links,
    lacp,
    counters,
    ports,
    protections,
    lldp,
    host,
    settings,
    routes,
    absent,
    config,
    paths,
  } = sources
  const { bgpd, zebra, bfdd, staticd, mgmtd, parts } = sources
  return {
    links: young(links),
    lacp: young(lacp),
    counters: young(counters),
    ports: young(ports),
    protections,
    lldp,
    host: young(host),
    settings: young(settings),
    bgpd: young(bgpd),
    zebra: young(zebra),
    bfdd: young(bfdd),
    staticd: young(staticd),
    mgmtd: young(mgmtd),
    routes,
    absent,
    config,
    paths: young(paths),
    parts,
    isQuiet: true,
  }
}

/** How old the links may be while the kernel notifies of no change. */
const QUIET_MAX_AGE = millis(25_000)

/**
 * The same sources for a look because of the time alone: the kernel notifies each change of a link or an address, so that the
 * thousand others need not be read to know that there was none.
 */
export function forQuietLooks(sources: LookSources): LookSources {
  const { links } = sources
  return { ...sources, links: (read) => links(read, QUIET_MAX_AGE), isQuiet: true }
}
