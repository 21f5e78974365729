import type { Fault } from '../../core/base/fault.js'
import type { Millis } from '../../core/base/time.js'
import type { LinkSysctl, HaveLink, HaveProtections } from '../../core/model/link.js'
import type { VrfRules } from '../../core/model/vrf.js'
import type { FrrStep, FrrWaitStep, HaveFrr, KernelStep } from '../../core/model/plan.js'
import type { IntentContext } from './want.js'

/** What carrying out a plan needs of the kernel. */
export interface KernelPort {
  readonly read: () => Promise<{
    readonly links: readonly HaveLink[]
    readonly sysctlDefaults: LinkSysctl
    readonly vrfRules?: VrfRules
    readonly protections?: HaveProtections
  }>
  /** In order; the first `done` steps succeeded, and the fault is that of the next one. */
  readonly apply: (
    steps: readonly KernelStep[],
  ) => Promise<{ readonly done: number; readonly fault: Fault | null }>
}

/** What carrying out a plan needs of FRR. */
export interface FrrPort {
  /** A daemon that does not answer has no tree and a fault. */
  readonly read: () => Promise<HaveFrr>
  /** The fault has FRR's own message; lines before the refused one may be in force. */
  readonly apply: (step: FrrStep) => Promise<Fault | null>
  /** Waits until FRR knows the links and VRFs; a fault after the timeout. */
  readonly wait: (step: FrrWaitStep, timeout: Millis) => Promise<Fault | null>
  /** Writes the running configuration to FRR's file. */
  readonly save: () => Promise<Fault | null>
}

/** The router as plans are carried out on it. */
export interface RouterPorts {
  readonly kernel: KernelPort
  readonly frr: FrrPort
  /** Waits for a pause step, and between two attempts. */
  readonly sleep: (duration: Millis) => Promise<void>
}

/** The router, with what turns an intent into a plan on it. */
export interface ManagedRouter {
  readonly ports: RouterPorts
  readonly context: IntentContext
}
