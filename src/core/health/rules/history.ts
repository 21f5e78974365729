import type { Lifecycle, Severity } from '../../model/health.js'

/** What assessing remembers from look to look. Plain JSON; may be kept on disk or thrown away. */
export interface HealthHistory {
  /** Key: `kind/name`. */
  readonly subjects: Readonly<Record<string, SubjectHistory>>
  /** When the next held finding is due, on the clock of `assess`; null: none waits. */
  readonly due: number | null
}

export interface SubjectHistory {
  readonly severity: Severity
  /** Wall clock, ISO 8601 UTC. */
  readonly since: string
  readonly lifecycle: Lifecycle
  /** The lifecycle the last event told of. */
  readonly told: Lifecycle
  /** Key: rule code. Only what is true, waits to be told or waits to be cleared. */
  readonly findings: Readonly<Record<string, FindingHistory>>
  /** What was seen last, to notice what happened between two looks. */
  readonly seen: Seen
}

export interface FindingHistory {
  /** ms, since when the condition is true; null while it is not, or cannot be judged. */
  readonly since: number | null
  /** ms, since when it is gone; null while it is not. */
  readonly gone: number | null
  /** An event told of it. */
  readonly told: boolean
  readonly message: string
  /** ms, when the message was last worded. */
  readonly wordedAt: number
}

/** Counters and identities; what does not apply to a kind stays null. */
export interface Seen {
  /** Carrier changes of a port, established sessions of a neighbour. */
  readonly transitions: number
  /** The neighbour was established. */
  readonly established: boolean
  /** Part and serial number of a module, LACP partner of a connection. */
  readonly identity: string | null
  readonly adminDown: boolean
  readonly drained: boolean
  readonly errors: ErrorCount | null
}

/** Error counters at the start of the running window, and whether they rose too far in the last. */
export interface ErrorCount {
  /** ms. */
  readonly at: number
  readonly inErrors: number
  readonly outErrors: number
  readonly burst: ErrorBurst | null
}

export interface ErrorBurst {
  readonly inErrors: number
  readonly outErrors: number
  /** ms. */
  readonly within: number
}

export const NO_HISTORY: HealthHistory = { subjects: {}, due: null }
