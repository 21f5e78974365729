import type { ModuleEeprom } from '../../core/model/optic.js'
import type { KernelStep } from '../../core/model/plan.js'
import type { LacpState, PortLink } from '../../core/model/state.js'
import type { Applied } from './apply/apply.js'
import type { KernelRead } from './read/links.js'
import type { KernelRoute } from './read/route.js'

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
