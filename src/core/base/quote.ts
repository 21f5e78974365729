/** Characters of a foreign text that a message shows: enough to recognise it. */
const SHOWN = 40

/** A foreign text in which every character that a terminal or log could interpret is escaped. */
export function escaped(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e…]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** A foreign text for a message: in quotes, escaped and cut. */
export function quote(text: string): string {
  return escaped(JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text))
}

/** A foreign value for a message: a text quoted, other scalars as they are, the rest by kind. */
export function quoteValue(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
    return String(value)
  }
  if (Array.isArray(value)) return 'a list'
  if (Object.prototype.toString.call(value) === '[object Date]') return 'a date'
  return typeof value === 'object' ? 'an object' : typeof value
}

/** The place of a value in a document, such as `attachments[3].bgp[0].holdTime`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name)) return `${text}[${quote(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, '')
}
