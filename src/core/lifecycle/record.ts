import { instantOf } from '../base/time.js'
import type { ServiceKind, ServiceState } from '../model/health.js'

/** A state that a subject has, since when, and why. */
export interface StateSince {
  readonly state: ServiceState
  /** Wall clock, ISO 8601 UTC. */
  readonly since: string
  /** One sentence. */
  readonly reason: string
  /** Only with `requested`: the provider was asked, so that only its word, or a link that works, ends it. */
  readonly awaitsProvider: boolean
}

/** Where one connection or attachment is in its life. Plain JSON, kept on the disk. */
export interface LifecycleRecord extends StateSince {
  readonly kind: ServiceKind
  readonly name: string
  /** The id of the provider; null: the intent names none. */
  readonly provider: string | null
  /** With `deleting`: what it was before, and is again where the removal is rolled back; null otherwise. */
  readonly before: StateSince | null
}

/** A connection or an attachment of the intent in force. */
export interface WantedSubject {
  readonly kind: ServiceKind
  readonly name: string
  readonly provider: string | null
}

/** Milliseconds since 1970. */
export function timeOf(instant: string): number {
  return instantOf(instant) ?? 0
}

/** `KIND/NAME`, unique on one router. */
export function subjectKey({ kind, name }: Pick<LifecycleRecord, 'kind' | 'name'>): string {
  return `${kind}/${name}`
}

/** The record of a subject that the intent begins to name. */
export function newRecord({ kind, name, provider }: WantedSubject, since: string): LifecycleRecord {
  const rest = { kind, name, provider, since, awaitsProvider: false, before: null }
  return kind === 'connection'
    ? { ...rest, state: 'requested', reason: 'The intent asks for it.' }
    : { ...rest, state: 'pending', reason: 'It has not worked yet.' }
}
