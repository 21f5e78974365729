/** Characters of one value. The line of a longer one is taken to its end. */
const VALUE_MAX = 100_000

/** Quotes of TOML that may hold line breaks. */
const LONG_QUOTES = ['"""', "'''"]

/** Where a value of JSON, TOML, or an assignment ends that begins at `start`. */
export function valueEnd(text: string, start: number): number {
  const long = LONG_QUOTES.find((quote) => text.startsWith(quote, start))
  if (long !== undefined) return after(text, long, start + long.length)
  const quote = /^(\\{0,8})(["'])/.exec(text.slice(start, start + 9))
  if (quote !== null) return quotedEnd(text, start, quote[0])
  if (/[[{]/.test(text[start] ?? '')) return nestedEnd(text, start)
  const end = text.slice(start, start + VALUE_MAX).search(/[\s"']/)
  return end === -1 ? Math.min(text.length, start + VALUE_MAX) : start + end
}

/** A quote with backslashes before it, as in JSON within JSON, ends with the same; another one is escaped by them. */
function quotedEnd(text: string, start: number, quote: string): number {
  if (quote.length > 1) return after(text, quote, start + quote.length)
  const escapes = quote === '"'
  for (let i = start + 1; i < text.length && text[i] !== '\n'; i++) {
    if (escapes && text[i] === '\\') i++
    else if (text[i] === quote) return i + 1
  }
  return lineEnd(text, start)
}

/** The bracket that closes the one at `start`; brackets in quotes do not count. */
function nestedEnd(text: string, start: number): number {
  let depth = 0
  const most = Math.min(text.length, start + VALUE_MAX)
  for (let i = start; i < most; i++) {
    const char = text[i] ?? ''
    if (char === '"' || char === "'") i = quotedEnd(text, i, char) - 1
    else if ('[{'.includes(char)) depth++
    else if (']}'.includes(char) && --depth === 0) return i + 1
  }
  return most === text.length ? most : lineEnd(text, most)
}

function after(text: string, quote: string, from: number): number {
  const end = text.indexOf(quote, from)
  return end === -1 ? lineEnd(text, from) : end + quote.length
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}
