/** The commands of the fake FRR: one line changes the tables and the mode, or is refused. */

import {
  isStrictLine,
  printStrict,
  setStrict,
  strictModes,
  type StrictModes,
} from './fake-strict.js'

type Lines = Map<string, string>

interface Router {
  readonly header: string
  readonly localAs: string
  readonly lines: Lines
  readonly families: Map<string, Lines>
  /** BFD strict mode by neighbour; null: this FRR does not know it. */
  readonly strict: StrictModes | null
}

interface Rule {
  readonly seq: number
  /** As it was entered: `permit any`. */
  readonly text: string
}

export interface Tables {
  /** FRR 10.3 keeps a rule of a list once more that is typed once more; 8.4 does not. */
  readonly keepsDoubles: boolean
  readonly version: string
  /** `ip prefix-list NAME` to rules. */
  readonly lists: Map<string, readonly Rule[]>
  /** `NAME permit 10` to lines. */
  readonly maps: Map<string, Lines>
  /** By VRF. */
  readonly routers: Map<string, Router>
  readonly profiles: Map<string, Lines>
}

export type Mode =
  | { readonly at: 'config' | 'bfd' }
  | { readonly at: 'map' | 'profile'; readonly lines: Lines }
  | { readonly at: 'router'; readonly router: Router }
  | { readonly at: 'family'; readonly router: Router; readonly lines: Lines }

const UNKNOWN = '% [BGP] Unknown command'

export function newTables(version: string): Tables {
  return {
    keepsDoubles: version.startsWith('10.'),
    version,
    lists: new Map(),
    maps: new Map(),
    routers: new Map(),
    profiles: new Map(),
  }
}

/** The next mode, or FRR's words of refusal. */
export function execute(tables: Tables, mode: Mode, line: string): Mode | string {
  switch (mode.at) {
    case 'config':
      return inConfig(tables, line)
    case 'bfd':
      return inBfd(tables, mode, line)
    case 'map':
      return inLines(mode, line, { at: 'config' }, MAP_KEYS)
    case 'profile':
      return inLines(mode, line, { at: 'bfd' }, PROFILE_KEYS)
    case 'router':
      return inRouter(mode, line)
    case 'family':
      return inFamily(mode, line)
  }
}

const MAP_KEYS = [
  'set community',
  'set large-community',
  'set as-path prepend',
  'set metric',
  'set local-preference',
]
const PROFILE_KEYS = ['detect-multiplier', 'transmit-interval', 'receive-interval']

function inConfig(tables: Tables, line: string): Mode | string {
  const list =
    /^(no )?((?:ip prefix-list|ipv6 prefix-list|bgp as-path access-list|bgp (?:large-)?community-list standard) \S+)(?: seq (\d+))?(?: ((?:permit|deny) .+))?$/.exec(
      line,
    )
  if (list !== null) return prefixList(tables, list)
  const map = /^(no )?route-map (\S+)(?: ((?:permit|deny) \d+))?$/.exec(line)
  if (map !== null) return routeMap(tables, map)
  const router = /^(no )?(router bgp (\d+)(?: vrf (\S+))?)$/.exec(line)
  if (router !== null) return routerBgp(tables, router)
  return line === 'bfd' ? { at: 'bfd' } : UNKNOWN
}

function prefixList(
  tables: Tables,
  [, no, name = '', seq, text]: readonly (string | undefined)[],
): Mode | string {
  const rules = tables.lists.get(name) ?? []
  const number = seq === undefined ? undefined : Number(seq)
  const left =
    no === undefined ? withRule(tables, rules, number, text) : withoutRule(rules, number, text)
  if (left === undefined) return '% Configuration failed.'
  if (left.length === 0) tables.lists.delete(name)
  else tables.lists.set(name, left)
  return { at: 'config' }
}

function withRule(
  { keepsDoubles }: Tables,
  rules: readonly Rule[],
  seq: number | undefined,
  text = '',
): readonly Rule[] {
  if (rules.some((rule) => rule.text === text) && !keepsDoubles) return rules
  const last = Math.max(0, ...rules.map((rule) => rule.seq))
  const added = { seq: seq ?? 5 * Math.floor(last / 5) + 5, text }
  const others = rules.filter((rule) => rule.seq !== added.seq)
  return [...others, added].toSorted((a, b) => a.seq - b.seq)
}

