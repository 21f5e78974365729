import { printable } from './table.js'

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
