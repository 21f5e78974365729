import type { Effect } from '../../model/plan.js'
import { neighborSubject } from '../../model/names.js'
import type { Block } from '../read/block.js'
import { sameNeighbor, type Neighbor } from '../read/neighbor.js'
import {
  BLOCK_IMPACT,
  FAMILY_IMPACT,
  neighborImpact,
  UNKNOWN_IMPACT,
  type ImpactRule,
} from './impact.js'
import { FAMILIES, type Family } from '../names.js'
import { isOrigin, type Statements } from '../read/statement.js'
import { sameAs } from './commands.js'
import { listenRange } from './listen-range.js'
import { renewsNeighbor } from './renewal.js'

/** What the effects depend on besides the two states. */
export interface EffectScope {
  /** FRR's, as `8.4.4`. */
  readonly version: string
  /** Names of lists and maps whose content changes while a neighbour uses them. */
  readonly policies: ReadonlySet<string>
  /** Addresses of neighbours that are removed and made anew, because they come to another link. */
  readonly anew: ReadonlySet<string>
}

const NOTHING: Statements = new Map()

/** The effects on the neighbours of a block, and on the router for settings that concern all of them. */
export function blockEffects(
  from: Block | undefined,
  to: Block | undefined,
  scope: EffectScope,
): Effect[] {
  const addresses = new Set([...keys(from?.neighbors), ...keys(to?.neighbors)])
  const subject = (address: string) => neighborSubject(address, (from ?? to)?.vrf ?? null)
  const renumbered = from !== undefined && to !== undefined && from.localAs !== to.localAs
  const own = [...addresses].flatMap((address) => {
    const pair = [from?.neighbors.get(address), to?.neighbors.get(address)] as const
    const happenings = neighborEffects(...pair, scope).map((happening) =>
      pair[1] === undefined ? { ...happening, why: removal(from, address) } : happening,
    )
    if (renumbered && pair.every((neighbor) => neighbor !== undefined)) {
      happenings.push({ impact: 'session-reset', why: 'local AS changes' })
    }
    return happenings.map((effect) => ({ subject: subject(address), ...effect }))
  })
  return [...own, ...sharedEffects(from, to)]
}

/** A removed neighbour inside a `bgp listen range` may come back by itself. */
function removal(from: Block | undefined, address: string): string {
  const range = from === undefined ? undefined : listenRange(from, address)
  const gone = 'the neighbour is removed'
  if (range === undefined) return gone
  return `${gone}; \`${range}\` lets it come back with the policy of that group`
}

function keys(map: ReadonlyMap<string, unknown> | undefined): Iterable<string> {
  return map?.keys() ?? []
}

type Happening = Omit<Effect, 'subject'>

function neighborEffects(
  from: Neighbor | undefined,
  to: Neighbor | undefined,
  scope: EffectScope,
): Happening[] {
  if (from === undefined) return [{ impact: 'none', why: 'the neighbour is added' }]
  if (to === undefined) return [{ impact: 'traffic-loss', why: 'the neighbour is removed' }]
  if (scope.anew.has(to.address)) return [renewal(from, ON_NEW_LINK)]
  if (sameNeighbor(from, to) && !usesAny(to, scope.policies)) return []
  if (!sameAs(from, to)) return [{ impact: 'session-reset', why: 'peer AS changes' }]
  const reason = renewsNeighbor(from, to)
  if (reason !== undefined) {
    return [renewal(from, `because FRR may not take \`${reason}\` away by itself`)]
  }
  const happenings = [
    ...settings(from.statements, to.statements, (slot) => neighborImpact(slot, scope.version)),
    ...FAMILIES.flatMap((family) => familyEffects(from, to, family, scope.policies)),
  ]
  // A neighbour that is shut down has no session to disturb.
  const isDown = from.statements.has('shutdown')
  return isDown ? happenings.map(({ why }) => ({ impact: 'none', why })) : happenings
}

const ON_NEW_LINK = 'because FRR would leave its BFD on the link of before'

function renewal(from: Neighbor, reason: string): Happening {
  const impact = from.statements.has('shutdown') ? 'none' : 'session-reset'
  return { impact, why: `it is made anew, ${reason}` }
}

function usesAny(neighbor: Neighbor, policies: ReadonlySet<string>): boolean {
  if (policies.size === 0) return false
  if (neighbor.text === '') return neighbor.families.size > 0
  return [...neighbor.text.matchAll(/^route-map (\S+) /gm)].some(([, name = '']) =>
    policies.has(name),
  )
}

function familyEffects(
  from: Neighbor,
  to: Neighbor,
  family: Family,
  policies: ReadonlySet<string>,
): Happening[] {
  const before = from.families.get(family) ?? NOTHING
  const after = to.families.get(family) ?? NOTHING
  const rule = (slot: string) => FAMILY_IMPACT[slot] ?? UNKNOWN_IMPACT
  const edited = [...after.values()]
    .filter(({ slot, line }) => before.get(slot)?.line === line)
    .filter(({ line }) => policies.has(/ route-map (\S+) /.exec(line)?.[1] ?? ''))
    .map(({ slot }): Happening => ({ impact: 'soft', why: `${rule(slot).name} changes` }))
  return [...settings(before, after, rule), ...edited].map(({ impact, why }) => ({
    impact,
    why: `${family}: ${why}`,
  }))
}

function settings(
  from: Statements,
  to: Statements,
  rule: (slot: string) => ImpactRule,
): Happening[] {
  const removed = [...from.values()].filter(({ slot }) => !to.has(slot))
  const added = [...to.values()].filter(({ slot, line }) => from.get(slot)?.line !== line)
  const changed = (slot: string) => (from.has(slot) ? 'change' : 'set')
  return [
    ...removed.map(({ slot }) => happeningOf(slot, rule(slot), 'unset')),
    ...added.map(({ slot }) => happeningOf(slot, rule(slot), changed(slot))),
  ]
}

const VERBS = { set: 'is set', change: 'changes', unset: 'is removed' } as const

function happeningOf(slot: string, rule: ImpactRule, verb: keyof typeof VERBS): Happening {
  const name = rule === UNKNOWN_IMPACT ? `\`${slot}\`` : rule.name
  return { impact: rule[verb], why: `${name} ${VERBS[verb]}` }
}

/** Settings of the whole block. A reset concerns the neighbours that exist before and after. */
function sharedEffects(from: Block | undefined, to: Block | undefined): Effect[] {
  if (from === undefined || to === undefined) return []
  const stay = [...from.neighbors.keys()].filter((address) => to.neighbors.has(address))
  const block = settings(from.statements, to.statements, blockRule).flatMap((happening) =>
    stay.map((address) => ({ subject: neighborSubject(address, to.vrf), ...happening })),
  )
  const families = FAMILIES.flatMap((family) =>
    settings(from.families.get(family) ?? NOTHING, to.families.get(family) ?? NOTHING, blockRule),
  )
  return [...block, ...families.map((happening) => ({ subject: 'router', ...happening }))]
}

function blockRule(slot: string): ImpactRule {
  return BLOCK_IMPACT[isOrigin(slot) ? (slot.split(' ')[0] ?? '') : slot] ?? UNKNOWN_IMPACT
}
