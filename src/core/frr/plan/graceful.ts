import type { Seconds } from '../../base/time.js'
import { worstImpact, type FrrPlan, type Impact, type PlannedStep } from '../../model/plan.js'
import { neighborSubject } from '../../model/names.js'
import { ownedConfig, wantedPart } from '../diff/owned.js'
import { drainName } from '../names.js'
import type { Block } from '../read/block.js'
import { changed, type Neighbor } from '../read/neighbor.js'
import type { RouteMap } from '../read/policy.js'
import {
  mapStatement,
  neighborStatement,
  type Statement,
  type Statements,
} from '../read/statement.js'
import type { FrrConfig } from '../read/frr-config.js'
import { compose, type ComposeContext } from './steps.js'

/** What a plan needs to replace and end sessions gracefully. */
export interface GracefulShutdown {
  /** Whether a neighbour's subnet exists before anything is broken, and stays. */
  readonly isReady: (vrf: string | null, address: string) => boolean
  /** The sessions to drain, as `neighbor 10.0.0.1`, and the impact of the plan on each. */
  readonly ending: ReadonlyMap<string, Impact>
  /** The time between the mark on their routes and their shutdown. */
  readonly drain: Seconds
}

/**
 * Plans by three configurations in between. First the new neighbours that are ready are added. Then the
 * routes of the ending sessions are marked (RFC 8326), and the peers get time to use other routes. Then
 * these sessions are shut down with a message to the peer (RFC 9003). The rest of the plan starts from
 * there, and so restores the settings of neighbours that stay.
 */
export function planGracefully(
  target: FrrConfig,
  current: FrrConfig,
  context: ComposeContext,
  graceful: GracefulShutdown,
): FrrPlan {
  const stage = (from: FrrConfig, to: FrrConfig): readonly PlannedStep[] =>
    compose(ownedConfig(to), from, { ...context, moved: undefined }).change
  const { ending, drain } = graceful
  const joined = withReady(target, current, graceful)
  const marked = withMarks(joined, ending)
  const shut = withEnding(marked, ending, (neighbor, vrf) =>
    shutDown(neighbor, target.blocks.get(vrf)),
  )
  const impact = worstImpact(ending.values())
  const { remove, change } = compose(target, shut, context)
  const drainSteps: readonly PlannedStep[] = [
    ...stage(joined, marked),
    { step: { do: 'pause', seconds: drain }, impact: 'none' },
    ...stage(marked, shut).map(({ step }) => ({ step, impact })),
  ]
  return {
    early: stage(current, joined),
    drain: ending.size === 0 ? [] : drainSteps,
    remove,
    change,
    effects: compose(target, current, context).effects,
  }
}

/** Adds the new neighbours that are ready, with the policies and profiles that they use. */
function withReady(
  target: FrrConfig,
  current: FrrConfig,
  { isReady }: GracefulShutdown,
): FrrConfig {
  const blocks = new Map(current.blocks)
  for (const [vrf, want] of target.blocks) {
    const have = current.blocks.get(vrf)
    if (have !== undefined && have.localAs !== want.localAs) continue
    const part = wantedPart(want, have)
    const ready = [...part.neighbors].filter(
      ([address]) => have?.neighbors.has(address) !== true && isReady(want.vrf, address),
    )
    if (ready.length === 0) continue
    const neighbors = new Map([...(have?.neighbors ?? []), ...ready])
    blocks.set(vrf, { ...(have ?? part), neighbors })
  }
  return {
    blocks,
    lists: new Map([...target.lists, ...current.lists]),
    maps: new Map([...target.maps, ...current.maps]),
    profiles: new Map([...target.profiles, ...current.profiles]),
  }
}

const DIRECTIONS = ['in', 'out'] as const
type Direction = (typeof DIRECTIONS)[number]

/**
 * Gives the ending sessions route maps of their own. FRR applies another map of a neighbour at once, but
 * a changed map only after `bgp route-map delay-timer` (5 s).
 */
function withMarks(from: FrrConfig, ending: GracefulShutdown['ending']): FrrConfig {
  const maps = new Map(from.maps)
  const marked = withEnding(from, ending, (neighbor) => {
    const families = [...neighbor.families].map(([family, statements]) => {
      const all = new Map(statements)
      for (const direction of DIRECTIONS) {
        const name = mapName(statements.get(`route-map ${direction}`), direction)
        const map = from.maps.get(name)
        if (map === undefined) continue
        const words = `route-map ${drainName(name)} ${direction}`
        const use = neighborStatement(neighbor.address, words, true)
        maps.set(drainName(name), markedMap(map, direction))
        all.set(use.slot, use)
      }
      return [family, all] as const
    })
    return changed(neighbor, { families: new Map(families) })
  })
  return { ...marked, maps }
}

function mapName(use: Statement | undefined, direction: Direction): string {
  return new RegExp(` route-map (\\S+) ${direction}$`).exec(use?.line ?? '')?.[1] ?? ''
}

function markedMap({ entries }: RouteMap, direction: Direction): RouteMap {
  const marked = [...entries].map(
    ([entry, statements]) => [entry, withMark(statements, direction)] as const,
  )
  return { text: '', entries: new Map(marked) }
}

/** The same mark that a policy gets from the intent's `drain`. */
function withMark(entry: Statements, direction: Direction): Statements {
  const known = entry.get('set community')?.line.replace(/ additive$/, '') ?? 'set community'
  const drained = known.split(' ').includes('graceful-shutdown')
  const line =
    direction === 'in'
      ? 'set local-preference 0'
      : `${known}${drained ? '' : ' graceful-shutdown'} additive`
  const statement = mapStatement(line)
  return new Map([...entry, [statement.slot, statement]])
}

/** Shuts a neighbour down with the intent's own message if it has one. */
function shutDown(neighbor: Neighbor, target: Block | undefined): Neighbor {
  const wanted = target?.neighbors.get(neighbor.address)
  const verb = wanted === undefined ? 'removes' : 'changes'
  const shutdown =
    wanted?.statements.get('shutdown') ??
    neighborStatement(neighbor.address, `shutdown message demarc ${verb} this session`, true)
  const statements = new Map([...neighbor.statements, [shutdown.slot, shutdown]])
  return changed(neighbor, { statements })
}

/** Changes demarc's neighbours whose sessions end. */
function withEnding(
  config: FrrConfig,
  ending: GracefulShutdown['ending'],
  change: (neighbor: Neighbor, vrf: string) => Neighbor,
): FrrConfig {
  const blocks = [...config.blocks].map(([vrf, block]) => {
    const neighbors = [...block.neighbors].map(([address, neighbor]) => {
      const ends = neighbor.owned && ending.has(neighborSubject(address, block.vrf))
      return [address, ends ? change(neighbor, vrf) : neighbor] as const
    })
    return [vrf, { ...block, neighbors: new Map(neighbors) }] as const
  })
  return { ...config, blocks: new Map(blocks) }
}
