import { worstImpact, type FrrPlan, type Impact, type PlannedStep } from '../../model/plan.js'
import { neighborSubject } from '../../model/subject.js'
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
import { compose, type Around } from './steps.js'

/** What makes the way from one configuration to another a gentle one. */
export interface GracefulShutdown {
  /** Whether the subnet of this neighbour is there before anything is broken, and stays. */
  readonly isReady: (vrf: string | null, address: string) => boolean
  /** The sessions to drain, `neighbor 10.0.0.1`, and what the plan does to them. */
  readonly leaving: ReadonlyMap<string, Impact>
  /** s between the mark on their routes and their shutdown. */
  readonly drain: number
}

/**
 * The difference by way of what stands between: new neighbours come first. Then the routes of the
 * sessions that end are marked (RFC 8326), the peers get time to leave them, and the sessions are
 * shut down with a word to the peer (RFC 9003). The rest starts from there, so that what stays gets
 * its own settings back.
 */
export function planGracefully(
  target: FrrConfig,
  found: FrrConfig,
  around: Around,
  passage: GracefulShutdown,
): FrrPlan {
  const stage = (from: FrrConfig, to: FrrConfig): readonly PlannedStep[] =>
    compose(ownedConfig(to), from, around).change
  const { leaving, drain } = passage
  const joined = withReady(target, found, passage)
  const marked = withMarks(joined, leaving)
  const shut = withLeaving(marked, leaving, (neighbor, vrf) =>
    shutDown(neighbor, target.blocks.get(vrf)),
  )
  const impact = worstImpact(leaving.values())
  const { remove, change } = compose(target, shut, around)
  return {
    early: stage(found, joined),
    drain:
      leaving.size === 0
        ? []
        : [
            ...stage(joined, marked),
            { step: { do: 'pause', seconds: drain }, impact: 'none' },
            ...stage(marked, shut).map(({ step }) => ({ step, impact })),
          ],
    remove,
    change,
    effects: compose(target, found, around).effects,
  }
}

/** With the new neighbours that can be reached already, and the policies and profiles they use. */
function withReady(target: FrrConfig, found: FrrConfig, { isReady }: GracefulShutdown): FrrConfig {
  const blocks = new Map(found.blocks)
  for (const [vrf, want] of target.blocks) {
    const have = found.blocks.get(vrf)
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
    lists: new Map([...target.lists, ...found.lists]),
    maps: new Map([...target.maps, ...found.maps]),
    profiles: new Map([...target.profiles, ...found.profiles]),
  }
}

/**
 * With maps of their own for the sessions that end: FRR reads the routes anew at once where a
 * neighbour gets another map, and only after `bgp route-map delay-timer` (5 s) where a map changes.
 */
function withMarks(from: FrrConfig, leaving: GracefulShutdown['leaving']): FrrConfig {
  const maps = new Map(from.maps)
  const marked = withLeaving(from, leaving, (neighbor) => {
    const families = [...neighbor.families].map(([family, statements]) => {
      const all = new Map(statements)
      for (const way of ['in', 'out'] as const) {
        const name = mapName(statements.get(`route-map ${way}`), way)
        const map = from.maps.get(name)
        if (map === undefined) continue
        maps.set(drainName(name), markedMap(map, way))
        const use = neighborStatement(neighbor.address, `route-map ${drainName(name)} ${way}`, true)
        all.set(use.slot, use)
      }
      return [family, all] as const
    })
    return changed(neighbor, { families: new Map(families) })
  })
  return { ...marked, maps }
}

function mapName(use: Statement | undefined, way: 'in' | 'out'): string {
  return new RegExp(` route-map (\\S+) ${way}$`).exec(use?.line ?? '')?.[1] ?? ''
}

function markedMap({ entries }: RouteMap, way: 'in' | 'out'): RouteMap {
  return {
    text: '',
    entries: new Map([...entries].map(([entry, it]) => [entry, mark(it, way)])),
  }
}

/** What the intent's `drain` does to a policy. */
function mark(entry: Statements, way: 'in' | 'out'): Statements {
  const known = entry.get('set community')?.line.replace(/ additive$/, '') ?? 'set community'
  const drained = known.split(' ').includes('graceful-shutdown')
  const line =
    way === 'in'
      ? 'set local-preference 0'
      : `${known}${drained ? '' : ' graceful-shutdown'} additive`
  const statement = mapStatement(line)
  return new Map([...entry, [statement.slot, statement]])
}

/** A message of the intent's own is the better one. */
function shutDown(neighbor: Neighbor, target: Block | undefined): Neighbor {
  const wanted = target?.neighbors.get(neighbor.address)
  const word = wanted === undefined ? 'removes' : 'changes'
  const shutdown =
    wanted?.statements.get('shutdown') ??
    neighborStatement(neighbor.address, `shutdown message demarc ${word} this session`, true)
  const statements = new Map([...neighbor.statements, [shutdown.slot, shutdown]])
  return changed(neighbor, { statements })
}

/** With other settings of those of demarc's neighbours whose sessions end. */
function withLeaving(
  survey: FrrConfig,
  leaving: GracefulShutdown['leaving'],
  change: (neighbor: Neighbor, vrf: string) => Neighbor,
): FrrConfig {
  const blocks = [...survey.blocks].map(([vrf, block]) => {
    const neighbors = [...block.neighbors].map(([address, neighbor]) => {
      const ends = neighbor.owned && leaving.has(neighborSubject(address, block.vrf))
      return [address, ends ? change(neighbor, vrf) : neighbor] as const
    })
    return [vrf, { ...block, neighbors: new Map(neighbors) }] as const
  })
  return { ...survey, blocks: new Map(blocks) }
}
