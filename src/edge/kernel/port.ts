import type { Fault } from '../../core/base/fault.js'
import type { HaveLink, LinkSysctl } from '../../core/model/link.js'
import type { ModuleEeprom } from '../../core/model/optic.js'
import type { KernelStep } from '../../core/model/plan.js'
import type { LacpState, PortLink } from '../../core/model/state.js'

/** The kernel's half of what is observed. */
export interface KernelRead {
  readonly links: readonly HaveLink[]
  /** `net.*.conf.default`: what a new link starts with. */
  readonly sysctlDefaults: LinkSysctl
}

/**
 * How far a list of steps came. The first `done` steps are in effect and nothing else is, whatever
 * was in flight when one was refused; `fault` says why step number `done` (from 0) was refused.
 */
export interface Applied {
  readonly done: number
  readonly fault: Fault | null
}

/** The way packets to an address take now. */
export interface KernelRoute {
  /** The interface they leave by. */
  readonly link: string
  /** Who made the route, as numbered in rtnetlink.h; 186 is BGP. */
  readonly protocol: number
}

/**
 * The kernel of this router. Reads reject with a FaultError (KERNEL_UNAVAILABLE) when it does not
 * answer; `apply` and `moduleEeprom` say in their value what went wrong.
 */
export interface Kernel {
  readonly read: () => Promise<KernelRead>
  readonly apply: (steps: readonly KernelStep[]) => Promise<Applied>
  /** In the order asked; a name that is no link comes back with `present: false`. */
  readonly ports: (names: readonly string[]) => Promise<readonly PortLink[]>
  /** null: no link of that name, or no bond in mode 802.3ad. */
  readonly lacp: (bond: string) => Promise<LacpState | null>
  /** null: the kernel knows no way there. */
  readonly route: (destination: string) => Promise<KernelRoute | null>
  /** Asked in a thread of its own, so that a module that does not answer holds up nothing. */
  readonly moduleEeprom: (port: string) => Promise<ModuleEeprom>
  readonly close: () => void
}
