import { formatIp, parseIp } from '../../base/ip.js'
import { sortCommunities, sortLargeCommunities } from '../community.js'
import { ORIGINATE_MAP } from '../names.js'

/** One setting of FRR, with the line that sets it and the line that removes it. */
export interface Statement {
  /** Two lines with the same slot replace each other. */
  readonly slot: string
  readonly line: string
  readonly unset: string
}

/** By slot. */
export type Statements = ReadonlyMap<string, Statement>

/** Reads lines; of two with the same slot the last counts, as in FRR. */
export function bySlot(lines: readonly string[], read: (line: string) => Statement): Statements {
  return new Map(lines.map(read).map((statement) => [statement.slot, statement]))
}

/** Settings of a neighbour that one word or two name; the rest of the line is the value. */
const VALUES = [
  'remote-as',
  'local-as',
  'description',
  'shutdown rtt',
  'shutdown',
  'password',
  'ebgp-multihop',
  'update-source',
  'timers connect',
  'timers delayopen',
  'timers',
  'maximum-prefix',
  'maximum-prefix-out',
  'allowas-in',
  'default-originate',
] as const

/** BFD with its timers in the neighbour, multiplier first; FRR prints default ones as `bfd` alone. */
const BFD_TIMERS = /^bfd \d+ \d+ \d+$/

/** Whether two sets of statements have the same lines. */
export function sameStatements(a: Statements | undefined, b: Statements | undefined): boolean {
  if (a === b || a === undefined || b === undefined) return a === b
  if (a.size !== b.size) return false
  for (const [slot, { line }] of a) if (b.get(slot)?.line !== line) return false
  return true
}

/** Reads the words after `neighbor ADDRESS`; an unknown setting is a slot of its own. `on` is false after `no`. */
export function neighborStatement(address: string, words: string, on: boolean): Statement {
  const at = `neighbor ${address}`
  const normal = normalWords(words)
  if (!on) return { slot: `no ${normal}`, line: `no ${at} ${normal}`, unset: `${at} ${normal}` }
  const line = `${at} ${normal}`
  const value = VALUES.find((name) => normal === name || normal.startsWith(`${name} `))
  if (value !== undefined) return { slot: value, line, unset: `no ${at} ${value}` }
  if (normal.startsWith('ttl-security ')) return { slot: 'ttl-security', line, unset: `no ${line}` }
  if (BFD_TIMERS.test(normal)) return { slot: 'bfd', line, unset: `no ${at} bfd` }
  return { slot: slotOf(normal), line, unset: `no ${line}` }
}

/** Settings of a neighbour's family that name what filters its routes. */
const POLICY = /^(route-map|prefix-list|filter-list|distribute-list) \S+ (in|out)$/

function slotOf(words: string): string {
  if (words.startsWith('graceful-restart')) return 'graceful-restart'
  const bfd = /^bfd (profile|strict)(?= |$)/.exec(words)?.[0]
  if (bfd !== undefined) return bfd
  return POLICY.test(words) ? words.replace(/ \S+ /, ' ') : words
}

/** Spellings that differ between FRR versions, or leave a default out. */
function normalWords(words: string): string {
  if (words === 'ebgp-multihop') return 'ebgp-multihop 255'
  if (words === 'allowas-in') return 'allowas-in 3'
  const as = /^(remote|local)-as /.test(words)
    ? /^((?:remote|local)-as) (\d+)\.(\d+)(.*)$/.exec(words)
    : null
  if (as !== null) return `${as[1]} ${Number(as[2]) * 0x10000 + Number(as[3])}${as[4]}`
  return words.replace(/^(maximum-prefix \d+) 75\b/, '$1')
}

/**
 * The canonical text of an address; the name of an interface or a group stays. FRR prints as inet_ntop does,
 * which differs from RFC 5952 only where IPv4 is embedded in IPv6.
 */
export function normalAddress(text: string): string {
  const ip = text.includes(':') && text.includes('.') ? parseIp(text) : undefined
  return ip === undefined ? text : formatIp(ip)
}

/** Reads a line of a route map. */
export function mapStatement(line: string): Statement {
  const normal = normalMapLine(line)
  const slot =
    /^set (community|large-community|as-path prepend|metric|local-preference)(?= |$)/.exec(
      normal,
    )?.[0]
  if (slot !== undefined) return { slot, line: normal, unset: `no ${slot}` }
  return { slot: normal, line: normal, unset: `no ${normal}` }
}

function normalMapLine(line: string): string {
  const match = /^set (community|large-community) (.+?)( additive)?$/.exec(line)
  if (match === null) return line
  const [, kind = '', list = '', additive = ''] = match
  const sort = kind === 'community' ? sortCommunities : sortLargeCommunities
  return `set ${kind} ${sort(list.split(' ')).join(' ')}${additive}`
}

/** A statement whose slot is the name that its line starts with. */
export function namedStatement(line: string, name: string): Statement {
  return { slot: name, line, unset: `no ${name}` }
}

/** Whether a setting of a block's family originates a prefix. */
export function isOrigin(slot: string): boolean {
  return slot.startsWith('network ') || slot.startsWith('aggregate-address ')
}

/** An aggregate of demarc's; the map is the mark. */
export function aggregateStatement(prefix: string, summaryOnly: boolean): Statement {
  const slot = `aggregate-address ${prefix}`
  const line = `${slot}${summaryOnly ? ' summary-only' : ''} route-map ${ORIGINATE_MAP}`
  return { slot, line, unset: `no ${slot}` }
}

/** A prefix that demarc originates; the map is the mark. */
export function originStatement(prefix: string): Statement {
  const line = `network ${prefix} route-map ${ORIGINATE_MAP}`
  return { slot: `network ${prefix}`, line, unset: `no ${line}` }
}
