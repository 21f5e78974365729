import { createCutter } from './cutter.js'
import { isSecretName, REDACTED } from './names.js'
import { textPlaces, type Place } from './text-places.js'

/**
 * Masks a text for somebody who may not know the secrets of this router: whatever stands where configuration, JSON, TOML,
 * a URL or a key has a secret, and every form of the `known` secrets, wherever it is.
 */
export function createMask(known: Iterable<string>): (text: string) => string {
  const cut = createCutter(known)
  return (text) => cut(redactPlaces(text))
}

/** The secrets of a configuration file, by the places where they stand. */
export function secretsIn(text: string): readonly string[] {
  const found: string[] = []
  walk(text, (secret) => {
    found.push(...secret.split(/[\s"',[\]{}\\]+/), bare(secret))
    return REDACTED
  })
  return [...new Set(found)].filter((secret) => secret !== '')
}

/** Without the quotes around it. */
function bare(secret: string): string {
  return secret.trim().replace(/^(["'])([^]*)\1$/, '$2')
}

function redactPlaces(text: string): string {
  return walk(text, (secret) => (/^["'[{]/.test(secret) ? `"${REDACTED}"` : REDACTED))
}

type Replace = (secret: string) => string

/** JSON is masked by its members, the whole document or single lines of it; what is between as text. */
function walk(text: string, replace: Replace): string {
  const whole = asJson(text)
  if (whole !== undefined) {
    const indent = text.trim().includes('\n') ? 2 : undefined
    return `${JSON.stringify(inJson(whole.value, replace), null, indent)}\n`
  }
  const parts: string[] = []
  let plain: string[] = []
  const end = (): void => {
    if (plain.length > 0) parts.push(inText(plain.join('\n'), replace))
    plain = []
  }
  for (const line of text.split('\n')) {
    const at = line.indexOf('{"')
    const json = at === -1 ? undefined : asJson(line.slice(at))
    if (json === undefined) {
      plain.push(line)
    } else {
      end()
      parts.push(
        `${inText(line.slice(0, at), replace)}${JSON.stringify(inJson(json.value, replace))}`,
      )
    }
  }
  end()
  return parts.join('\n')
}

function asJson(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[[{]/.test(text) || !/[\]}]\s*$/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function inJson(value: unknown, replace: Replace): unknown {
  if (typeof value === 'string') return inText(value, replace)
  if (Array.isArray(value)) return value.map((item: unknown) => inJson(item, replace))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      inText(name, replace),
      isSecretName(name) ? inSecret(member, replace) : inJson(member, replace),
    ]),
  )
}

/** The value of a member that is a secret. Whether there is one is no secret. */
function inSecret(value: unknown, replace: Replace): unknown {
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value === 'string') return replace(value)
  if (typeof value !== 'object') return REDACTED
  for (const member of Object.values(value)) inSecret(member, replace)
  return REDACTED
}

function inText(text: string, replace: Replace): string {
  const parts: string[] = []
  let from = 0
  for (const { start, end } of merged(textPlaces(text))) {
    parts.push(text.slice(from, start), replace(text.slice(start, end)))
    from = end
  }
  return [...parts, text.slice(from)].join('')
}

/** In their order, those that overlap as one. */
function merged(places: readonly Place[]): readonly Place[] {
  const result: Place[] = []
  for (const place of [...places].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last === undefined || place.start >= last.end) result.push(place)
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, place.end) }
  }
  return result
}
