import { REDACTED } from '../../../core/masking/names.js'

/** Names of members whose value is never logged, whatever its type; compared without case. */
const SECRET_NAME =
  /^(auth_?)?(password|passwd|passphrase|token|secrets?|authorization|private_?key)$/i

/**
 * Returns a JSON line without secrets. The line is parsed only where it may contain one, because almost
 * none does.
 */
export function withoutSecrets(line: string, secrets: Iterable<string>): string {
  const known = [...secrets].filter((secret) => secret !== '')
  const suspect =
    /(pass|token|secret|authorization|key)/i.test(line) ||
    known.some((secret) => line.includes(JSON.stringify(secret).slice(1, -1)))
  if (!suspect) return line
  return `${JSON.stringify(scrub(JSON.parse(line), known))}\n`
}

function scrub(value: unknown, known: readonly string[]): unknown {
  if (typeof value === 'string') return cut(value, known)
  if (Array.isArray(value)) return value.map((item: unknown) => scrub(item, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      cut(name, known),
      SECRET_NAME.test(name) ? REDACTED : scrub(member, known),
    ]),
  )
}

/** Cuts the longest secret first, so that none of one that contains another remains. */
function cut(text: string, known: readonly string[]): string {
  return [...known]
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
}
