import type { BgpInstance, BgpNeighbor } from '../../model/bgp.js'
import type { Result } from '../../base/result.js'
import { withoutConflicts, type Draft } from '../../model/drift.js'
import type {
  ConfigNode,
  ConfigTree,
  Effect,
  FrrPlan,
  HaveFrr,
  PlannedStep,
} from '../../model/plan.js'
import { neighborSubject } from '../../model/names.js'
import { description } from '../names.js'
import type { GracefulShutdown } from './graceful.js'
import { draftFrr } from './plan.js'
import type { MovedNeighbors } from './steps.js'
import { blockHeader, readBlock, type Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import { normalAddress } from '../read/statement.js'
import { leaf } from '../tree.js'

/** FRR as it is once the neighbours that match the want have demarc's mark, and the steps that set it. */
interface FrrAdoption {
  readonly have: HaveFrr
  readonly marks: readonly PlannedStep[]
  readonly effects: readonly Effect[]
}

/** A neighbour of FRR, and the wanted one that it matches. */
interface Match {
  readonly present: Neighbor
  readonly wanted: BgpNeighbor
}

/**
 * Plans a want that also adopts the neighbours that match it: same VRF, local AS, address and peer AS, and
 * in no peer group. Adoption sets demarc's description. Other differences are left to the plan that starts
 * from there.
 */
export function planFrrAdoption(
  want: readonly BgpInstance[],
  have: HaveFrr,
  graceful: GracefulShutdown | null = null,
): Result<FrrPlan> {
  return withoutConflicts(draftFrrAdoption(want, have, graceful))
}

/** As {@link planFrrAdoption}, with a plan also where there are conflicts. */
export function draftFrrAdoption(
  want: readonly BgpInstance[],
  have: HaveFrr,
  graceful: GracefulShutdown | null = null,
  moved?: MovedNeighbors,
): Draft<FrrPlan> {
  const adopted = adopt(want, have)
  const { plan, conflicts } = draftFrr(want, adopted.have, graceful, moved)
  return {
    plan: {
      ...plan,
      early: [...adopted.marks, ...plan.early],
      effects: [...plan.effects, ...adopted.effects],
    },
    conflicts,
  }
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
    return withDescriptions(node, matches)
  })
  return { have: { ...have, bgpd: bgpd ?? null }, marks, effects }
}

function matchesIn(block: Block, want: readonly BgpInstance[]): readonly Match[] {
  const instance = want.find(({ vrf, localAs }) => vrf === block.vrf && localAs === block.localAs)
  return (instance?.neighbors ?? []).flatMap((wanted) => {
    const present = block.neighbors.get(wanted.address)
    return present !== undefined && isAdoptable(present, wanted) ? [{ present, wanted }] : []
  })
}

/** A description with other characters could not be entered again by a rollback. */
function isAdoptable(present: Neighbor, wanted: BgpNeighbor): boolean {
  const { statements } = present
  const sameAs =
    statements.get('remote-as')?.line === `neighbor ${wanted.address} remote-as ${wanted.peerAs}`
  const grouped = [...statements.keys()].some((slot) => slot.startsWith('peer-group '))
  const isAscii = /^[\x20-\x7e]*$/.test(statements.get('description')?.line ?? '')
  return !present.owned && sameAs && !grouped && isAscii
}

function effectOf(block: Block, { wanted }: Match): Effect {
  return {
    subject: neighborSubject(wanted.address, block.vrf),
    impact: 'none',
    why: 'is adopted',
  }
}

function descriptionLine({ wanted }: Match): string {
  return `neighbor ${wanted.address} description ${description(wanted)}`
}

function markStep(block: Block, matches: readonly Match[]): PlannedStep {
  const lines = [blockHeader(block), ...matches.map(descriptionLine), 'exit']
  return { step: { do: 'frr', daemon: 'bgpd', lines }, impact: 'none' }
}

function withDescriptions(node: ConfigNode, matches: readonly Match[]): ConfigNode {
  const adopted = new Set<string>(matches.map(({ wanted }) => wanted.address))
  const kept: ConfigTree = node.children.filter(({ line }) => {
    const name = /^neighbor (\S+) description /.exec(line)?.[1]
    return name === undefined || !adopted.has(normalAddress(name))
  })
  return { ...node, children: [...kept, ...matches.map(descriptionLine).map(leaf)] }
}
