import {
  worstImpact,
  type Effect,
  type FrrDaemon,
  type FrrPlan,
  type Impact,
  type PlannedStep,
} from '../../model/plan.js'
import { neighborSubject } from '../../model/subject.js'
import type { Block } from '../read/block.js'
import { blockEffects, type EffectScope } from '../diff/effects.js'
import { ownedPart, remainder, wantedPart } from '../diff/owned.js'
import { bareName, type FrrConfig } from '../read/frr-config.js'
import { blockCommands, listCommands, mapCommands, profileCommands } from '../diff/commands.js'

/**
 * The ordered difference of two configurations without obstacles. What is used comes before its
 * users and goes after them: profiles, lists, maps, blocks; then stale maps, lists, profiles.
 */
export function compose(target: FrrConfig, found: FrrConfig, { version, used }: Around): FrrPlan {
  const lists = pairs(target.lists, left(found.lists, target.lists, used), listCommands)
  const maps = pairs(target.maps, left(found.maps, target.maps, used), mapCommands)
  const profiles = pairs(
    target.profiles,
    left(found.profiles, target.profiles, used),
    profileCommands,
  )
  const edited = new Set([...lists.edited, ...maps.edited].map(bareName))
  const names = new Set([...found.blocks.keys(), ...target.blocks.keys()])
  const blocks = [...names].map((vrf) =>
    blockPhases(target.blocks.get(vrf), found.blocks.get(vrf), { version, policies: edited }),
  )
  return {
    early: [],
    drain: [],
    remove: blocks.flatMap(({ remove }) => remove),
    change: [
      ...planned('bfdd', profiles.come, 'none'),
      ...planned('bgpd', [...lists.come, ...maps.come], edited.size > 0 ? 'soft' : 'none'),
      ...blocks.flatMap(({ change }) => change),
      ...planned('bgpd', [...maps.go, ...lists.go], 'none'),
      ...planned('bfdd', profiles.go, 'none'),
    ],
    effects: blocks.flatMap(({ effects }) => effects),
  }
}

/** What a plan depends on besides the two configurations. */
export interface Around {
  /** FRR's. */
  readonly version: string
  /** {@link FoundSurvey.used} of what is there. */
  readonly used: ReadonlySet<string>
}

/** Without those that nobody wants and others use: they stay as they are. */
function left<T>(
  found: ReadonlyMap<string, T>,
  target: ReadonlyMap<string, T>,
  used: ReadonlySet<string>,
): ReadonlyMap<string, T> {
  if (used.size === 0) return found
  return new Map([...found].filter(([name]) => target.has(name) || !used.has(bareName(name))))
}

interface Pairs {
  /** What is new or changes, and what is no longer wanted. */
  readonly come: readonly string[]
  readonly go: readonly string[]
  /** Names of those that are there before and after and change. */
  readonly edited: readonly string[]
}

type TypeOne<T> = (name: string, from: T | undefined, to: T | undefined) => readonly string[]

function pairs<T>(
  target: ReadonlyMap<string, T>,
  found: ReadonlyMap<string, T>,
  type: TypeOne<T>,
): Pairs {
  const [come, go, edited]: [string[], string[], string[]] = [[], [], []]
  for (const [name, wanted] of target) {
    const there = found.get(name)
    const lines = type(name, there, wanted)
    if (lines.length === 0) continue
    come.push(...lines)
    if (there !== undefined) edited.push(name)
  }
  for (const [name, there] of found) {
    if (!target.has(name)) go.push(...type(name, there, undefined))
  }
  return { come, go, edited }
}

function planned(daemon: FrrDaemon, lines: readonly string[], impact: Impact): PlannedStep[] {
  return lines.length === 0 ? [] : [{ step: { do: 'frr', daemon, lines }, impact }]
}

interface BlockPhases {
  readonly remove: readonly PlannedStep[]
  readonly change: readonly PlannedStep[]
  readonly effects: readonly Effect[]
}

/** First what is no longer wanted goes, with everything that stays untouched; then the rest. */
function blockPhases(
  want: Block | undefined,
  have: Block | undefined,
  scope: EffectScope,
): BlockPhases {
  const from = have === undefined ? undefined : ownedPart(have)
  const middle = have === undefined ? undefined : remainder(have, want)
  const to = want === undefined ? middle : wantedPart(want, have)
  const effects = blockEffects(from, to, scope)
  const gone = new Set(
    [...(from?.neighbors.keys() ?? [])]
      .filter((address) => middle?.neighbors.has(address) !== true)
      .map((address) => neighborSubject(address, from?.vrf ?? null)),
  )
  const isGone = ({ subject }: Effect) => gone.has(subject)
  const impacts = (of: (effect: Effect) => boolean) =>
    effects.filter(of).map(({ impact }) => impact)
  return {
    remove: planned('bgpd', blockCommands(from, middle), worstImpact(impacts(isGone))),
    change: planned('bgpd', blockCommands(middle, to), worstImpact(impacts((it) => !isGone(it)))),
    effects,
  }
}
