import {
  worstImpact,
  type Effect,
  type FrrDaemon,
  type FrrPlan,
  type Impact,
  type PlannedStep,
} from '../../model/plan.js'
import { neighborSubject } from '../../model/names.js'
import type { Block } from '../read/block.js'
import { blockEffects, type EffectScope } from '../diff/effects.js'
import { leavesBfdBehind } from '../diff/renewal.js'
import { ownedPart, remainder, wantedPart } from '../diff/owned.js'
import type { Neighbor } from '../read/neighbor.js'
import { bareName, type FrrConfig } from '../read/frr-config.js'
import { blockCommands, listCommands, mapCommands, profileCommands } from '../diff/commands.js'

/**
 * The ordered steps between two configurations that have no conflicts. What is used is added before its
 * users and removed after them: profiles, lists, maps, blocks; then unused maps, lists, profiles.
 */
export function compose(
  target: FrrConfig,
  current: FrrConfig,
  { version, used, moved }: ComposeContext,
): FrrPlan {
  const lists = pairs(target.lists, withoutUsed(current.lists, target.lists, used), listCommands)
  const maps = pairs(target.maps, withoutUsed(current.maps, target.maps, used), mapCommands)
  const profiles = pairs(
    target.profiles,
    withoutUsed(current.profiles, target.profiles, used),
    profileCommands,
  )
  const edited = new Set([...lists.edited, ...maps.edited].map(bareName))
  const names = new Set([...current.blocks.keys(), ...target.blocks.keys()])
  const blocks = [...names].map((vrf) =>
    blockPhases(target.blocks.get(vrf), current.blocks.get(vrf), {
      ...{ version, policies: edited, moved },
    }),
  )
  return {
    early: [],
    drain: [],
    remove: blocks.flatMap(({ remove }) => remove),
    change: [
      ...planned('bfdd', profiles.set, 'none'),
      ...planned('bgpd', [...lists.set, ...maps.set], edited.size > 0 ? 'soft' : 'none'),
      ...blocks.flatMap(({ change }) => change),
      ...planned('bgpd', [...maps.unset, ...lists.unset], 'none'),
      ...planned('bfdd', profiles.unset, 'none'),
    ],
    effects: blocks.flatMap(({ effects }) => effects),
  }
}

/** What a plan depends on besides the two configurations. */
export interface ComposeContext {
  /** FRR's, as `8.4.4`. */
  readonly version: string
  /** The names that something foreign uses, see {@link ObservedFrrConfig.used}. */
  readonly used: ReadonlySet<string>
  /** Absent: every neighbour keeps its link. */
  readonly moved?: MovedNeighbors | undefined
}

/** Whether a neighbour that stays comes to another link, after `remove` and before `change`. */
export type MovedNeighbors = (vrf: string | null, wanted: Neighbor) => boolean

/** Leaves out what is not wanted and used by something foreign: it stays as it is. */
function withoutUsed<T>(
  current: ReadonlyMap<string, T>,
  target: ReadonlyMap<string, T>,
  used: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  if (used.size === 0) return current
  return new Map([...current].filter(([name]) => target.has(name) || !used.has(bareName(name))))
}

interface Pairs {
  /** The commands that add or change, and those that remove. */
  readonly set: readonly string[]
  readonly unset: readonly string[]
  /** The names of those that exist before and after, and change. */
  readonly edited: readonly string[]
}

type CommandsOf<T> = (name: string, from: T | undefined, to: T | undefined) => readonly string[]

function pairs<T>(
  target: ReadonlyMap<string, T>,
  current: ReadonlyMap<string, T>,
  commandsOf: CommandsOf<T>,
): Pairs {
  const [set, unset, edited]: [string[], string[], string[]] = [[], [], []]
  for (const [name, wanted] of target) {
    const present = current.get(name)
    const lines = commandsOf(name, present, wanted)
    if (lines.length === 0) continue
    set.push(...lines)
    if (present !== undefined) edited.push(name)
  }
  for (const [name, present] of current) {
    if (!target.has(name)) unset.push(...commandsOf(name, present, undefined))
  }
  return { set, unset, edited }
}

function planned(daemon: FrrDaemon, lines: readonly string[], impact: Impact): PlannedStep[] {
  return lines.length === 0 ? [] : [{ step: { do: 'frr', daemon, lines }, impact }]
}

interface BlockPhases {
  readonly remove: readonly PlannedStep[]
  readonly change: readonly PlannedStep[]
  readonly effects: readonly Effect[]
}

/** First the neighbours that are no longer wanted, or are made anew on another link, are removed, and nothing else; then the rest changes. */
function blockPhases(
  want: Block | undefined,
  have: Block | undefined,
  { moved, ...terms }: Omit<EffectScope, 'anew'> & Pick<ComposeContext, 'moved'>,
): BlockPhases {
  const from = have === undefined ? undefined : ownedPart(have)
  const rest = have === undefined ? undefined : remainder(have, want)
  const to = want === undefined ? rest : wantedPart(want, have)
  const anew = moved === undefined ? NONE : movedWithBfd(rest, to, moved)
  const middle = rest && without(rest, anew)
  const effects = blockEffects(from, to, { ...terms, anew })
  const removed = new Set(
    [...(from?.neighbors.keys() ?? [])]
      .filter((address) => middle?.neighbors.has(address) !== true)
      .map((address) => neighborSubject(address, from?.vrf ?? null)),
  )
  const isRemoved = ({ subject }: Effect) => removed.has(subject)
  const impacts = (of: (effect: Effect) => boolean) =>
    effects.filter(of).map(({ impact }) => impact)
  return {
    remove: planned(
      'bgpd',
      blockCommands(from, middle, terms.version),
      worstImpact(impacts(isRemoved)),
    ),
    change: planned(
      'bgpd',
      blockCommands(middle, to, terms.version),
      worstImpact(impacts((effect) => !isRemoved(effect))),
    ),
    effects,
  }
}

const NONE: ReadonlySet<string> = new Set()

/** The addresses of the neighbours that stay, and whose BFD would not come to their new link. */
function movedWithBfd(
  rest: Block | undefined,
  to: Block | undefined,
  moved: MovedNeighbors,
): ReadonlySet<string> {
  const found = [...(rest?.neighbors ?? [])].filter(([address, from]) => {
    const wanted = to?.neighbors.get(address)
    return wanted !== undefined && leavesBfdBehind(from, wanted) && moved(to?.vrf ?? null, wanted)
  })
  return new Set(found.map(([address]) => address))
}

function without(block: Block, addresses: ReadonlySet<string>): Block {
  if (addresses.size === 0) return block
  const neighbors = [...block.neighbors].filter(([address]) => !addresses.has(address))
  return { ...block, neighbors: new Map(neighbors) }
}
