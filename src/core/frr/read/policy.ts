import { groupBy } from '../../base/group-by.js'
import type { ConfigNode, ConfigTree } from '../../model/plan.js'
import { LIST_KINDS, NAME_MARK, type ListKind } from '../names.js'
import { normalRule } from '../prefix-rule.js'
import { bySlot, mapStatement, type Statements } from './statement.js'

/**
 * A list or map of demarc's own. Its content is parsed from `text` at the first access, because most policies
 * are as wanted and are compared by their text alone. An empty text stands for a policy that was derived
 * from another one.
 */
interface Policy {
  readonly text: string
}

export interface PolicyList extends Policy {
  readonly rules: Rules
}

/**
 * Each rule in demarc's spelling, as `permit 10.0.0.0/8 le 24`, with FRR's own text of each copy.
 * FRR keeps a rule as it was entered, so `no` with another spelling of the rule misses it (FRRouting/frr#9355).
 * FRR 10 adds a copy when a rule is entered again without `seq`.
 */
export type Rules = ReadonlyMap<string, readonly string[]>

export interface RouteMap extends Policy {
  /** The lines of each entry, by `permit 10`. */
  readonly entries: ReadonlyMap<string, Statements>
}

/** Whether two policies have the same text; then they need not be parsed. */
export function sameText(a: Policy | undefined, b: Policy | undefined): boolean {
  return a !== undefined && b !== undefined && a.text !== '' && a.text === b.text
}

/** The text is lines as `seq 5 permit 10.0.0.0/8 le 24`. */
export function policyList(kind: ListKind, text: string): PolicyList {
  return new WrittenList(kind, text)
}

class WrittenList implements PolicyList {
  readonly text: string
  readonly #kind: ListKind
  #rules: Rules | undefined

  constructor(kind: ListKind, text: string) {
    this.text = text
    this.#kind = kind
  }

  get rules(): Rules {
    return (this.#rules ??= readRules(this.#kind, this.text.split('\n')))
  }
}

/** A prefix in demarc's spelling; what other lists have FRR prints as it was entered. */
function normalRest(kind: ListKind, rest: string): string {
  if (kind === 'ip prefix-list') return normalRule(rest, 4)
  return kind === 'ipv6 prefix-list' ? normalRule(rest, 6) : rest
}

function readRules(kind: ListKind, lines: readonly string[]): Rules {
  const rules = new Map<string, readonly string[]>()
  for (const line of lines) {
    const [, action = '', rest = ''] = /^(?:seq \d+ )?(permit|deny) (.+)$/.exec(line) ?? []
    const rule = `${action} ${normalRest(kind, rest)}`
    rules.set(rule, [...(rules.get(rule) ?? []), `${action} ${rest}`])
  }
  return rules
}

/** The text is entries as `permit 10`, each with its lines after it. */
export function routeMap(text: string): RouteMap {
  return new WrittenMap(text)
}

class WrittenMap implements RouteMap {
  readonly text: string
  #entries: RouteMap['entries'] | undefined

  constructor(text: string) {
    this.text = text
  }

  get entries(): RouteMap['entries'] {
    return (this.#entries ??= readEntries(this.text.split('\n')))
  }
}

function readEntries(lines: readonly string[]): RouteMap['entries'] {
  const entries = new Map<string, string[]>()
  let inside: string[] = []
  for (const line of lines) {
    if (/^(permit|deny) \d+$/.test(line)) entries.set(line, (inside = []))
    else inside.push(line)
  }
  return new Map([...entries].map(([entry, body]) => [entry, bySlot(body, mapStatement)]))
}

/** demarc's own lists by `ip prefix-list demarc-…`. */
export function readLists(tree: ConfigTree): ReadonlyMap<string, PolicyList> {
  const read = tree.flatMap(({ line }) => listLine(line) ?? [])
  return new Map(
    [...groupBy(read, ({ list }) => list)].map(([list, lines]) => [
      list,
      policyList(lines[0]?.kind ?? 'ip prefix-list', lines.map(({ rule }) => rule).join('\n')),
    ]),
  )
}

function listLine(
  line: string,
): { readonly kind: ListKind; readonly list: string; readonly rule: string } | undefined {
  const kind = LIST_KINDS.find((words) => line.startsWith(`${words} ${NAME_MARK}`))
  if (kind === undefined) return undefined
  const read = /^(\S+) ((?:seq \d+ )?(?:permit|deny) .+)$/.exec(line.slice(kind.length + 1))
  const [, name = '', rule = ''] = read ?? []
  return read === null ? undefined : { kind, list: `${kind} ${name}`, rule }
}

/** demarc's own route maps by name, their entries in the order of the configuration. */
export function readMaps(tree: ConfigTree): ReadonlyMap<string, RouteMap> {
  const read = tree.flatMap((node) => mapEntry(node) ?? [])
  return new Map(
    [...groupBy(read, ({ map }) => map)].map(([map, entries]) => [
      map,
      routeMap(entries.map(({ text }) => text).join('\n')),
    ]),
  )
}

function mapEntry({ line, children }: ConfigNode) {
  const [, map = '', entry = ''] = /^route-map (\S+) ((?:permit|deny) \d+)$/.exec(line) ?? []
  if (!map.startsWith(NAME_MARK)) return undefined
  return { map, text: [entry, ...children.map((child) => child.line)].join('\n') }
}
