import { quote } from '../base/quote.js'
import { LIMITS, type JsonBounds } from './limits.js'

/** What is wrong with a JSON text, and where. */
export interface JsonFlaw {
  /** UTF-16 code units from the start of the text. */
  readonly offset: number
  /** A sentence whose subject is the text at this place, and the remedy where it is known. */
  readonly message: string
  /** Set where the text is JSON, but one of its numbers would be read as another one. */
  readonly isValue?: true
}

const BLANK = /[ \t\n\r]{0,1000}/y
/** At most 1000 characters of a string: a longer match would exhaust the stack of the engine. */
const PIECE = /[^"\\\u0000-\u001f]{1,1000}|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y

interface Cursor {
  readonly text: string
  at: number
  /** Objects and lists still open, with the keys seen so far; null in a list. */
  readonly open: (Set<string> | null)[]
}

type Expected = 'value' | 'key' | 'first-key' | 'first-value' | 'comma' | 'end'

/**
 * The first flaw of a JSON text (RFC 8259). A key that an object has twice is one as well, because
 * `JSON.parse` would drop the first value silently (RFC 7493 section 2.3).
 */
export function jsonFlaw(text: string): JsonFlaw | undefined {
  const cursor: Cursor = { text, at: 0, open: [] }
  let expected: Expected = 'value'
  while (expected !== 'end') {
    blank(cursor)
    const next: Expected | JsonFlaw = STEPS[expected](cursor)
    if (typeof next === 'object') return next
    expected = next
  }
  blank(cursor)
  return cursor.at === text.length
    ? undefined
    : flaw(cursor, 'has more text after the end of the document')
}

const STEPS: Readonly<Record<Exclude<Expected, 'end'>, (cursor: Cursor) => Expected | JsonFlaw>> = {
  value,
  key,
  'first-key': (cursor) => (here(cursor) === '}' ? close(cursor) : key(cursor)),
  'first-value': (cursor) => (here(cursor) === ']' ? close(cursor) : value(cursor)),
  comma: (cursor) => {
    const keys = cursor.open.at(-1)
    if (here(cursor) === (keys ? '}' : ']')) return close(cursor)
    if (here(cursor) !== ',') return flaw(cursor, `has no "," or "${keys ? '}' : ']'}"`)
    cursor.at++
    return keys ? 'key' : 'value'
  },
}

function value(cursor: Cursor): Expected | JsonFlaw {
  const char = here(cursor)
  if (char === '{' || char === '[') {
    if (cursor.open.length === LIMITS.depth)
      return flaw(cursor, `nests deeper than ${LIMITS.depth} levels`)
    cursor.at++
    cursor.open.push(char === '{' ? new Set() : null)
    return char === '{' ? 'first-key' : 'first-value'
  }
  if (char === '"') return string(cursor) === undefined ? badString(cursor) : after(cursor)
  const start = cursor.at
  if (!take(SCALAR, cursor)) return noValue(cursor)
  return tooLarge(cursor.text.slice(start, cursor.at), start) ?? after(cursor)
}

/** Characters of a number that a message repeats. */
const DIGITS_SHOWN = 40

/**
 * A number above 2^53 - 1 may be read as another one (RFC 7493 section 2.2), so that the digits that were
 * written are shown here: later nobody knows them.
 */
function tooLarge(scalar: string, offset: number): JsonFlaw | undefined {
  if (!(Math.abs(Number(scalar)) > Number.MAX_SAFE_INTEGER)) return undefined
  const written = scalar.length > DIGITS_SHOWN ? `${scalar.slice(0, DIGITS_SHOWN - 1)}…` : scalar
  const message = `has the number ${written}, and none beyond 9007199254740991 is allowed: digits would be lost`
  return { offset, message, isValue: true }
}

function noValue(cursor: Cursor): JsonFlaw {
  const rest = cursor.text.slice(cursor.at, cursor.at + START_LENGTH)
  if (cursor.open.length > 0) {
    const instead = INSTEAD.find(({ pattern }) => pattern.test(rest))
    return flaw(cursor, instead?.message ?? 'has no value')
  }
  const start = STARTS.find(({ pattern }) => pattern.test(rest))
  return flaw(cursor, start?.message ?? 'does not start with "{": this is no JSON document')
}

/** Characters that are enough to recognise what a text is instead of JSON. */
const START_LENGTH = 1000

/** What people write where JSON has a value of another form. */
const INSTEAD: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /^'/, message: 'has a text in single quotes, and JSON has double quotes' },
  {
    pattern: /^[+.]?-?\.?\d/,
    message: 'has a number that JSON does not have: no leading zero, no "+", no hexadecimal digits',
  },
  {
    pattern: /^(?:True|False|None|undefined|NaN|-?Infinity)\b/,
    message: 'has a word that JSON does not have: it has true, false and null',
  },
  { pattern: /^(?:#|\/\/|\/\*)/, message: 'has a comment, and JSON has none' },
]

/** What texts that are no JSON start with. */
const STARTS: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /^$/, message: 'is empty' },
  {
    pattern: /^\ufeff/,
    message: 'starts with a byte order mark: save it as UTF-8 without one',
  },
  {
    pattern: /^(?:\ufffd|.\u0000)/,
    message: 'is not UTF-8: save it as UTF-8 without a byte order mark',
  },
  { pattern: /^(?:#|\/\/|\/\*)/, message: 'starts with a comment, and JSON has none' },
  { pattern: /^(?:---|%YAML|[\w-]+:(?:\s|$)|- )/, message: 'looks like YAML: convert it to JSON' },
  { pattern: /^[\w.-]+\s*=/, message: 'looks like TOML: convert it to JSON' },
]

function key(cursor: Cursor): Expected | JsonFlaw {
  const start = cursor.at
  if (here(cursor) !== '"') return flaw(cursor, 'has no key in double quotes')
  const name = string(cursor)
  if (name === undefined) return badString(cursor)
  const keys = cursor.open.at(-1)
  if (keys?.has(name)) return { offset: start, message: `has the key ${quote(name)} a second time` }
  keys?.add(name)
  blank(cursor)
  if (here(cursor) !== ':') return flaw(cursor, 'has no ":" after the key')
  cursor.at++
  return 'value'
}

function close(cursor: Cursor): Expected {
  cursor.at++
  cursor.open.pop()
  return after(cursor)
}

function after(cursor: Cursor): Expected {
  return cursor.open.length === 0 ? 'end' : 'comma'
}

/** The string at the cursor, decoded; undefined: it is wrong, and the cursor is at the wrong place. */
function string(cursor: Cursor): string | undefined {
  const start = cursor.at
  cursor.at++
  while (take(PIECE, cursor));
  if (here(cursor) !== '"') return undefined
  cursor.at++
  const decoded: unknown = JSON.parse(cursor.text.slice(start, cursor.at))
  return typeof decoded === 'string' ? decoded : undefined
}

function badString(cursor: Cursor): JsonFlaw {
  return flaw(cursor, 'has a text without closing quotes, or with a character that must be escaped')
}

function here(cursor: Cursor): string | undefined {
  return cursor.text[cursor.at]
}

function blank(cursor: Cursor): void {
  while (take(BLANK, cursor));
}

/** Moves the cursor over the match of a sticky pattern; false: nothing matched. */
function take(pattern: RegExp, cursor: Cursor): boolean {
  pattern.lastIndex = cursor.at
  const length = pattern.exec(cursor.text)?.[0].length ?? 0
  cursor.at += length
  return length > 0
}

function flaw(cursor: Cursor, message: string): JsonFlaw {
  return { offset: cursor.at, message }
}

/** What has been counted of a text so far. */
interface Counts {
  /** Members of the objects and lists that are open, the innermost last. */
  readonly open: number[]
  values: number
}

/** A JSON text, counted but not read. */
export interface WeighedJson {
  readonly text: string
  /** What the text has more of than is allowed, as a sentence whose subject is the text. */
  readonly excess?: string
  /** Members, items, objects and lists, up to where there are too many. */
  readonly values: number
}

/**
 * Counts what a JSON text holds: brackets, colons and commas outside of strings. It does so in one pass and
 * without recursion, so that it is safe and fast for a text of any content, valid or not. A duplicate key
 * counts as often as it is there.
 */
export function weighJson(text: string, bounds: JsonBounds): WeighedJson {
  const counts: Counts = { open: [], values: 0 }
  const excess = countAll(text, counts, bounds)
  const { values } = counts
  return excess === undefined ? { text, values } : { text, values, excess }
}

function countAll(text: string, counts: Counts, bounds: JsonBounds): string | undefined {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') at = stringEnd(text, at)
    const count = COUNTERS.get(char)
    if (count === undefined) continue
    const excess = count(counts, bounds)
    if (excess !== undefined) return excess
  }
  return undefined
}

type Counter = (counts: Counts, bounds: JsonBounds) => string | undefined

const COUNTERS: ReadonlyMap<string, Counter> = new Map<string, Counter>([
  ['{', openOne],
  ['[', openOne],
  ['}', closeOne],
  [']', closeOne],
  [':', countKey],
  [',', countValue],
])

function openOne(counts: Counts, bounds: JsonBounds): string | undefined {
  counts.open.push(0)
  return counts.open.length > bounds.depth
    ? `nests deeper than ${bounds.depth} levels`
    : countValue(counts, bounds)
}

function closeOne({ open }: Counts): undefined {
  open.pop()
}

function countKey({ open }: Counts, { keysPerObject }: JsonBounds): string | undefined {
  const keys = (open.pop() ?? 0) + 1
  open.push(keys)
  return keys > keysPerObject ? `has an object of more than ${keysPerObject} members` : undefined
}

function countValue(counts: Counts, { values }: JsonBounds): string | undefined {
  counts.values += 1
  return counts.values > values ? `has more than ${values} members and items` : undefined
}

/** The place of the closing quotes of the string that begins here; the end of the text without them. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charAt(end - 1 - escapes) === '\\') escapes += 1
    if (escapes % 2 === 0) return end
  }
  return text.length
}
