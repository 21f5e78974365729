import type { LinkHost, NeighborEntry, RouteEntry } from '../../core/model/foreign-paths.js'
import type { ModuleEeprom } from '../../core/model/optic.js'
import type { KernelStep } from '../../core/model/plan.js'
import type { LacpState, LinkCounters, PortLink } from '../../core/model/state.js'
import type { Applied } from './apply/apply.js'
import type { KernelRead } from './read/links.js'
import type { LocalUser } from './read/local-user.js'
import type { ProtectionCounts } from '../../core/model/link.js'
import type { KernelRoute } from './read/route.js'
import type { BgpRoute } from './read/routes.js'

/**
 * The kernel of this router. Reads reject with a FaultError (KERNEL_UNAVAILABLE) when it does not
 * answer. `apply` and `moduleEeprom` do not reject; their value says what went wrong.
 */
export interface Kernel {
  readonly read: () => Promise<KernelRead>
  readonly apply: (steps: readonly KernelStep[]) => Promise<Applied>
  /** In the order of `names`; where there is no such link, with `present: false`. */
  readonly ports: (names: readonly string[]) => Promise<readonly PortLink[]>
  /** What each link has counted, by its index. */
  readonly counters: () => Promise<ReadonlyMap<number, LinkCounters>>
  /** null: there is no link of that name, or it is not a bond in mode 802.3ad. */
  readonly lacp: (bond: string) => Promise<LacpState | null>
  /** Every route with an outgoing link, except those that BGP made. */
  readonly routes: () => Promise<readonly RouteEntry[]>
  /** Every route with the protocol number of BGP, also those that FRR did not add. */
  readonly bgpRoutes: () => Promise<readonly BgpRoute[]>
  /** Hosts whose link-layer address the kernel knows. */
  readonly neighbors: () => Promise<readonly NeighborEntry[]>
  /** Hosts that do not answer when the kernel asks for their link-layer address. */
  readonly unresolved: () => Promise<readonly LinkHost[]>
  /** Asks hosts for their link-layer address, within a second; the value is those that answered. */
  readonly askNeighbors: (hosts: readonly LinkHost[]) => Promise<readonly LinkHost[]>
  /** Whether packets to the host leave by its link, in the VRF of that link. */
  readonly leadsTo: (host: LinkHost) => Promise<boolean>
  /** null: the kernel has no route to that address. */
  readonly route: (destination: string) => Promise<KernelRoute | null>
  /** What the limits of these links have counted; links without limits are left out. */
  readonly protections: (links: readonly string[]) => Promise<readonly ProtectionCounts[]>
  /** Read in a thread, so that a module which does not answer delays nothing else. */
  readonly moduleEeprom: (port: string) => Promise<ModuleEeprom>
  /** Who is at the other side of the connected Unix socket with this inode. */
  readonly localUser: (inode: number) => Promise<LocalUser>
  readonly close: () => void
}
