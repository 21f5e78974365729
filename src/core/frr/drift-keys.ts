import { presenceTarget, type DriftItem } from '../model/drift.js'
import type { FrrStep } from '../model/plan.js'

/** What the lines of a step put right, one neighbour from the other. */
export function frrDriftItems(step: FrrStep): readonly DriftItem[] {
  return byLine(step).filter((one) => one !== null)
}

/** The step without the lines that are not chosen; null where nothing is left to say. */
export function partOfStep(
  step: FrrStep,
  isChosen: (difference: DriftItem) => boolean,
): FrrStep | null {
  const found = byLine(step)
  if (!found.some((one) => one !== null && isChosen(one))) return null
  const lines = step.lines.filter((_, i) => {
    const one = found[i] ?? null
    return one === null || isChosen(one)
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

/** null: a line that only opens or closes a block. */
function byLine({ daemon, lines }: FrrStep): readonly (DriftItem | null)[] {
  return lines.map(daemon === 'bgpd' ? openReader() : () => only(daemon))
}

/** Reads the lines that `difference/typing.ts` writes, in their order. */
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
    if (no !== undefined) return no === '' ? null : only(blockOf(vrf).name)
    const policy = only(policyThing(line))
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
  return only(address === undefined ? `settings of ${name}` : neighborThing(address), dependsOn)
}

/**
 * A policy goes with its neighbour, by the address in its name. The VRF is not in there: neighbours
 * with one address in two VRFs count as one.
 */
function policyThing(line: string): string {
  const [, name = line] =
    /^(?:no )?(?:ip prefix-list|ipv6 prefix-list|route-map) (\S+)/.exec(line) ?? []
  const address = /-([0-9a-f.:]+)-v[46]-(?:in|out)(?:-drain)?$/.exec(name)?.[1]
  return address === undefined ? name : neighborThing(address)
}

function neighborThing(address: string): string {
  return `neighbor ${address}`
}

function only(thing: string, dependsOn: readonly string[] = []): DriftItem {
  return { keys: [thing], targets: [thing], dependsOn }
}
