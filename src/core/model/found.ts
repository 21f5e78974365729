import type { BgpInstance, BgpNeighbor } from './bgp.js'

/** Something on the router that an intent cannot say, or not all of it. */
export interface LeftOut {
  /** `neighbor 10.0.0.1`, `router bgp 65010`, `attachment net-a`, or the name of a link. */
  readonly at: string
  /** The reason, and what to do about it. Never a secret. */
  readonly why: string
}

/** A neighbour of FRR's, whoever made it. Its password goes nowhere, not even as a digest. */
export interface FoundNeighbor extends Omit<BgpNeighbor, 'attachment' | 'password' | 'drain'> {
  readonly vrf: string | null
  /** The attachment that demarc's mark names; null where there is none. */
  readonly attachment: string | null
  readonly hasPassword: boolean
  /** What of it an intent cannot say and does not need to: `soft-reconfiguration inbound`. */
  readonly lost: readonly string[]
}

/** What FRR has that an intent can say without changing what it does, and what it cannot. */
export interface FoundBgp {
  /** What all the neighbours share; null: there is none. */
  readonly router: Pick<BgpInstance, 'localAs' | 'routerId' | 'maximumPaths'> | null
  readonly neighbors: readonly FoundNeighbor[]
  readonly left: readonly LeftOut[]
}
