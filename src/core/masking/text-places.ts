import { SECRET_WORDS } from './names.js'
import { valueEnd } from './value-end.js'

/** Where a secret is in a text: from `start` up to, not including, `end`. */
export interface Place {
  readonly start: number
  readonly end: number
}

const BLANKS = String.raw`[ \t]{1,40}`
const WORD = String.raw`\S{1,128}`

/**
 * What precedes a secret that ends with its line: FRR's lines with passwords and keys (`vtysh`, `frr.conf`), and lines of
 * systemd units that may hold one.
 */
const LINE_STARTS = [
  `\\bneighbor${BLANKS}${WORD}${BLANKS}password${BLANKS}`,
  `(?:\\benable${BLANKS}|\\bisis${BLANKS}|\\barea-|\\bdomain-)password${BLANKS}`,
  `^[ \\t]*(?:no${BLANKS})?password${BLANKS}`,
  `\\bauthentication-key${BLANKS}`,
  `\\bmessage-digest-key${BLANKS}\\d{1,10}${BLANKS}${WORD}${BLANKS}`,
  `\\bkey-string${BLANKS}`,
  `\\bauthentication${BLANKS}string${BLANKS}`,
  `\\bnhrp${BLANKS}authentication${BLANKS}`,
  `\\bhash-algo${BLANKS}${WORD}${BLANKS}key${BLANKS}`,
  String.raw`^[ \t]*(?:Environment|SetCredential|SetCredentialEncrypted)=[ \t]*`,
]
const LINE = new RegExp(String.raw`(${LINE_STARTS.join('|')})((?:\S|\\\n)(?:\\\n|[^\n])*)`, 'gim')

/** A private key in PEM, also with `\n` for its line ends, and where an end of it was cut off. */
const KEY_NAME = '[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----'
const PRIVATE_KEY = new RegExp(
  `()(-----BEGIN ${KEY_NAME}[^]*?(?:-----END ${KEY_NAME}|$(?![^])))`,
  'g',
)
const PRIVATE_KEY_END = new RegExp(`^()([^]*-----END ${KEY_NAME})`)

/** User and password of a URL (RFC 3986, 3.2.1). */
const USER_INFO = /([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s"<>]{1,2000})@/gi

/** HTTP's Authorization (RFC 9110, 11.6.2). */
const CREDENTIALS =
  /(\bauthorization["']?[ \t]{0,8}[:=][ \t]{0,8}["']?|\b(?:bearer|basic)[ \t]{1,8}(?=[^\s"']{8}))([^"'\n]+)/gi

/** A name with a secret word at its end, and what stands between it and its value. */
const NAMED = new RegExp(
  String.raw`${SECRET_WORDS}(?:\\{0,8}["'])?[ \t]{0,40}[=:][ \t]{0,40}`,
  'gi',
)

/** One of these is in every text of which a rule above takes a part; most texts have none. */
const SUSPECT =
  /pass|secret|token|key|auth|bearer|basic|cookie|sealed|credential|environment|:\/\//i

/** Every place of a text that holds a secret, as its surroundings show; in no order, and they may overlap. */
export function textPlaces(text: string): readonly Place[] {
  if (!SUSPECT.test(text)) return []
  const withoutKeys = text.replace(PRIVATE_KEY, (found) => ' '.repeat(found.length))
  return [
    ...[LINE, PRIVATE_KEY, USER_INFO, CREDENTIALS]
      .flatMap((rule) => [...text.matchAll(rule)])
      .map(second),
    ...[PRIVATE_KEY_END.exec(withoutKeys)].flatMap((found) =>
      found === null ? [] : [second(found)],
    ),
    ...named(text),
  ]
}

/** Where the second group of a match is, which follows the first one. */
function second({
  index,
  1: before = '',
  2: secret = '',
}: RegExpExecArray | RegExpMatchArray): Place {
  const start = (index ?? 0) + before.length
  return { start, end: start + secret.length }
}

/** A name within the value of another one is passed over, so that no part of the text is read twice. */
function named(text: string): readonly Place[] {
  const places: Place[] = []
  const names = new RegExp(NAMED)
  for (let found = names.exec(text); found !== null; found = names.exec(text)) {
    const start = found.index + found[0].length
    const end = valueEnd(text, start)
    if (end > start) places.push({ start, end })
    names.lastIndex = Math.max(start, end)
  }
  return places
}
