import { presence, type Difference } from '../model/drift.js'
import type { FrrStep } from '../model/plan.js'

/** What the lines of a step put right, one neighbour from the other. */
export function frrDifferences(step: FrrStep): readonly Difference[] {
  return byLine(step).filter((one) => one !== null)
}

/** The step without the lines that are not chosen; null where nothing is left to say. */
export function partOfStep(
  step: FrrStep,
  isChosen: (difference: Difference) => boolean,
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
function byLine({ daemon, lines }: FrrStep): readonly (Difference | null)[] {
  return lines.map(daemon === 'bgpd' ? openReader() : () => only(daemon))
}

/** Reads the lines that `difference/typing.ts` writes, in their order. */
function openReader(): (line: string) => Difference | null {
  let block: Block | null = null
  let map: Difference | null = null

  function inMap(line: string, inside: Difference): Difference {
    if (line === 'exit') map = null
    return inside
  }

  function inBlock(line: string, inside: Block): Difference | null {
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
  readonly needs: readonly string[]
}

function blockOf(vrf: string | undefined): Block {
  return vrf === undefined
    ? { name: 'BGP', needs: ['BGP'] }
    : { name: `BGP of ${vrf}`, needs: [`BGP of ${vrf}`, presence(vrf)] }
}

function insideBlock(line: string, { name, needs }: Block): Difference | null {
  if (/^(?:exit|exit-address-family|address-family .*)$/.test(line)) return null
  const address = /^(?:no )?neighbor (\S+)/.exec(line)?.[1]
  return only(address === undefined ? `settings of ${name}` : neighborThing(address), needs)
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

function only(thing: string, needs: readonly string[] = []): Difference {
  return { keys: [thing], things: [thing], needs }
}
