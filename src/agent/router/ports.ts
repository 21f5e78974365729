import type { Fault } from '../../core/base/fault.js'
import type { Millis } from '../../core/base/time.js'
import type { LinkSysctl, HaveLink } from '../../core/model/link.js'
import type { FrrStep, FrrWaitStep, HaveFrr, KernelStep } from '../../core/model/plan.js'

/** What a turn needs from the kernel. */
export interface KernelPort {
  readonly read: () => Promise<{
    readonly links: readonly HaveLink[]
    readonly sysctlDefaults: LinkSysctl
  }>
  /** In order; `done` steps succeeded, the next one is the fault's. */
  readonly apply: (
    steps: readonly KernelStep[],
  ) => Promise<{ readonly done: number; readonly fault: Fault | null }>
}

/** What a turn needs from FRR. */
export interface FrrPort {
  /** A daemon that does not answer has no tree and a fault. */
  readonly read: () => Promise<HaveFrr>
  /** A fault carries FRR's own words; lines before the refused one may be live. */
  readonly apply: (step: FrrStep) => Promise<Fault | null>
  readonly wait: (step: FrrWaitStep, timeout: Millis) => Promise<Fault | null>
  readonly save: () => Promise<Fault | null>
}

export interface RouterPorts {
  readonly kernel: KernelPort
  readonly frr: FrrPort
}
