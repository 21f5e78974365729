import { instantOf } from '../base/time.js'
import type { Severity } from '../model/health.js'

/** What a metric is, as the exposition and docs/metrics.md name it. */
export interface Definition {
  /** Prometheus's, with its base unit as suffix, such as `demarc_port_in_bytes_total`. */
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly labels: readonly string[]
}

/** One series at one moment. */
export interface Sample {
  /** One value for each label of the definition, in its order. */
  readonly labels: readonly string[]
  readonly value: number
}

/** A metric with all its series. */
export interface Family extends Definition {
  readonly samples: readonly Sample[]
}

/** What a rule reads of one subject: a figure, several with further labels, or nothing. */
type Reading = number | null | undefined | readonly Sample[]

/** One metric of one kind of subject. */
export interface Rule<Subject> {
  readonly name: string
  readonly type: Definition['type']
  readonly help: string
  /** Labels beyond those of the subject. */
  readonly more: readonly string[]
  readonly read: (subject: Subject) => Reading
}

export function gauge<Subject>(
  name: string,
  help: string,
  read: (subject: Subject) => Reading,
  more: readonly string[] = [],
): Rule<Subject> {
  return { name, type: 'gauge', help, more, read }
}

export function counter<Subject>(
  name: string,
  help: string,
  read: (subject: Subject) => Reading,
  more: readonly string[] = [],
): Rule<Subject> {
  return { name, type: 'counter', help, more, read }
}

/** The metrics of one kind of subject in a source. */
export interface Group<Source> {
  readonly definitions: readonly Definition[]
  /** Each is made when it is asked for, so that who reads them can let others have their turn. */
  readonly families: (source: Source) => Iterable<Family>
}

type Subjects<Subject> = readonly (readonly [labels: readonly string[], subject: Subject])[]

/** Joins the rules of one kind of subject with where the subjects are in a source. */
export function group<Source, Subject>(
  labels: readonly string[],
  subjectsOf: (source: Source) => Subjects<Subject>,
  rules: readonly Rule<Subject>[],
): Group<Source> {
  const define = ({ name, type, help, more }: Rule<Subject>): Definition => ({
    ...{ name, type, help },
    labels: [...labels, ...more],
  })
  return {
    definitions: rules.map(define),
    *families(source) {
      const subjects = subjectsOf(source)
      for (const rule of rules) {
        const samples = subjects
          .flatMap(([names, subject]) => samplesOf(names, rule.read(subject)))
          .filter(({ value }) => isPossible(rule, value))
        yield { ...define(rule), samples }
      }
    },
  }
}

/** FRR and the kernel have the last word on their figures; one that Prometheus cannot take is not known. */
function isPossible({ type }: Pick<Definition, 'type'>, value: number): boolean {
  return Number.isFinite(value) && (type === 'gauge' || value >= 0)
}

function samplesOf(names: readonly string[], reading: Reading): readonly Sample[] {
  if (reading === null || reading === undefined) return []
  if (typeof reading === 'number') return [{ labels: names, value: reading }]
  return reading.map(({ labels, value }) => ({ labels: [...names, ...labels], value }))
}

/** One series for each of these words: 1 for the word that is true now, 0 for the others. */
export function states(words: readonly string[], now: string): readonly Sample[] {
  return words.map((word) => ({ labels: [word], value: flag(word === now) }))
}

export function flag(is: boolean): number {
  return is ? 1 : 0
}

/** Seconds since 1970 of an ISO 8601 instant. */
export function instant(at: string | null | undefined): number | null {
  const time = instantOf(at ?? '')
  return time === undefined ? null : time / 1000
}

/** From best to worst, as docs/health.md orders them. */
const SEVERITY_VALUES: Readonly<Record<Severity, number>> = {
  ok: 0,
  unknown: 1,
  warning: 2,
  critical: 3,
}

/** What the figures of a severity mean, for the help of a metric. */
export const SEVERITY_SCALE = '0 ok, 1 unknown, 2 warning, 3 critical'

export function severityValue(severity: Severity): number {
  return SEVERITY_VALUES[severity]
}
