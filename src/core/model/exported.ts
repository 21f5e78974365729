import type { BgpInstance, BgpNeighbor } from './bgp.js'

/** Something on the router that an intent cannot express, or only in part. */
export interface NotExported {
  /** `neighbor 10.0.0.1`, `router bgp 65010`, `attachment net-a`, or the name of a link. */
  readonly at: string
  /** The reason, and what to do about it. Never a secret. */
  readonly why: string
}

/** A neighbour of FRR, demarc's or not. Its password is not exported, not even as a digest. */
export interface ExportedNeighbor extends Omit<BgpNeighbor, 'attachment' | 'password' | 'drain'> {
  readonly vrf: string | null
  /** The attachment that demarc's mark names; null where there is none. */
  readonly attachment: string | null
  readonly hasPassword: boolean
  /** Settings that an intent does not keep and that affect no route: `soft-reconfiguration inbound`. */
  readonly lost: readonly string[]
}

/** The BGP of FRR that an intent can express without a change to any session, and the rest. */
export interface ExportedBgp {
  /** The settings that all exported neighbours share; null: none is exported. */
  readonly router: Pick<BgpInstance, 'localAs' | 'routerId' | 'maximumPaths'> | null
  /** The AS of each VRF whose AS is not the router's. */
  readonly vrfAs: ReadonlyMap<string, number>
  /** The aggregates of the blocks that exported neighbours are in, by VRF; '' is the default one. */
  readonly aggregates: ReadonlyMap<string, BgpInstance['aggregates']>
  readonly neighbors: readonly ExportedNeighbor[]
  readonly notExported: readonly NotExported[]
}
