import type { Fault } from '../core/base/fault.js'

/** What the last look at the router showed. */
export interface Standing {
  readonly state: 'no-intent' | 'settled' | 'applying' | 'differs' | 'failed'
  readonly faults: readonly Fault[]
}
