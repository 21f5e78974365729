import { printable, table } from './table.js'

interface FilledValue {
  readonly at: string
  readonly value: number | string
  readonly rule: string
}

interface BrokenRule {
  readonly at: string
  readonly message: string
  readonly reason: string | null
}

/** What the profiles of providers say of a valid intent, a line each. */
export function renderRules(rules: {
  readonly filled: readonly FilledValue[]
  readonly warnings: readonly BrokenRule[]
  readonly accepted: readonly BrokenRule[]
}): readonly string[] {
  return [
    ...renderFilled(rules.filled),
    ...rules.warnings.map(({ at, message }) => `warning  ${at}: ${printable(message)}`),
    ...rules.accepted.map(
      ({ at, message, reason }) =>
        `accepted  ${at}: ${printable(message)} The intent accepts it: ${printable(reason ?? '')}.`,
    ),
  ]
}

/** One line for each value that a profile filled in, with its rule. */
export function renderFilled(filled: readonly FilledValue[]): readonly string[] {
  return filled.map(({ at, value, rule }) => `filled in  ${at} = ${value} (${rule})`)
}

interface FromDocuments {
  readonly rule: string
  readonly sources: readonly string[]
}

/** What the rules of providers do to the running intent: values that were filled in, and rules that are accepted as broken. */
export function renderIntentRules({
  filled,
  accepted,
}: {
  readonly filled: readonly (FilledValue & FromDocuments)[]
  readonly accepted: readonly (FromDocuments & {
    readonly connection: string
    readonly reason: string
    readonly broken: readonly { readonly at: string; readonly message: string }[]
  })[]
}): string {
  if (filled.length + accepted.length === 0) {
    return 'No value was filled in, and no rule is accepted as broken.'
  }
  const values = filled.map(({ at, value, rule, sources }) => [
    ...[printable(at), printable(String(value))],
    ...[rule, printable(sources.join('; '))],
  ])
  return [
    ...(values.length === 0 ? [] : [table(['filled in', 'value', 'rule', 'source'], values)]),
    ...accepted.flatMap(({ connection, rule, reason, broken }) => [
      `accepted  ${printable(connection)}: ${rule}, because ${printable(reason)}`,
      ...broken.map(({ at, message }) => `  ${printable(at)}: ${printable(message)}`),
      ...(broken.length === 0 ? ['  the intent breaks nothing of it now'] : []),
    ]),
  ].join('\n')
}
