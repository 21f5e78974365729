import type { ConfigNode } from '../../model/plan.js'
import { FAMILIES, ORIGINATE_MAP, UNICAST, type Family } from '../names.js'
import {
  finished,
  newNeighbor,
  takeLine,
  type BlockDefaults,
  type Neighbor,
  type NeighborDraft,
} from './neighbor.js'
import {
  aggregateStatement,
  namedStatement,
  normalAddress,
  originStatement,
  type Statement,
  type Statements,
} from './statement.js'

/** One `router bgp` block, divided into what demarc may own and what is always foreign. */
export interface Block extends BlockDefaults {
  /** null: the default VRF. */
  readonly vrf: string | null
  readonly localAs: number
  /** `bgp router-id`, if it is set. */
  readonly statements: Statements
  /** Equal-cost paths and demarc's own `network` and `aggregate-address` lines of each family. */
  readonly families: ReadonlyMap<Family, Statements>
  /** By address, or by the name of an interface or a peer group. */
  readonly neighbors: ReadonlyMap<string, Neighbor>
  /** All other lines. */
  readonly foreign: readonly string[]
  /** What needs the block, so that FRR refuses to remove it or breaks that; null: nothing. */
  readonly needed: { readonly by: string; readonly remedy: string } | null
}

/** The line that opens the block in `configure terminal`. */
export function blockHeader(block: Block): string {
  return `router bgp ${block.localAs}${block.vrf === null ? '' : ` vrf ${block.vrf}`}`
}

/** A block while its lines are read. */
interface Draft {
  readonly statements: Map<string, Statement>
  readonly families: Map<Family, Map<string, Statement>>
  readonly neighbors: Map<string, NeighborDraft>
  readonly defaults: Set<Family>
  readonly foreign: string[]
}

const HEADER = /^router bgp (\d+)(?:\.(\d+))?(?: vrf (\S+))?(?: as-notation \S+)?$/

/** Whether the line opens a block that is not a view. */
export function isBlock(line: string): boolean {
  return HEADER.test(line)
}

/** Reads a `router bgp` block; undefined on any other line and on views. */
export function readBlock(node: ConfigNode): Block | undefined {
  const match = HEADER.exec(node.line)
  if (match === null) return undefined
  const [, high = '', low, vrf] = match
  const draft: Draft = {
    statements: new Map(),
    families: new Map(),
    neighbors: new Map(),
    defaults: new Set(['ipv4 unicast']),
    foreign: [],
  }
  for (const child of node.children) readLine(draft, child)
  const { statements, families, foreign } = draft
  const defaults = {
    defaultFamilies: [...draft.defaults],
    shutByDefault: foreign.includes('bgp default shutdown'),
    helperByDefault: !foreign.some((line) => /^bgp graceful-restart(-|$)/.test(line)),
  }
  const neighbors = [...draft.neighbors].map(
    ([address, neighbor]) => [address, finished(neighbor, defaults)] as const,
  )
  return {
    vrf: vrf ?? null,
    localAs: low === undefined ? Number(high) : Number(high) * 0x10000 + Number(low),
    statements,
    families,
    neighbors: new Map(neighbors),
    ...defaults,
    foreign,
    needed: null,
  }
}

function readLine(draft: Draft, node: ConfigNode): void {
  if (readNeighbor(draft, undefined, node.line)) return
  const family = FAMILIES.find((name) => node.line === `address-family ${name}`)
  if (family !== undefined) {
    for (const { line } of node.children) readFamilyLine(draft, family, line)
    return
  }
  if (node.line.startsWith('bgp router-id ')) {
    draft.statements.set('bgp router-id', namedStatement(node.line, 'bgp router-id'))
    return
  }
  readDefault(draft, node.line)
  draft.foreign.push(node.line)
}

/** Reads `bgp default l2vpn-evpn` and the like, which set the families of a new neighbour. */
function readDefault(draft: Draft, line: string): void {
  const [, no, name = ''] = /^(no )?bgp default ([a-z0-9-]+)$/.exec(line) ?? []
  const family = FAMILIES.find((one) => one === name.replace('-', ' '))
  if (family === undefined) return
  if (no === undefined) draft.defaults.add(family)
  else draft.defaults.delete(family)
}

function readFamilyLine(draft: Draft, family: Family, line: string): void {
  if (readNeighbor(draft, family, line)) return
  const own = isUnicast(family) ? familyStatement(line) : undefined
  if (own === undefined) {
    draft.foreign.push(`${family}: ${line}`)
    return
  }
  const statements = draft.families.get(family) ?? new Map<string, Statement>()
  draft.families.set(family, statements.set(own.slot, own))
}

function isUnicast(family: Family): boolean {
  return UNICAST.some((name) => name === family)
}

/** A `network` or `aggregate-address` line of demarc's. */
const MARKED = new RegExp(
  `^(?:network (\\S+)|aggregate-address (\\S+)( summary-only)?) route-map ${ORIGINATE_MAP}$`,
)

/** The number of paths, which is demarc's if no foreign neighbour shares it, or a line of demarc's that originates a prefix. */
function familyStatement(line: string): Statement | undefined {
  const paths = /^(maximum-paths(?: ibgp)?) \d+( equal-cluster-length)?$/.exec(line)?.[1]
  if (paths !== undefined) return namedStatement(line, paths)
  const [, network, aggregate, summaryOnly] = MARKED.exec(line) ?? []
  if (aggregate !== undefined) return aggregateStatement(aggregate, summaryOnly !== undefined)
  return network === undefined ? undefined : originStatement(network)
}

/** Most lines of a configuration are read here, so it searches for blanks instead of matching patterns. */
function readNeighbor(draft: Draft, family: Family | undefined, line: string): boolean {
  const on = line.startsWith('neighbor ')
  if (!on && !line.startsWith('no neighbor ')) return false
  const start = line.indexOf('neighbor ') + 'neighbor '.length
  const end = line.indexOf(' ', start)
  if (end < 0) return false
  const address = normalAddress(line.slice(start, end))
  const neighbor = draft.neighbors.get(address) ?? newNeighbor(address)
  if (neighbor.lines.length + neighbor.families.size === 0) draft.neighbors.set(address, neighbor)
  const words = line.slice(end + 1)
  takeLine(neighbor, family, on ? words : `no ${words}`)
  return true
}
