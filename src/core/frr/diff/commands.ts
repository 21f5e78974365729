import { blockHeader, type Block } from '../read/block.js'
import { sameNeighbor, type Neighbor } from '../read/neighbor.js'
import { FAMILIES, type Family } from '../names.js'
import {
  neighborStatement,
  sameStatements,
  type Statement,
  type Statements,
} from '../read/statement.js'
import { sameText, type PrefixList, type RouteMap } from '../read/policy.js'

/**
 * What to type in `configure terminal` to get from one state of a thing to another. Every function
 * here also makes the way back, with its two states swapped; undefined is "not there".
 */

/** Neighbour settings in the order they are typed. What has no place comes just before the last. */
export const NEIGHBOR_ORDER = [
  'remote-as',
  'description',
  'shutdown',
  'password',
  'ebgp-multihop',
  'update-source',
  'timers',
  'timers connect',
  'graceful-restart',
  'bfd',
  'bfd profile',
] as const
/** In a family the policy stands before routes may flow, and falls after they have stopped. */
const FAMILY_ORDER = ['route-map in', 'route-map out', 'maximum-prefix', 'activate'] as const

const NOTHING: Statements = new Map()
const NONE: readonly string[] = []

interface Lines {
  readonly unset: readonly string[]
  readonly set: readonly string[]
}

/** Settings that go, last first, and settings that come or change. */
function difference(from: Statements, to: Statements, order: readonly string[]): Lines {
  const rank = ({ slot }: Statement) => {
    const place = order.indexOf(slot)
    return place < 0 ? order.length - 1.5 : place
  }
  const gone = [...from.values()].filter(({ slot }) => !to.has(slot))
  const come = [...to.values()].filter(({ slot, line }) => from.get(slot)?.line !== line)
  return {
    unset: gone.sort((a, b) => rank(b) - rank(a)).map(({ unset }) => unset),
    set: come
      .sort((a, b) => rank(a) - rank(b))
      .flatMap((statement) => replacement(from.get(statement.slot), statement)),
  }
}

/**
 * `neighbor … shutdown` keeps an old message, so the message goes with the shutdown; `neighbor … bfd`
 * keeps old timers, which overrule those of a profile, so FRR's defaults are typed over them.
 */
function replacement(from: Statement | undefined, to: Statement): string[] {
  if (from === undefined) return [to.line]
  if (to.slot === 'shutdown') return [from.unset, to.line]
  return to.slot === 'bfd' && to.line.endsWith(' bfd') ? [`${to.line} 3 300 300`] : [to.line]
}

/** Inside `router bgp`. A new neighbour has the block's default families before any is typed. */
function typeNeighbor(
  from: Neighbor | undefined,
  to: Neighbor | undefined,
  defaults: readonly Family[],
): string[] {
  if (to === undefined) return from === undefined ? [] : [`no neighbor ${from.address}`]
  if (from !== undefined && sameNeighbor(from, to)) return []
  if (from !== undefined && !sameAs(from, to)) {
    return [`no neighbor ${from.address}`, ...typeNeighbor(undefined, to, defaults)]
  }
  const start = from ?? fresh(to.address, defaults)
  const { unset, set } = difference(start.statements, to.statements, NEIGHBOR_ORDER)
  const families = FAMILIES.flatMap((family) =>
    typeFamily(family, start.families.get(family), to.families.get(family), FAMILY_ORDER),
  )
  // The session must not start before everything else is in place.
  const released = unset.filter((line) => line.endsWith(' shutdown'))
  const lines = [...unset.filter((line) => !released.includes(line)), ...set, ...families]
  return from === undefined ? lines : [...markLast(lines), ...released]
}

/** The mark of a neighbour that goes back to whose it was goes when nothing else is left to do. */
function markLast(lines: readonly string[]): readonly string[] {
  const isMark = (line: string) => /^(no )?neighbor \S+ description( |$)/.test(line)
  return [...lines.filter((line) => !isMark(line)), ...lines.filter(isMark)]
}

/** Another AS makes it another neighbour: FRR resets its session and drops some of its settings. */
export function sameAs(a: Neighbor, b: Neighbor): boolean {
  return a.statements.get('remote-as')?.line === b.statements.get('remote-as')?.line
}

