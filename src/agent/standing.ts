import type { Fault } from '../core/base/fault.js'
import type { Status } from '../core/wire/messages.js'

/** What the last look at the router showed. */
export interface Standing {
  readonly state: Status['state']
  readonly faults: readonly Fault[]
}
