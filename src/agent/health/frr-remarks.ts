import { contains, parseCidr, parseIp } from '../../core/base/ip.js'
import { frrDriftItems, policyLines } from '../../core/frr/drift-keys.js'
import { blockRemarks } from '../../core/frr/diff/block-remarks.js'
import { planFrr } from '../../core/frr/plan/plan.js'
import type { BgpInstance } from '../../core/model/bgp.js'
import type { HaveFrr, Want } from '../../core/model/plan.js'
import type { FrrRemark, ShownNeighbor } from '../../core/model/state.js'
import type { Intent } from '../../core/wire/intent.js'
import { routeRemarks, type RoutesByVrf } from './route-remarks.js'

/** What FRR has, as far as it was read. */
export interface FrrFacts {
  readonly neighbors: readonly ShownNeighbor[]
  readonly routes: RoutesByVrf
}

/** What FRR does otherwise than the intent says, besides what its configuration shows. */
export function frrRemarks(
  intent: Intent | null,
  want: Want | null,
  { neighbors, routes }: FrrFacts,
): readonly FrrRemark[] {
  return [...listenRanges(intent, neighbors), ...routeRemarks(want?.bgp ?? [], neighbors, routes)]
}

/** What the configuration of FRR shows of that. */
export function configRemarks(want: Want | null, config: HaveFrr | null): readonly FrrRemark[] {
  const instances = want?.bgp ?? []
  if (instances.length === 0 || config === null || config.bgpd === null) return []
  return [...settings(instances, config), ...policyDrift(instances, config)]
}

function settings(instances: readonly BgpInstance[], config: HaveFrr): readonly FrrRemark[] {
  return blockRemarks(instances, config).map(({ severity, sentence }) => ({
    code: severity === 'critical' ? 'BGP_INTENT_OVERRIDDEN' : 'BGP_FOREIGN_SETTING',
    message: `${sentence}.`,
  }))
}

/** Lines that one sentence names. */
const LINES_SHOWN = 3

/**
 * Prefix lists and route maps of demarc that are not as the intent says, or that a neighbour does not have, so that FRR may accept
 * or announce more: as far as no repair has been made.
 */
function policyDrift(instances: readonly BgpInstance[], config: HaveFrr): readonly FrrRemark[] {
  const plan = planFrr(instances, config)
  if (!plan.ok) return []
  const { early, drain, remove, change } = plan.value
  const repair = [...early, ...drain, ...remove, ...change].flatMap(({ step }) =>
    step.do === 'frr' && frrDriftItems(step).length > 0 ? step.lines : [],
  )
  const lines = policyLines(repair)
  if (lines.length === 0) return []
  const more = lines.length > LINES_SHOWN ? ` and ${lines.length - LINES_SHOWN} more` : ''
  const named = lines.slice(0, LINES_SHOWN).map((line) => `\`${line}\``)
  const message = `FRR's filters are not what the intent says, so it may accept or announce other routes; the repair would be ${named.join(', ')}${more}: see "demarc status" for why it is not made.`
  return [{ code: 'BGP_POLICY_DRIFT', message }]
}

/** Sessions that a listen range lets in on the subnet of an attachment, where the intent has no such neighbour. */
function listenRanges(
  intent: Intent | null,
  neighbors: readonly ShownNeighbor[],
): readonly FrrRemark[] {
  const dynamic = neighbors.filter(({ listenRange }) => listenRange !== null)
  if (dynamic.length === 0) return []
  const subnets = (intent?.attachments ?? []).flatMap(({ name, l3 }) =>
    (l3?.addresses ?? []).flatMap((text) => {
      const subnet = parseCidr(text)
      return subnet === undefined ? [] : [{ name, subnet }]
    }),
  )
  return dynamic.flatMap(({ address, listenRange, peerGroup }) => {
    const ip = parseIp(address)
    const at = subnets.find(({ subnet }) => ip !== undefined && contains(subnet, ip))
    if (at === undefined) return []
    const message = `FRR lets in BGP from ${address}, on the subnet of attachment ${at.name}, by the listen range ${listenRange ?? ''} of peer group ${peerGroup ?? ''}; the intent has no such neighbor, and the policy of that group counts for its routes. Remove the listen range in FRR, or make it exclude ${address}.`
    return [{ code: 'LISTEN_RANGE_NEIGHBOR' as const, message }]
  })
}
