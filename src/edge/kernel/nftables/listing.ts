import { parseJson, type Json, type JsonObject } from '../../../core/base/json.js'

/** What nft lists of one table: without handles, and without what counters have counted. */
export interface Items {
  readonly all: readonly Json[]
  readonly counters: readonly Counted[]
  readonly sets: readonly { readonly name: string; readonly size: number | undefined }[]
  readonly rules: readonly {
    readonly counter: string | undefined
    readonly rate: number | undefined
  }[]
}

/** A named counter, and the frames that it has counted. */
export interface Counted {
  readonly name: string
  readonly packets: number
}

/** By name. */
export type Tables = ReadonlyMap<string, Items>

/** The tables of one family as `nft --json list` prints them; undefined: the text is of another form. */
export function parseListing(text: string): Tables | undefined {
  const list = member(parseJson(text), 'nftables')
  if (!Array.isArray(list)) return undefined
  const tables = new Map<string, Listed[]>()
  for (const entry of list as readonly unknown[]) {
    const listed = listedOf(entry)
    if (listed === undefined) continue
    const known = tables.get(listed.table)
    if (known === undefined) tables.set(listed.table, [listed])
    else known.push(listed)
  }
  return new Map([...tables].map(([name, all]) => [name, itemsOf(all)]))
}

/** How many elements the first set of a listing has. */
export function countElements(text: string): number {
  const list = member(parseJson(text), 'nftables')
  const sets = Array.isArray(list) ? list.map((entry) => member(entry, 'set', 'elem')) : []
  return sets.reduce<number>((sum, elem) => sum + (Array.isArray(elem) ? elem.length : 0), 0)
}

/** An object of a table, of a kind such as `rule`. */
interface Listed {
  readonly table: string
  readonly kind: string
  readonly value: JsonObject
}

/** What the kernel and nft add to an object that was made. */
const ADDED: readonly string[] = ['handle', 'packets', 'bytes', 'elem']

function listedOf(entry: unknown): Listed | undefined {
  if (!isObject(entry)) return undefined
  const [kind, value] = Object.entries(entry)[0] ?? []
  if (kind === undefined || kind === 'metainfo' || !isObject(value)) return undefined
  const table = kind === 'table' ? value['name'] : value['table']
  return typeof table === 'string' ? { table, kind, value } : undefined
}

function itemsOf(all: readonly Listed[]): Items {
  const of = (kind: string) => all.filter((each) => each.kind === kind).map(({ value }) => value)
  return {
    all: all
      .filter(({ kind }) => kind !== 'table')
      .map(({ kind, value }) => ({ [kind]: asMade(value) })),
    counters: of('counter').map((value) => ({
      name: textAt(value, 'name'),
      packets: numberAt(value, 'packets') ?? 0,
    })),
    sets: of('set').map((value) => ({
      name: textAt(value, 'name'),
      size: numberAt(value, 'size'),
    })),
    rules: of('rule').map(ruleOf),
  }
}

function ruleOf(value: JsonObject) {
  const expr: readonly unknown[] = Array.isArray(value['expr']) ? value['expr'] : []
  const counter = expr.map((part) => member(part, 'counter')).find((name) => name !== undefined)
  const rate = expr.map((part) => member(part, 'limit', 'rate')).find((each) => each !== undefined)
  return {
    counter: typeof counter === 'string' ? counter : undefined,
    rate: typeof rate === 'number' ? rate : undefined,
  }
}

/**
 * nft prints from version 1.0.7 on that a set is dynamic, and takes that word only from then on; newer ones print a
 * single flag without its list.
 */
function asMade(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([key]) => !ADDED.includes(key))
  return Object.fromEntries(
    kept.map(([key, each]) => [
      key,
      key === 'flags' ? [each].flat().filter((flag) => flag !== 'dynamic') : each,
    ]),
  )
}

function textAt(value: JsonObject, key: string): string {
  const found = value[key]
  return typeof found === 'string' ? found : ''
}

function numberAt(value: JsonObject, key: string): number | undefined {
  const found = value[key]
  return typeof found === 'number' ? found : undefined
}

function member(value: unknown, ...keys: readonly string[]): unknown {
  let found = value
  for (const key of keys) {
    if (!isObject(found)) return undefined
    found = found[key]
  }
  return found
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
