import type { LinkRates } from './state.js'

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

/** What a bundle went without: ports of the intent that carried no traffic. */
export interface Redundancy {
  /** Now. */
  readonly missing: number
  /** This clock hour and the one before. */
  readonly hour: LostRedundancy
  readonly day: LostRedundancy
  readonly week: LostRedundancy
}

export interface LostRedundancy {
  /** Ports that were missing times the seconds that they were. */
  readonly memberSeconds: number
  /** How often the bundle lost ports. */
  readonly losses: number
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
  /** Of a bundle; absent: it is none, or the kernel does not show it. */
  readonly redundancy?: Redundancy
  /** How fast the counters of a port or an attachment rise; absent: not known. */
  readonly rates?: LinkRates
  /** What the look shows of what it is for; `unclear` until a fault has lasted, and while nothing answers. */
  readonly service: 'works' | 'fails' | 'unclear'
}

export type Lifecycle = 'pending' | 'available' | 'down'

/** What has a lifecycle that outlives a restart: what a provider gives and takes away. */
export const SERVICE_KINDS = ['connection', 'attachment'] as const
export type ServiceKind = (typeof SERVICE_KINDS)[number]

export const CONNECTION_STATES = [
  'requested',
  'pending',
  'available',
  'down',
  'deleting',
  'deleted',
] as const

export const ATTACHMENT_STATES = [
  'confirming',
  'pending',
  'available',
  'down',
  'deleting',
  'deleted',
  'rejected',
  'expired',
] as const

export type ConnectionLifecycle = (typeof CONNECTION_STATES)[number]
export type AttachmentLifecycle = (typeof ATTACHMENT_STATES)[number]
export type ServiceState = ConnectionLifecycle | AttachmentLifecycle

/** What a control plane, or an operator, says of a connection or an attachment: what the router cannot see. */
export const LIFECYCLE_WORDS = [
  'ordered',
  'approved',
  'loa-sent',
  'offered',
  'accepted',
  'rejected',
] as const
export type LifecycleWord = (typeof LIFECYCLE_WORDS)[number]

/** Where a connection or an attachment is in its life, as it is shown. */
export interface ServiceLifecycle {
  readonly kind: ServiceKind
  readonly name: string
  readonly state: ServiceState
  /** What its provider calls the state; absent: it has no word for it, or none is known. */
  readonly providerState?: string
  /** ISO 8601 UTC: since when it has this state. */
  readonly since: string
  readonly reason: string
  /** It is in the intent in force. */
  readonly isWanted: boolean
}

/** Something happened; never repeated, never changed. */
export interface HealthEvent {
  readonly at: string
  readonly kind: SubjectKind
  readonly name: string
  readonly code: string
  readonly severity: Severity
  readonly message: string
}
