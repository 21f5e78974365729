import { ok, type Result } from '../../base/result.js'
import type { BgpInstance, BgpNeighbor } from '../../model/bgp.js'
import type {
  ConfigNode,
  ConfigTree,
  Effect,
  FrrPlan,
  HaveFrr,
  PlannedStep,
} from '../../model/plan.js'
import { neighborSubject } from '../../model/subject.js'
import { description } from '../names.js'
import type { GracefulShutdown } from './graceful.js'
import { planFrr } from './plan.js'
import { blockHeader, readBlock, type Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import { normalAddress } from '../read/statement.js'
import { leaf } from '../tree.js'

/** FRR as it will be once the neighbours that match the want are demarc's, and how it gets there. */
interface FrrAdoption {
  readonly have: HaveFrr
  readonly marks: readonly PlannedStep[]
  readonly effects: readonly Effect[]
}

/** A neighbour of FRR's and what the intent says about it. */
interface Match {
  readonly there: Neighbor
  readonly wanted: BgpNeighbor
}

/**
 * The plan of a want that also takes over the neighbours which match it: same VRF, local AS, address
 * and peer AS, and in no peer group. They get demarc's description; what else differs is for the
 * plan that starts from there.
 */
export function planFrrAdoption(
  want: readonly BgpInstance[],
  have: HaveFrr,
  passage: GracefulShutdown | null = null,
): Result<FrrPlan> {
  const adopted = adopt(want, have)
  const plan = planFrr(want, adopted.have, passage)
  if (!plan.ok) return plan
  const { early, effects } = plan.value
  return ok({
    ...plan.value,
    early: [...adopted.marks, ...early],
    effects: [...effects, ...adopted.effects],
  })
}

function adopt(want: readonly BgpInstance[], have: HaveFrr): FrrAdoption {
  const marks: PlannedStep[] = []
  const effects: Effect[] = []
  const bgpd = have.bgpd?.map((node) => {
    const block = readBlock(node)
    const matches = block === undefined ? [] : matchesIn(block, want)
    if (block === undefined || matches.length === 0) return node
    marks.push(markStep(block, matches))
    effects.push(...matches.map((match) => effectOf(block, match)))
    return describedAnew(node, matches)
  })
  return { have: { ...have, bgpd: bgpd ?? null }, marks, effects }
}

function matchesIn(block: Block, want: readonly BgpInstance[]): readonly Match[] {
  const instance = want.find(({ vrf, localAs }) => vrf === block.vrf && localAs === block.localAs)
  return (instance?.neighbors ?? []).flatMap((wanted) => {
    const there = block.neighbors.get(wanted.address)
    return there !== undefined && fits(there, wanted) ? [{ there, wanted }] : []
  })
}

/** A description that could not be typed back would be lost to an undo. */
function fits(there: Neighbor, wanted: BgpNeighbor): boolean {
  const { statements } = there
  const sameAs =
    statements.get('remote-as')?.line === `neighbor ${wanted.address} remote-as ${wanted.peerAs}`
  const grouped = [...statements.keys()].some((slot) => slot.startsWith('peer-group '))
  const typeable = /^[\x20-\x7e]*$/.test(statements.get('description')?.line ?? '')
  return !there.owned && sameAs && !grouped && typeable
}

function effectOf(block: Block, { wanted }: Match): Effect {
  return {
    subject: neighborSubject(wanted.address, block.vrf),
    impact: 'none',
    why: 'is taken over',
  }
}

function describedAs({ wanted }: Match): string {
  return `neighbor ${wanted.address} description ${description(wanted)}`
}

function markStep(block: Block, matches: readonly Match[]): PlannedStep {
  const lines = [blockHeader(block), ...matches.map(describedAs), 'exit']
  return { step: { do: 'frr', daemon: 'bgpd', lines }, impact: 'none' }
}

function describedAnew(node: ConfigNode, matches: readonly Match[]): ConfigNode {
  const taken = new Set<string>(matches.map(({ wanted }) => wanted.address))
  const kept: ConfigTree = node.children.filter(({ line }) => {
    const name = /^neighbor (\S+) description /.exec(line)?.[1]
    return name === undefined || !taken.has(normalAddress(name))
  })
  return { ...node, children: [...kept, ...matches.map(describedAs).map(leaf)] }
}
