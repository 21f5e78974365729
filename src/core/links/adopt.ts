import { fault, type Fault } from '../base/fault.js'
import { faultsOf, refused, type Result } from '../base/result.js'
import {
  ADDRESS_PROTOCOL,
  ALIAS_MARK,
  type HaveLink,
  type LinkSysctl,
  type WantLink,
} from '../model/link.js'
import type { Effect, KernelStep, PlannedStep } from '../model/plan.js'
import { isSameCreation } from './survey/link-actions.js'
import { isOurs } from '../model/own-link.js'
import { foreignAddresses } from './survey/link-index.js'
import { planLinks, type LinkPlan, type LinkTerms } from './plan.js'
import { marked, markSteps, mastersFirst } from './mark.js'

/** The links as they will be once those that match the want are demarc's, and how they get there. */
interface Adoption {
  readonly have: readonly HaveLink[]
  readonly marks: readonly PlannedStep<KernelStep>[]
  readonly effects: readonly Effect[]
}

/**
 * Takes over what the want describes: a link of the same name and kind (and VLAN id, parent, table),
 * and the very addresses wanted on a wanted link. Marking is all it does; what else differs is for
 * the plan that starts from there, and what does not match stays foreign.
 */
function adoptLinks(want: readonly WantLink[], have: readonly HaveLink[]): Adoption {
  const wanted = new Map(want.map((link) => [link.name as string, link]))
  const pairs = have.map((link) => ({ link, after: taken(link, wanted.get(link.name)) }))
  const touched = pairs
    .toSorted((a, b) => mastersFirst(a.link, b.link))
    .map(({ link, after }) => ({ after, steps: markSteps(link, after) }))
    .filter(({ steps }) => steps.length > 0)
  return {
    have: pairs.map(({ after }) => after),
    marks: touched.flatMap(({ steps }) => steps),
    effects: touched.map(({ after }) => ({
      subject: after.alias?.startsWith(ALIAS_MARK)
        ? after.alias.slice(ALIAS_MARK.length)
        : `port ${after.name}`,
      impact: 'none',
      why: 'is taken over',
    })),
  }
}

function taken(link: HaveLink, wanted: WantLink | undefined): HaveLink {
  if (wanted === undefined) return link
  const matches =
    wanted.alias !== null && !isOurs(link) && isSameCreation(link.detail, wanted.detail)
  const carries = wanted.alias === null || matches || isOurs(link)
  if (!carries) return link
  const addresses = new Set<string>(wanted.addresses)
  return marked(link, {
    alias: matches ? wanted.alias : link.alias,
    protocolOf: ({ address, protocol, leased }) =>
      addresses.has(address) && leased !== true ? ADDRESS_PROTOCOL : protocol,
  })
}

/** The plan of a want that also takes over what matches it: marks first. */
export function planAdoption(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  terms: LinkTerms = {},
): Result<LinkPlan> {
  const adopted = adoptLinks(want, have)
  const plan = planLinks(want, adopted.have, sysctlDefaults, terms)
  const left = leftOut(want, have, adopted.have)
  if (!plan.ok || left.length > 0) return refused(...left, ...faultsOf(plan))
  const { early, effects } = plan.value
  return {
    ok: true,
    value: {
      ...plan.value,
      early: [...adopted.marks, ...early],
      effects: [...effects, ...adopted.effects],
    },
  }
}

/**
 * Members of a link that is taken over which the want does not name. Once it is demarc's the
 * ordinary plan would end their membership, and taking over must take nothing away.
 */
function leftOut(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  adopted: readonly HaveLink[],
): readonly Fault[] {
  const wanted = new Map(want.map((link) => [link.name as string, link]))
  const before = new Map(have.map((link) => [link.name, link]))
  const fresh = new Map(
    adopted
      .filter((link) => isOurs(link) && before.get(link.name)?.alias !== link.alias)
      .map((link) => [link.name, link]),
  )
  return have.flatMap((member) => {
    const master = fresh.get(member.master ?? '')
    if (master === undefined || wanted.get(member.name)?.master === master.name) return []
    const stays = master.detail.kind === 'vrf' && !wanted.has(member.name)
    if (stays && foreignAddresses(member).length > 0) return []
    const text = `belongs to ${master.name}, which ${master.alias?.slice(ALIAS_MARK.length)} would take over without it; name it in the intent, or take it out of ${master.name}`
    return [fault('NOT_OWNED', member.name, text)]
  })
}
