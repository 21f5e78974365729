export const SEVERITIES = ['ok', 'warning', 'critical', 'unknown'] as const
export type Severity = (typeof SEVERITIES)[number]

export const SUBJECT_KINDS = ['router', 'port', 'connection', 'attachment', 'neighbor'] as const
export type SubjectKind = (typeof SUBJECT_KINDS)[number]

/** What is wrong with one thing; a healthy subject has none. */
export interface Finding {
  /** From the table of health rules, e.g. `OPTIC_RX_LOW`. */
  readonly code: string
  readonly severity: Exclude<Severity, 'ok'>
  /** One sentence with the figures. */
  readonly message: string
}

/** One thing's health. `name` of a neighbour is `attachment/address`. */
export interface Verdict {
  readonly kind: SubjectKind
  readonly name: string
  readonly severity: Severity
  /** The lifecycle state users know: `available`, `down`, `pending`, … */
  readonly lifecycle: Lifecycle
  readonly findings: readonly Finding[]
  /** ISO 8601 UTC: since when it has this severity. */
  readonly since: string
  /** The code of the cause that the finding NEIGHBOR_DOWN names; absent: there is no such finding. */
  readonly cause?: string
}

export type Lifecycle = 'pending' | 'available' | 'down'

/** Something happened; never repeated, never changed. */
export interface HealthEvent {
  readonly at: string
  readonly kind: SubjectKind
  readonly name: string
  readonly code: string
  readonly severity: Severity
  readonly message: string
}