/** All of the list where no rule is named. FRR refuses a rule that is not there in this spelling; undefined. */
function withoutRule(
  rules: readonly Rule[],
  seq: number | undefined,
  text: string | undefined,
): readonly Rule[] | undefined {
  if (seq === undefined && text === undefined) return []
  const gone = rules.find((rule) => (seq === undefined ? rule.text === text : rule.seq === seq))
  return gone === undefined ? undefined : rules.filter((rule) => rule !== gone)
}

function routeMap(
  tables: Tables,
  [, no, name = '', entry]: readonly (string | undefined)[],
): Mode | string {
  const key = `${name} ${entry ?? ''}`
  if (no === undefined) {
    if (entry === undefined) return UNKNOWN
    const lines = tables.maps.get(key) ?? new Map<string, string>()
    tables.maps.set(key, lines)
    return { at: 'map', lines }
  }
  for (const one of [...tables.maps.keys()]) {
    if (entry === undefined ? one.startsWith(`${name} `) : one === key) tables.maps.delete(one)
  }
  return { at: 'config' }
}

function routerBgp(
  tables: Tables,
  [, no, header = '', localAs = '', vrf = '']: readonly (string | undefined)[],
): Mode | string {
  const there = tables.routers.get(vrf)
  if (there !== undefined && there.localAs !== localAs)
    return `BGP is already running; AS is ${there.localAs}`
  if (no !== undefined) {
    if (there === undefined) return "% Can't find BGP instance"
    tables.routers.delete(vrf)
    return { at: 'config' }
  }
  const router = there ?? {
    header,
    localAs,
    lines: new Map<string, string>(),
    families: new Map<string, Lines>(),
    strict: strictModes(tables.version),
  }
  tables.routers.set(vrf, router)
  return { at: 'router', router }
}

function inBfd(tables: Tables, mode: Mode, line: string): Mode | string {
  if (line === 'exit') return { at: 'config' }
  const match = /^(no )?profile (\S+)$/.exec(line)
  if (match === null) return UNKNOWN
  const [, no, name = ''] = match
  if (no !== undefined) {
    tables.profiles.delete(name)
    return mode
  }
  const lines = tables.profiles.get(name) ?? new Map<string, string>()
  tables.profiles.set(name, lines)
  return { at: 'profile', lines }
}

function inLines(
  mode: Mode & { readonly lines: Lines },
  line: string,
  outside: Mode,
  keys: readonly string[],
): Mode | string {
  if (line === 'exit') return outside
  change(mode.lines, line, (text) => keys.find((key) => text.startsWith(key)) ?? text)
  return mode
}

/** Sets a line, or takes it away after `no`; lines with the same key replace each other. */
function change(lines: Lines, line: string, keyOf: (text: string) => string): void {
  if (line.startsWith('no ')) lines.delete(keyOf(line.slice(3)))
  else lines.set(keyOf(line), line)
}

function intoFamily(router: Router, family: string): Mode {
  const lines = router.families.get(family) ?? new Map<string, string>()
  router.families.set(family, lines)
  return { at: 'family', router, lines }
}

function inRouter(mode: Mode & { readonly router: Router }, line: string): Mode | string {
  const { router } = mode
  if (line === 'exit') return { at: 'config' }
  const family = /^address-family (.+)$/.exec(line)?.[1]
  if (family !== undefined) return intoFamily(router, family)
  const gone = /^no (neighbor \S+)$/.exec(line)?.[1]
  if (gone !== undefined) {
    forgetNeighbor(router, gone)
    return mode
  }
  const refused = refusal(router, line)
  if (refused === undefined) setInRouter(router, line)
  return refused ?? mode
}

function forgetNeighbor(router: Router, neighbor: string): void {
  for (const lines of [router.lines, ...router.families.values()]) forget(lines, neighbor)
  router.strict?.delete(neighbor)
}

function refusal(router: Router, line: string): string | undefined {
  return unknownNeighbor(router, line) ?? bothHops(router, line) ?? unknownMode(router, line)
}

function setInRouter({ lines, strict }: Router, line: string): void {
  if (line === NO_DEFAULT) lines.set(line, line)
  else if (strict !== null && isStrictLine(line)) setStrict(strict, lines, line)
  else if (!setBfd(lines, line)) change(lines, line, routerKey)
  if (strict !== null) printStrict(strict, lines)
}