function fresh(address: string, defaults: readonly Family[]): Neighbor {
  const active = neighborStatement(address, 'activate', true)
  return {
    address,
    owned: true,
    text: '',
    statements: NOTHING,
    families: new Map(defaults.map((family) => [family, new Map([[active.slot, active]])])),
  }
}

function typeFamily(
  family: Family,
  from: Statements = NOTHING,
  to: Statements = NOTHING,
  order: readonly string[] = [],
): string[] {
  const { unset, set } = difference(from, to, order)
  if (unset.length + set.length === 0) return []
  // A filter goes only when what replaces it is there.
  const filters = unset.filter((line) => / (in|out)$/.test(line))
  const others = unset.filter((line) => !filters.includes(line))
  return [`address-family ${family}`, ...others, ...set, ...filters, 'exit-address-family']
}

/** A whole `router bgp` block. */
export function blockCommands(from: Block | undefined, to: Block | undefined): string[] {
  if (to === undefined) return from === undefined ? [] : [`no ${blockHeader(from)}`]
  if (from !== undefined && from.localAs !== to.localAs) {
    return [`no ${blockHeader(from)}`, ...blockCommands(undefined, to)]
  }
  const inside = typeInside(from, to)
  if (from !== undefined && inside.length === 0) return []
  return [blockHeader(to), ...inside, 'exit']
}

function typeInside(from: Block | undefined, to: Block): string[] {
  const { unset, set } = difference(from?.statements ?? NOTHING, to.statements, [])
  const gone = [...(from?.neighbors.values() ?? [])].filter(
    ({ address }) => !to.neighbors.has(address),
  )
  const defaults = from?.defaultFamilies ?? to.defaultFamilies
  return [
    ...gone.map(({ address }) => `no neighbor ${address}`),
    ...unset,
    ...set,
    ...FAMILIES.flatMap((family) =>
      typeFamily(family, from?.families.get(family), to.families.get(family)),
    ),
    ...[...to.neighbors.values()].flatMap((neighbor) =>
      typeNeighbor(from?.neighbors.get(neighbor.address), neighbor, defaults),
    ),
  ]
}

/**
 * `list` is `ip prefix-list NAME`. New rules come before old ones go, so that it is never empty; one
 * `no` takes one rule away, however often it stands there.
 */
export function listCommands(
  list: string,
  from: PrefixList | undefined,
  to: PrefixList | undefined,
): readonly string[] {
  if (to === undefined) return from === undefined ? NONE : [`no ${list}`]
  if (sameText(from, to)) return NONE
  const come = [...to.rules.keys()].filter((rule) => from?.rules.has(rule) !== true)
  const gone = [...(from?.rules ?? [])].filter(([rule]) => !to.rules.has(rule))
  return [
    ...come.map((rule) => `${list} ${rule}`),
    ...gone.flatMap(([rule, times]) => Array<string>(times).fill(`no ${list} ${rule}`)),
  ]
}

/** A route map by its name. */
export function mapCommands(
  name: string,
  from: RouteMap | undefined,
  to: RouteMap | undefined,
): readonly string[] {
  if (to === undefined) return from === undefined ? NONE : [`no route-map ${name}`]
  if (sameText(from, to)) return NONE
  const gone = [...(from?.entries.keys() ?? [])].filter((entry) => !to.entries.has(entry))
  const come = [...to.entries].flatMap(([entry, statements]) => {
    const before = from?.entries.get(entry)
    if (sameStatements(before, statements)) return []
    const { unset, set } = difference(before ?? NOTHING, statements, [])
    return [`route-map ${name} ${entry}`, ...unset, ...set, 'exit']
  })
  return [...gone.map((entry) => `no route-map ${name} ${entry}`), ...come]
}

/** A BFD profile by its name. */
export function profileCommands(
  name: string,
  from: Statements | undefined,
  to: Statements | undefined,
): readonly string[] {
  if (to === undefined) return from === undefined ? NONE : ['bfd', `no profile ${name}`, 'exit']
  if (sameStatements(from, to)) return NONE
  const { unset, set } = difference(from ?? NOTHING, to, [])
  return ['bfd', `profile ${name}`, ...unset, ...set, 'exit', 'exit']
}
