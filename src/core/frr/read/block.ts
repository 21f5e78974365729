import type { ConfigNode } from '../../model/plan.js'
import { DESCRIPTION_MARK, FAMILIES, ORIGINATE_MAP, type Family } from '../names.js'
import {
  namedStatement,
  neighborStatement,
  normalAddress,
  sameStatements,
  type Statement,
  type Statements,
} from './statement.js'

/** One `router bgp` block, sorted into what demarc may own and what is foreign whatever happens. */
export interface Block {
  /** null: the default VRF. */
  readonly vrf: string | null
  readonly localAs: number
  /** The router id, if it is set. */
  readonly statements: Statements
  /** Equal-cost paths and demarc's own `network` lines of each family. */
  readonly families: ReadonlyMap<Family, Statements>
  /** By address, or by the name of an interface or a peer group. */
  readonly neighbors: ReadonlyMap<string, Neighbor>
  /** Families that a new neighbour has without asking. */
  readonly defaultFamilies: readonly Family[]
  /** A neighbour without a word on graceful restart is a helper; the block may say otherwise. */
  readonly helperByDefault: boolean
  /** Lines that are none of the above, for people. */
  readonly foreign: readonly string[]
}

export interface Neighbor {
  readonly address: string
  readonly statements: Statements
  /** The slot `activate` is there on families that are active, printed or not. */
  readonly families: ReadonlyMap<Family, Statements>
}

/** Whether demarc made the neighbour: its description carries the mark. */
export function isOwned(neighbor: Neighbor): boolean {
  const line = neighbor.statements.get('description')?.line
  return line?.startsWith(`neighbor ${neighbor.address} description ${DESCRIPTION_MARK}`) ?? false
}

/** Whether two neighbours are set alike. */
export function sameNeighbor(a: Neighbor, b: Neighbor): boolean {
  const alike = FAMILIES.every((name) => sameStatements(a.families.get(name), b.families.get(name)))
  return alike && sameStatements(a.statements, b.statements)
}

export function blockHeader(block: Block): string {
  return `router bgp ${block.localAs}${block.vrf === null ? '' : ` vrf ${block.vrf}`}`
}

/** What a block is gathered into while its lines are read. */
interface Draft {
  readonly statements: Map<string, Statement>
  readonly families: Map<Family, Map<string, Statement>>
  readonly neighbors: Map<string, NeighborDraft>
  readonly defaults: Set<Family>
  readonly foreign: string[]
}

interface NeighborDraft {
  readonly address: string
  readonly statements: Map<string, Statement>
  readonly families: Map<Family, Map<string, Statement>>
}

/** Reads a `router bgp` block; undefined on any other line and on views. */
export function readBlock(node: ConfigNode): Block | undefined {
  const match = /^router bgp (\d+)(?:\.(\d+))?(?: vrf (\S+))?(?: as-notation \S+)?$/.exec(node.line)
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
  const defaultFamilies = [...draft.defaults]
  const helperByDefault = !draft.foreign.some((line) => /^bgp graceful-restart(-|$)/.test(line))
  for (const neighbor of draft.neighbors.values()) {
    activate(neighbor, defaultFamilies)
    if (helperByDefault) dropHelper(neighbor)
  }
  return {
    vrf: vrf ?? null,
    localAs: low === undefined ? Number(high) : Number(high) * 0x10000 + Number(low),
    statements: draft.statements,
    families: draft.families,
    neighbors: draft.neighbors,
    defaultFamilies,
    helperByDefault,
    foreign: draft.foreign,
  }
}

function readLine(draft: Draft, node: ConfigNode): void {
  const family = FAMILIES.find((name) => node.line === `address-family ${name}`)
  if (family !== undefined) {
    for (const { line } of node.children) readFamilyLine(draft, family, line)
    return
  }
  if (readNeighbor(draft, undefined, node.line)) return
  if (node.line.startsWith('bgp router-id ')) {
    draft.statements.set('bgp router-id', namedStatement(node.line, 'bgp router-id'))
    return
  }
  readDefault(draft, node.line)
  draft.foreign.push(node.line)
}

/** `no bgp default ipv4-unicast` and its like say what a new neighbour starts with. */
function readDefault(draft: Draft, line: string): void {
  const [, no, width] = /^(no )?bgp default (ipv4|ipv6)-unicast$/.exec(line) ?? []
  const family = FAMILIES.find((name) => name === `${width ?? ''} unicast`)
  if (family === undefined) return
  if (no === undefined) draft.defaults.add(family)
  else draft.defaults.delete(family)
}

function readFamilyLine(draft: Draft, family: Family, line: string): void {
  if (readNeighbor(draft, family, line)) return
  const own = familyStatement(line)
  if (own === undefined) draft.foreign.push(`${family}: ${line}`)
  else entry(draft.families, family).set(own.slot, own)
}

/** Equal-cost paths belong to demarc where no foreign neighbour shares them. */
function familyStatement(line: string): Statement | undefined {
  const paths = /^(maximum-paths(?: ibgp)?) \d+$/.exec(line)?.[1]
  if (paths !== undefined) return namedStatement(line, paths)
  const network = new RegExp(`^(network \\S+) route-map ${ORIGINATE_MAP}$`).exec(line)?.[1]
  return network === undefined ? undefined : { slot: network, line, unset: `no ${line}` }
}

function readNeighbor(draft: Draft, family: Family | undefined, line: string): boolean {
  const match = /^(no )?neighbor (\S+) (.+)$/.exec(line)
  if (match === null) return false
  const [, no, name = '', words = ''] = match
  const address = normalAddress(name)
  const neighbor = draft.neighbors.get(address) ?? newNeighbor(address)
  draft.neighbors.set(address, neighbor)
  const read = neighborStatement(address, words, no === undefined)
  const into = family === undefined ? neighbor.statements : entry(neighbor.families, family)
  into.set(read.slot, read)
  return true
}

function newNeighbor(address: string): NeighborDraft {
  return { address, statements: new Map(), families: new Map() }
}

function entry(
  families: Map<Family, Map<string, Statement>>,
  family: Family,
): Map<string, Statement> {
  const statements = families.get(family) ?? new Map<string, Statement>()
  families.set(family, statements)
  return statements
}

/** FRR prints activation only where it differs from the block's default. */
function activate({ address, families }: NeighborDraft, defaults: readonly Family[]): void {
  for (const family of defaults) {
    const statements = entry(families, family)
    const read = neighborStatement(address, 'activate', true)
    if (!statements.has('no activate')) statements.set(read.slot, read)
  }
  for (const statements of families.values()) statements.delete('no activate')
}

/** Said or not, it is the same; and saying it costs a message to zebra. */
function dropHelper({ address, statements }: NeighborDraft): void {
  const helper = `neighbor ${address} graceful-restart-helper`
  if (statements.get('graceful-restart')?.line === helper) statements.delete('graceful-restart')
}
