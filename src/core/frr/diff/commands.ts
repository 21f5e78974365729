import { blockHeader, type Block } from '../read/block.js'
import { sameNeighbor, type BlockDefaults, type Neighbor } from '../read/neighbor.js'
import { FAMILIES, type Family } from '../names.js'
import { renewsEntry, renewsNeighbor, renewsProfile } from './renewal.js'
import {
  neighborStatement,
  sameStatements,
  type Statement,
  type Statements,
} from '../read/statement.js'
import { sameText, type PolicyList, type RouteMap } from '../read/policy.js'
import { knowsStrict } from '../version.js'

/*
 * The lines in `configure terminal` that lead from one state to another. Undefined is a state in which
 * the thing does not exist. With its two states swapped, every function gives the lines of the restore.
 */

/** Neighbour settings in the order of their lines. Those not listed come just before the last. */
export const NEIGHBOR_ORDER = [
  'remote-as',
  'description',
  'shutdown',
  'local-as',
  'password',
  'ebgp-multihop',
  'ttl-security',
  'update-source',
  'timers',
  'timers connect',
  'graceful-restart',
  'bfd',
  'bfd profile',
  // Removed before BFD, whose removal keeps it unseen on FRR 10.7: it would be back with the next BFD.
  'bfd strict',
] as const
/** A family is activated after its policy is set, and deactivated before its policy is removed. */
const FAMILY_ORDER = [
  'route-map in',
  'route-map out',
  'maximum-prefix',
  'maximum-prefix-out',
  'activate',
] as const

const NOTHING: Statements = new Map()
const NONE: readonly string[] = []

interface BlockTerms {
  readonly defaults: BlockDefaults
  /** FRR's. */
  readonly version: string
}

interface Lines {
  readonly unset: readonly string[]
  readonly set: readonly string[]
}

/** The lines that remove settings, last first, and those that add or change settings. */
function difference(from: Statements, to: Statements, order: readonly string[]): Lines {
  const rank = ({ slot }: Statement) => {
    const place = order.indexOf(slot)
    return place < 0 ? order.length - 1.5 : place
  }
  const removed = [...from.values()].filter(({ slot }) => !to.has(slot))
  const added = [...to.values()].filter(({ slot, line }) => from.get(slot)?.line !== line)
  return {
    unset: removed.sort((a, b) => rank(b) - rank(a)).map(({ unset }) => unset),
    set: added
      .sort((a, b) => rank(a) - rank(b))
      .flatMap((statement) => replacement(from.get(statement.slot), statement)),
  }
}

/**
 * The lines that change a setting. FRR keeps the old message at `neighbor … shutdown`, so the old shutdown is
 * removed first. It keeps the old timers at `neighbor … bfd`, and these override a profile's, so the line
 * sets FRR's default timers. FRR 10.3 keeps a session that was opened with the old local AS, so the old one is
 * removed first, which ends the session. FRR 10.7 keeps the hold time of the strict mode, also when `no` took the
 * mode away, so the line sets the default one, which is not printed.
 */
function replacement(from: Statement | undefined, to: Statement): string[] {
  if (to.slot === 'bfd strict' && to.line.endsWith(' strict')) return [`${to.line} hold-time 30`]
  if (from === undefined) return [to.line]
  if (to.slot === 'shutdown' || to.slot === 'local-as') return [from.unset, to.line]
  return to.slot === 'bfd' && to.line.endsWith(' bfd') ? [`${to.line} 3 300 300`] : [to.line]
}

/**
 * The line that takes the BFD strict mode away that somebody typed before `no neighbor … bfd`: FRR 10.4 and newer keep
 * it unseen, and it is back once BFD is. Older ones do not know the line.
 */
function hiddenStrict(from: Neighbor | undefined, to: Neighbor, version: string): string[] {
  const comesBack =
    from !== undefined &&
    !from.statements.has('bfd') &&
    to.statements.has('bfd') &&
    !to.statements.has('bfd strict')
  return comesBack && knowsStrict(version) ? [`no neighbor ${to.address} bfd strict`] : []
}

/** Lines inside `router bgp`. FRR gives a new neighbour the defaults of its block. */
function neighborCommands(
  from: Neighbor | undefined,
  to: Neighbor,
  { defaults, version }: BlockTerms,
): string[] {
  if (from !== undefined && sameNeighbor(from, to)) return []
  if (from !== undefined && (!sameAs(from, to) || renewsNeighbor(from, to) !== undefined)) {
    const anew = neighborCommands(undefined, to, { defaults, version })
    return [`no neighbor ${from.address}`, ...anew]
  }
  const start = from ?? fresh(to.address, defaults)
  const { unset, set } = difference(start.statements, to.statements, NEIGHBOR_ORDER)
  const families = FAMILIES.flatMap((family) =>
    familyCommands(family, start.families.get(family), to.families.get(family), FAMILY_ORDER),
  )
  // The session must not start before everything else is set.
  const lifted = unset.filter((line) => line.endsWith(' shutdown'))
  const changed = [...set, ...hiddenStrict(from, to, version)]
  const lines = [...unset.filter((line) => !lifted.includes(line)), ...changed, ...families]
  return [...(from === undefined ? lines : markLast(lines)), ...lifted]
}

