import { FORM_MIN, formsOf } from './forms.js'
import { REDACTED } from './names.js'

/** Cuts every form of these secrets out of a text; the longest that begins at a place is cut. */
export function createCutter(secrets: Iterable<string>): (text: string) => string {
  const forms = new Set([...secrets].filter((secret) => secret.length >= FORM_MIN).flatMap(formsOf))
  const byStart = new Map<string, string[]>()
  for (const form of [...forms].sort((a, b) => b.length - a.length)) {
    const start = form.slice(0, FORM_MIN)
    byStart.set(start, [...(byStart.get(start) ?? []), form])
  }
  if (byStart.size === 0) return (text) => text
  const starters = new Set([...byStart.keys()].map((start) => pair(start, 0)))
  const formAt = (text: string, i: number): string | undefined =>
    starters.has(pair(text, i))
      ? byStart.get(text.slice(i, i + FORM_MIN))?.find((form) => text.startsWith(form, i))
      : undefined
  return (text) => {
    const kept: string[] = []
    let from = 0
    for (let i = 0; i <= text.length - FORM_MIN; i++) {
      const found = formAt(text, i)
      if (found === undefined) continue
      kept.push(text.slice(from, i), REDACTED)
      from = i + found.length
      i = from - 1
    }
    return kept.length === 0 ? text : [...kept, text.slice(from)].join('')
  }
}

/** Two characters as one number, so that most places of a text cost one look-up. */
function pair(text: string, i: number): number {
  return text.charCodeAt(i) * 0x1_00_00 + text.charCodeAt(i + 1)
}
