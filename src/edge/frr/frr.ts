import type { Fault } from '../../core/base/fault.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrStep, FrrWaitStep, HaveFrr } from '../../core/model/plan.js'
import type { NeighborState } from '../../core/model/state.js'

/** FRR on this machine, through the sockets of its daemons. Connections are made when needed and kept. */
export interface Frr {
  /** Version and running configuration; a daemon that does not answer is a fault inside. */
  readonly read: () => Promise<HaveFrr>
  /** Types `step.lines`. A fault carries FRR's own words and the line; some lines may have taken effect. */
  readonly apply: (step: FrrStep) => Promise<Fault | null>
  /** Types `step.undo`, also after a step that failed half way: lines refused there are of no account. */
  readonly undo: (step: FrrStep) => Promise<Fault | null>
  /** Resolves once zebra knows the links and VRFs; a fault names those missing at the deadline. */
  readonly wait: (step: FrrWaitStep, timeoutMs: number) => Promise<Fault | null>
  /** The sessions of demarc's own neighbours in all VRFs. */
  readonly neighbors: () => Promise<readonly FrrNeighbor[]>
  /** Makes the running configuration the one FRR starts with. */
  readonly save: () => Promise<Fault | null>
  readonly close: () => void
}

/** A neighbour as bgpd and bfdd report it; the attachment is read from its description. */
export type FrrNeighbor = Omit<NeighborState, 'drained'>

export interface FrrOptions {
  /** Where the daemons' sockets are, `/run/frr` on Debian. */
  readonly runDir: string
  /** Turns a secret read from FRR into what stands for it in plans and logs. */
  readonly conceal: (secret: string) => SecretDigest
  /** Gives the secret back just before it is typed; undefined: not known here. */
  readonly reveal: (digest: SecretDigest) => string | undefined
  /** Longest silence of a daemon, ms. */
  readonly timeoutMs?: number
}

export function openFrr(_options: FrrOptions): Frr {
  throw new Error('not yet')
}