/** Changes the mark last: until then a neighbour that is half restored still counts as demarc's. */
function markLast(lines: readonly string[]): readonly string[] {
  const isMark = (line: string) => /^(no )?neighbor \S+ description( |$)/.test(line)
  return [...lines.filter((line) => !isMark(line)), ...lines.filter(isMark)]
}

/** Whether two neighbours have the same AS. For another AS, FRR resets the session and drops settings. */
export function sameAs(a: Neighbor, b: Neighbor): boolean {
  return a.statements.get('remote-as')?.line === b.statements.get('remote-as')?.line
}

/** A neighbour as FRR makes it. */
function fresh(address: string, { defaultFamilies, shutByDefault }: BlockDefaults): Neighbor {
  const active = neighborStatement(address, 'activate', true)
  const shutdown = neighborStatement(address, 'shutdown', true)
  return {
    address,
    owned: true,
    text: '',
    statements: shutByDefault ? new Map([[shutdown.slot, shutdown]]) : NOTHING,
    families: new Map(defaultFamilies.map((family) => [family, new Map([[active.slot, active]])])),
  }
}

function familyCommands(
  family: Family,
  from: Statements = NOTHING,
  to: Statements = NOTHING,
  order: readonly string[] = [],
): string[] {
  const { unset, set } = difference(from, to, order)
  if (unset.length + set.length === 0) return []
  // A filter is removed only after its replacement is set.
  const filters = unset.filter((line) => / (in|out)$/.test(line))
  const others = unset.filter((line) => !filters.includes(line))
  return [`address-family ${family}`, ...others, ...set, ...filters, 'exit-address-family']
}

/** A whole `router bgp` block. `version` is FRR's, as `8.4.4`. */
export function blockCommands(
  from: Block | undefined,
  to: Block | undefined,
  version: string,
): string[] {
  if (to === undefined) return from === undefined ? [] : [`no ${blockHeader(from)}`]
  if (from !== undefined && from.localAs !== to.localAs) {
    return [`no ${blockHeader(from)}`, ...blockCommands(undefined, to, version)]
  }
  const inside = commandsInBlock(from, to, version)
  if (from !== undefined && inside.length === 0) return []
  return [blockHeader(to), ...inside, 'exit']
}

function commandsInBlock(from: Block | undefined, to: Block, version: string): string[] {
  const { unset, set } = difference(from?.statements ?? NOTHING, to.statements, [])
  const removed = [...(from?.neighbors.values() ?? [])].filter(
    ({ address }) => !to.neighbors.has(address),
  )
  const terms = { defaults: from ?? to, version }
  return [
    ...removed.map(({ address }) => `no neighbor ${address}`),
    ...unset,
    ...set,
    ...FAMILIES.flatMap((family) =>
      familyCommands(family, from?.families.get(family), to.families.get(family)),
    ),
    ...[...to.neighbors.values()].flatMap((neighbor) =>
      neighborCommands(from?.neighbors.get(neighbor.address), neighbor, terms),
    ),
  ]
}

/**
 * `list` is `ip prefix-list NAME`. New rules are added before old ones are removed, so that the list is
 * never empty.
 */
export function listCommands(
  list: string,
  from: PolicyList | undefined,
  to: PolicyList | undefined,
): readonly string[] {
  if (to === undefined) return from === undefined ? NONE : [`no ${list}`]
  if (sameText(from, to)) return NONE
  const added = [...to.rules.keys()].filter((rule) => from?.rules.has(rule) !== true)
  const removed = [...(from?.rules ?? [])].filter(([rule]) => !to.rules.has(rule))
  return [
    ...added.map((rule) => `${list} ${rule}`),
    ...removed.flatMap(([, copies]) => copies.map((copy) => `no ${list} ${copy}`)),
  ]
}

/** A route map by its name. FRR commits all lines at once, so routes never meet a map without an entry made anew. */
export function mapCommands(
  name: string,
  from: RouteMap | undefined,
  to: RouteMap | undefined,
): readonly string[] {
  if (to === undefined) return from === undefined ? NONE : [`no route-map ${name}`]
  if (sameText(from, to)) return NONE
  const removed = [...(from?.entries.keys() ?? [])].filter((entry) => !to.entries.has(entry))
  const added = [...to.entries].flatMap(([entry, statements]) => {
    const before = from?.entries.get(entry)
    if (sameStatements(before, statements)) return []
    const renews = before !== undefined && renewsEntry(before, statements)
    const gone = renews ? [`no route-map ${name} ${entry}`] : []
    const { unset, set } = difference(renews ? NOTHING : (before ?? NOTHING), statements, [])
    return [...gone, `route-map ${name} ${entry}`, ...unset, ...set, 'exit']
  })
  return [...removed.map((entry) => `no route-map ${name} ${entry}`), ...added]
}

/** A BFD profile by its name. */
export function profileCommands(
  name: string,
  from: Statements | undefined,
  to: Statements | undefined,
): readonly string[] {
  if (to === undefined) return from === undefined ? NONE : ['bfd', `no profile ${name}`, 'exit']
  if (sameStatements(from, to)) return NONE
  const renews = from !== undefined && renewsProfile(from, to)
  const gone = renews ? [`no profile ${name}`] : []
  const { unset, set } = difference(renews ? NOTHING : (from ?? NOTHING), to, [])
  return ['bfd', ...gone, `profile ${name}`, ...unset, ...set, 'exit', 'exit']
}