function unknownMode({ strict }: Router, line: string): string | undefined {
  return strict === null && isStrictLine(line) ? UNKNOWN : undefined
}

/** `bfd` alone keeps the timers that were typed before; default ones are not printed. */
function setBfd(lines: Lines, line: string): boolean {
  const [, at = '', timers = ''] = /^(neighbor \S+ bfd)( \d+ \d+ \d+)?$/.exec(line) ?? []
  if (at === '') return false
  if (timers !== '') lines.set(at, timers === ' 3 300 300' ? at : line)
  else if (!lines.has(at)) lines.set(at, at)
  return true
}

/** With it a new neighbour is active nowhere, and every activation is printed. */
const NO_DEFAULT = 'no bgp default ipv4-unicast'

function forget(lines: Lines, neighbor: string): void {
  for (const [key, line] of lines) if (line.includes(`${neighbor} `)) lines.delete(key)
}

function unknownNeighbor(router: Router, line: string): string | undefined {
  const [, name, words = ''] = /^(?:no )?(neighbor \S+) (.+)$/.exec(line) ?? []
  if (name === undefined || words.startsWith('remote-as ')) return undefined
  return router.lines.has(`${name} remote-as`)
    ? undefined
    : '% Specify remote-as or peer-group commands first'
}

/** The hops of a session have one limit: `ebgp-multihop` or `ttl-security`. */
function bothHops({ lines }: Router, line: string): string | undefined {
  const [, name = '', kind] = /^(neighbor \S+) (ebgp-multihop|ttl-security) /.exec(line) ?? []
  const other = kind === 'ttl-security' ? 'ebgp-multihop' : 'ttl-security'
  return kind !== undefined && lines.has(`${name} ${other}`)
    ? '% ebgp-multihop and ttl-security cannot be configured together'
    : undefined
}

const NEIGHBOR_KEYS = [
  'remote-as',
  'local-as',
  'description',
  'shutdown',
  'password',
  'ebgp-multihop',
  'ttl-security',
  'update-source',
  'timers connect',
  'timers',
  'bfd profile',
  'bfd',
  'maximum-prefix',
  'maximum-prefix-out',
  'allowas-in',
  'default-originate',
  'activate',
]

function routerKey(line: string): string {
  const [, name, words = ''] = /^(neighbor \S+) (.+)$/.exec(line) ?? []
  if (name !== undefined) return `${name} ${neighborKey(words)}`
  const network = /^(network|aggregate-address) \S+/.exec(line)?.[0]
  if (network !== undefined) return network
  return /^(bgp router-id|maximum-paths ibgp|maximum-paths(?! ibgp))/.exec(line)?.[0] ?? line
}

function neighborKey(words: string): string {
  if (words.startsWith('graceful-restart')) return 'graceful-restart'
  const [, kind, way] = /^(route-map|prefix-list) \S+ (in|out)$/.exec(words) ?? []
  if (kind !== undefined) return `${kind} ${way}`
  return NEIGHBOR_KEYS.find((one) => words === one || words.startsWith(`${one} `)) ?? words
}

/** IPv4 is active unless it is switched off, and only the other case is printed. */
function inFamily(
  mode: Mode & { readonly router: Router; readonly lines: Lines },
  line: string,
): Mode | string {
  const { router, lines } = mode
  if (line === 'exit-address-family') return { at: 'router', router }
  const refused = unknownNeighbor(router, line)
  if (refused !== undefined) return refused
  const activation = /^(no )?(neighbor \S+ activate)$/.exec(line)
  const byDefault = router.families.get('ipv4 unicast') === lines && !router.lines.has(NO_DEFAULT)
  if (activation !== null && byDefault) {
    if (activation[1] === undefined) lines.delete(activation[2] ?? '')
    else lines.set(activation[2] ?? '', line)
    return mode
  }
  change(lines, line.replace(DEFAULT_ALLOWED, ''), routerKey)
  return mode
}

/** FRR prints its default number of occurrences as `allowas-in` alone. */
const DEFAULT_ALLOWED = /(?<=^neighbor \S+ allowas-in) 3$/
