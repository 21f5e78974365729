import type { Seen } from '../model/state.js'
import type { VerdictHealth } from '../wire/health.js'

/** What one subject's part is written from, besides its state. */
export interface Source<Part> {
  /** When the part was read, where its source does not answer now; null: at this look. */
  readonly observedAt: string | null
  readonly verdict: VerdictHealth
  /** The same part of the last document. */
  readonly before: Part | undefined
  /** Counters, load and the like are read anew; otherwise they keep their last figures. */
  readonly fresh: boolean
}

/** When a part was read; null while its source answers, which `router.observedAt` says. */
export function observedAt({ at, fault }: Seen): string | null {
  return fault === null ? null : at
}
