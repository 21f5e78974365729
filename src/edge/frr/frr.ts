import { attempt } from '../../core/base/attempt.js'
import type { Fault } from '../../core/base/fault.js'
import { millis, type Millis } from '../../core/base/time.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrDaemon, FrrStep, FrrWaitStep, HaveFrr } from '../../core/model/plan.js'
import type { RouteQuestion, RouteView } from '../../core/routes/table.js'
import { sendCommands } from './configure.js'
import { daemonConnections } from './vty/connections.js'
import { readNeighbor, readNeighbors, type FrrNeighbor } from './neighbors.js'
import { systemClock } from '../host/clock.js'
import {
  ALL_NEIGHBORS,
  commandFor,
  createNeighborWatch,
  type NeighborWatch,
} from './neighbor-watch.js'
import { clearNeighbor, clearNeighbors, heldSessions } from './clear.js'
import type { NeighborId } from './neighbors.js'
import { createConfigReader, readVersion } from './read.js'
import { announcersOf, readBgpPrefixes, readRouteCounts, type RouteCount } from './routes.js'
import { drainingRoutes } from './draining.js'
import { readAbsent, readRouteView } from './route-table.js'
import { saveConfig } from './save.js'
import { waitForZebra } from './zebra.js'

/** FRR on this router, through the vty sockets of its daemons. */
export interface Frr {
  /** Version and running configuration. A daemon that does not answer is a fault in the value. */
  readonly read: () => Promise<HaveFrr>
  /** What `read` has read last; null: nothing yet. The configuration takes megabytes with a thousand neighbours. */
  readonly lastRead: () => HaveFrr | null
  /** The version that one daemon says; null: it says none. Rejects with a FaultError. */
  readonly version: (daemon: FrrDaemon) => Promise<string | null>
  /**
   * Runs `step.lines`; null: done. The fault quotes FRR's own message and the refused line; the lines
   * before it may be in effect. A session that FRR holds down because of its prefix limit comes back when the
   * lines change that limit.
   */
  readonly apply: (step: FrrStep) => Promise<Fault | null>
  /**
   * Waits until zebra knows the links and VRFs; null: it does. The fault names those that are missing
   * when zebra has not learned of another one for `timeout`.
   */
  readonly wait: (step: FrrWaitStep, timeout: Millis) => Promise<Fault | null>
  /** The neighbours of all VRFs. Rejects with a FaultError. */
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  /** The same for looks, which a thousand neighbours of which nothing changes cost little. Rejects with a FaultError. */
  readonly watched: NeighborWatch['neighbors']
  /** One of them; null: bgpd has none there. */
  readonly neighbor: (id: NeighborId) => Promise<FrrNeighbor | null>
  /** Addresses of the neighbours from which bgpd accepted the prefix. Rejects with a FaultError. */
  readonly announcers: (vrf: string | null, prefix: string) => Promise<readonly string[]>
  /**
   * How many routes that bgpd accepted from each neighbour of a VRF have the community GRACEFUL_SHUTDOWN (RFC 8326), by
   * its address; null: there are too many routes to list. Rejects with a FaultError.
   */
  readonly draining: (vrf: string | null) => Promise<ReadonlyMap<string, number> | null>
  /**
   * Ends the session with a neighbour and starts it again, also one that FRR holds down because of its
   * prefix limit; null: done.
   */
  readonly clear: (neighbor: NeighborId) => Promise<Fault | null>
  /** Routes of BGP in zebra and in the kernel, in one VRF. Rejects with a FaultError. */
  readonly routes: (vrf: string | null) => Promise<readonly RouteCount[]>
  /** The prefixes of BGP that zebra has in one VRF. Rejects with a FaultError. */
  readonly prefixes: (vrf: string | null) => Promise<readonly string[]>
  /** The BGP tables of VRFs, as far as they are short enough. Rejects with a FaultError. */
  readonly routeView: (questions: readonly RouteQuestion[]) => Promise<RouteView>
  /** Which of these prefixes have no valid route in the BGP table of a VRF. Rejects with a FaultError. */
  readonly absent: (vrf: string | null, prefixes: readonly string[]) => Promise<readonly string[]>
  /** Writes the running configuration to the file that FRR starts with; null: done. */
  readonly save: () => Promise<Fault | null>
  readonly close: () => void
}

export interface FrrOptions {
  /** Directory of the daemons' sockets, `/run/frr` on Debian. */
  readonly runDir: string
  /** Gives the digest that stands for a secret in plans and logs. */
  readonly conceal: (secret: string) => SecretDigest
  /** Gives the secret of a digest just before it is sent; undefined: this process does not know it. */
  readonly reveal: (digest: SecretDigest) => string | undefined
  /** Time that a daemon may take for commands, 30 s without it. bgpd takes seconds to commit thousands of lists. */
  readonly timeout?: Millis
}

const TIMEOUT = millis(30_000)

/** Opens connections when they are needed, and new ones after FRR restarted. */
export function openFrr(options: FrrOptions): Frr {
  const { conceal, reveal } = options
  const connections = daemonConnections(options.runDir, options.timeout ?? TIMEOUT)
  const readConfig = createConfigReader(connections, conceal)
  const askBgpd = async (commands: readonly string[]): Promise<readonly string[]> =>
    (await connections.ask('bgpd', commands)).map(({ text }) => text)
  const watch = createNeighborWatch(askBgpd, systemClock.now)
  let last: HaveFrr | null = null
  return {
    async read() {
      last = await readConfig()
      return last
    },
    lastRead: () => last,
    version: (daemon) => readVersion(connections, daemon),
    async apply({ daemon, lines }) {
      const target = { daemon, open: () => connections.open(daemon), reveal }
      const held = daemon === 'bgpd' ? await heldSessions(connections, lines) : []
      const refused = await faultOf(() => sendCommands(target, lines))
      if (refused === null) await clearNeighbors(connections, held)
      return refused
    },
    wait: (step, timeout) => faultOf(() => waitForZebra(connections, step, timeout)),
    async neighbors() {
      const [text = ''] = await askBgpd([ALL_NEIGHBORS])
      return readNeighbors(text)
    },
    watched: watch.neighbors,
    async neighbor(id) {
      const [text = ''] = await askBgpd([commandFor(id)])
      return readNeighbor(text, id)
    },
    clear: (neighbor) => faultOf(() => clearNeighbor(connections, neighbor)),
    routes: (vrf) => readRouteCounts(connections, vrf),
    prefixes: (vrf) => readBgpPrefixes(connections, vrf),
    routeView: (questions) => readRouteView(connections, questions),
    absent: (vrf, prefixes) => readAbsent(connections, vrf, prefixes),
    announcers: (vrf, prefix) => announcersOf(connections, vrf, prefix),
    draining: (vrf) => drainingRoutes(connections, vrf),
    save: () => saveConfig(connections),
    close: connections.close,
  }
}

/** A rejection with a FaultError as a value. */
async function faultOf(task: () => Promise<Fault | null>): Promise<Fault | null> {
  const done = await attempt(task)
  return done.ok ? done.value : (done.faults[0] ?? null)
}
