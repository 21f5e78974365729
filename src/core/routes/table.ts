import type { FamilyState } from '../model/state.js'

/** One way to a prefix in the BGP table, as the import policy of its neighbour left it. */
export interface RoutePath {
  /** Address of the neighbour that announced it; null: this router originates it. */
  readonly from: string | null
  /** FRR has chosen it, and announces no other. */
  readonly best: boolean
  /** Learned by iBGP. */
  readonly internal: boolean
  /** As FRR prints them: `65010:1`, `65010:1:2`, `no-export`. */
  readonly communities: readonly string[]
  /** As FRR prints it, such as `65020 65030 {1,2}`; empty: the route is of this router. */
  readonly asPath: string
}

/** A prefix of the BGP table with every path that FRR has accepted. */
export interface TableRoute {
  readonly prefix: string
  readonly paths: readonly RoutePath[]
}

/** The BGP table of one VRF and family. */
export interface RouteTable {
  readonly vrf: string | null
  readonly family: FamilyState['family']
  /** null: there are more than are read. */
  readonly routes: readonly TableRoute[] | null
}

/** The routes of this router before a change. */
export interface RouteView {
  readonly tables: readonly RouteTable[]
  /** Prefixes of the export rules that zebra has in its own table, by VRF; `''`: the default VRF. */
  readonly present: ReadonlyMap<string, ReadonlySet<string>>
}

/** What is read of one VRF. */
export interface RouteQuestion {
  /** null: the default VRF. */
  readonly vrf: string | null
  /** Prefixes that the router may originate: those that zebra has are `present`. */
  readonly origins: readonly string[]
}
