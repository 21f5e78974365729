import type { Millis } from '../../base/time.js'
import type { ProtectionCounts } from '../../model/link.js'
import type { Lifecycle, Severity } from '../../model/health.js'
import type { UsualRoutes } from '../../routes/usual.js'
import type { RedundancyTrend } from '../bundle/redundancy.js'
import type { RateWindow } from '../../traffic/rates.js'
import type { SessionTrace } from '../session/trace.js'

/**
 * What one assessment hands to the next. Plain JSON: it may be kept on disk or thrown away. Every
 * {@link Millis} is an instant on the monotonic clock of `assess`.
 */
export interface HealthHistory {
  /** Keyed by `kind/name`. */
  readonly subjects: Readonly<Record<string, SubjectHistory>>
  /** What bundles went without, by the names of their connections; also of those that a look does not show. */
  readonly bundles: readonly (readonly [connection: string, trend: RedundancyTrend])[]
  /** When the next finding becomes due; null: none waits. */
  readonly due: Millis | null
}

export interface SubjectHistory {
  readonly severity: Severity
  /** Wall clock, ISO 8601 UTC. */
  readonly since: string
  readonly lifecycle: Lifecycle
  /** The lifecycle that the last event reported. */
  readonly reportedLifecycle: Lifecycle
  /** Keyed by rule code. Only findings that are true, wait to be reported or wait to be cleared. */
  readonly findings: Readonly<Record<string, FindingHistory>>
  readonly observed: Observed
}

export interface FindingHistory {
  /** Since when the condition is true; null while it is not, or cannot be judged. */
  readonly since: Millis | null
  /** Since when the condition is no longer true; null while it is. */
  readonly gone: Millis | null
  /** An event has reported the finding. */
  readonly reported: boolean
  readonly message: string
  /** When the message was last worded. */
  readonly wordedAt: Millis
  /** The cause that the message names; `''` for a finding with one cause only. */
  readonly variant: string
  /** Since when another cause is true; null: none is. */
  readonly changing: Millis | null
}

/** What was observed last, to find out what happened since. What does not apply to a kind is null. */
export interface Observed {
  /** Carrier changes of a port, established sessions of a neighbour. */
  readonly transitions: number
  /** The neighbour was established. */
  readonly established: boolean
  /** The loss of the session was reported, and there was none since. */
  readonly lost: boolean
  /** Part and serial number of a module, LACP partner of a connection. */
  readonly identity: string | null
  readonly adminDown: boolean
  readonly drained: boolean
  readonly errors: ErrorWindow | null
  /** What the limits of an attachment drop. */
  readonly drops: DropWindow | null
  /** How fast the counters of a port, of all ports of a connection or of an attachment rise. */
  readonly rates: RateWindow | null
  /** The routes of a neighbour over the last hours. */
  readonly usual: UsualRoutes | null
  /** What a neighbour has gone through since its session was up. */
  readonly trace: SessionTrace | null
  /** The far ends of a port. */
  readonly cable: readonly string[] | null
}

/** Error counters of a port at the start of the running window, and the burst of the last one. */
export interface ErrorWindow {
  readonly at: Millis
  readonly inErrors: number
  readonly outErrors: number
  /** More errors than are tolerated; null: not so many. */
  readonly burst: ErrorBurst | null
}

export interface ErrorBurst {
  readonly inErrors: number
  readonly outErrors: number
  /** How long the errors were counted. */
  readonly within: Millis
}

/** Frames that each limit had dropped at the start of the running window, and in the last one or since then. */
export interface DropWindow {
  readonly at: Millis
  readonly dropped: ProtectionCounts['dropped']
  readonly recent: ProtectionCounts['dropped']
}

export const NO_HISTORY: HealthHistory = { subjects: {}, bundles: [], due: null }
