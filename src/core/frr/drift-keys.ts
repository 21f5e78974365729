import { LIST_KINDS } from './names.js'
import { neighborTarget, presenceTarget, type DriftItem } from '../model/drift.js'
import type { FrrStep } from '../model/plan.js'
import { routeSubject } from '../model/names.js'

/** The drift that the lines of a step repair, each neighbour apart. */
export function frrDriftItems(step: FrrStep): readonly DriftItem[] {
  return itemsByLine(step).filter((item) => item !== null)
}

/** The step with only the chosen lines; null where no line is chosen. */
export function partOfStep(step: FrrStep, isChosen: (item: DriftItem) => boolean): FrrStep | null {
  const items = itemsByLine(step)
  if (!items.some((item) => item !== null && isChosen(item))) return null
  const lines = step.lines.filter((_, i) => {
    const item = items[i] ?? null
    return item === null || isChosen(item)
  })
  return { ...step, lines: withoutEmptyFamilies(lines) }
}

function withoutEmptyFamilies(lines: readonly string[]): readonly string[] {
  const opens = (line: string | undefined) => line?.startsWith('address-family ') === true
  const closes = (line: string | undefined) => line === 'exit-address-family'
  return lines.filter(
    (line, i) => !(opens(line) && closes(lines[i + 1])) && !(closes(line) && opens(lines[i - 1])),
  )
}

const POLICY_LINE = new RegExp(`^(no )?(${LIST_KINDS.join('|')}|route-map|match|set) `)
const LIST_NAME = new RegExp(`^(?:no )?(?:${LIST_KINDS.join('|')}|route-map) (\\S+)`)

/** What decides about the routes of a neighbour outside of its lists and maps. */
const NEIGHBOR_POLICY =
  /^(?:no neighbor (\S+) (?:activate|default-originate|unsuppress-map|allowas-in)|(?:no )?neighbor (\S+) route-map)\b/

/**
 * The lines of a repair that change which routes pass: those of prefix lists and route maps, and of neighbours that are there. One
 * that the repair makes anew carries no routes before.
 */
export function policyLines(lines: readonly string[]): readonly string[] {
  const made = new Set(lines.map((line) => /^neighbor (\S+) remote-as /.exec(line)?.[1]))
  return lines.filter((line) => {
    const [, other, own] = NEIGHBOR_POLICY.exec(line) ?? []
    const address = other ?? own
    return address === undefined ? POLICY_LINE.test(line) : !made.has(address)
  })
}

/** All BFD profiles together. */
export const BFD_TARGET = 'bfdd'

/** The target of a whole BGP block; null: that of the default VRF. */
export function blockTarget(vrf: string | null): string {
  return blockOf(vrf ?? undefined).name
}

/**
 * The targets of what the place of a conflict names: a neighbour, the settings of a block, or a prefix
 * list or route map by its bare name.
 */
export function targetsAt(at: string, vrf: string | null): readonly string[] {
  const address = /^neighbor (\S+)/.exec(at)?.[1]
  if (address !== undefined) return [neighborTarget(address)]
  if (at.startsWith('router bgp ')) return [settingsTarget(blockTarget(vrf))]
  return [policyTarget(`route-map ${at}`)]
}

/** One item for each line; null for a line that only opens or closes a block. */
function itemsByLine({ daemon, lines }: FrrStep): readonly (DriftItem | null)[] {
  if (daemon === 'staticd' || daemon === 'mgmtd') return lines.map(routeItem)
  return lines.map(daemon === 'bgpd' ? openReader() : () => itemFor(daemon))
}

/** The static routes to one prefix together. */
function routeItem(line: string): DriftItem {
  const [, prefix = '', vrf] =
    /^(?:no )?(?:ip|ipv6) route (\S+) .*?(?: vrf (\S+))?$/.exec(line) ?? []
  const target = routeSubject(prefix, vrf ?? null)
  return itemFor(target, vrf === undefined ? [] : [presenceTarget(vrf)])
}

/** Reads the lines that `diff/commands.ts` makes, in their order. */
function openReader(): (line: string) => DriftItem | null {
  let block: Block | null = null
  let map: DriftItem | null = null

  function inMap(line: string, inside: DriftItem): DriftItem {
    if (line === 'exit') map = null
    return inside
  }

  function inBlock(line: string, inside: Block): DriftItem | null {
    if (line === 'exit') block = null
    return insideBlock(line, inside)
  }

  return (line) => {
    if (map !== null) return inMap(line, map)
    if (block !== null) return inBlock(line, block)
    const [, no, vrf] = HEADER.exec(line) ?? []
    if (no === '') block = blockOf(vrf)
    if (no !== undefined) return no === '' ? null : itemFor(blockOf(vrf).name)
    const policy = itemFor(policyTarget(line))
    if (line.startsWith('route-map ')) map = policy
    return policy
  }
}

const HEADER = /^(no |)router bgp \d+(?: vrf (\S+))?$/

interface Block {
  readonly name: string
  readonly dependsOn: readonly string[]
}

function blockOf(vrf: string | undefined): Block {
  return vrf === undefined
    ? { name: 'BGP', dependsOn: ['BGP'] }
    : { name: `BGP of ${vrf}`, dependsOn: [`BGP of ${vrf}`, presenceTarget(vrf)] }
}

function insideBlock(line: string, { name, dependsOn }: Block): DriftItem | null {
  if (/^(?:exit|exit-address-family|address-family .*)$/.test(line)) return null
  const address = /^(?:no )?neighbor (\S+)/.exec(line)?.[1]
  return itemFor(address === undefined ? settingsTarget(name) : neighborTarget(address), dependsOn)
}

/**
 * A policy belongs to the neighbour whose address is in its name. The name has no VRF, so neighbours with the
 * same address in two VRFs count as one.
 */
function policyTarget(line: string): string {
  const [, name = line] = LIST_NAME.exec(line) ?? []
  const address = /-([0-9a-f.:]+)-v[46]-(?:in|out)(?:-drain)?$/.exec(name)?.[1]
  return address === undefined ? name : neighborTarget(address)
}

function settingsTarget(block: string): string {
  return `settings of ${block}`
}

function itemFor(target: string, dependsOn: readonly string[] = []): DriftItem {
  return { keys: [target], targets: [target], dependsOn }
}
