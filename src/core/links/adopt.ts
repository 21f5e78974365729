import { fault, type Fault } from '../base/fault.js'
import type { Result } from '../base/result.js'
import { withoutConflicts, type Draft } from '../model/drift.js'
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
import { draftLinks, type LinkPlan, type LinkTerms } from './plan.js'
import { marked, markSteps, mastersFirst } from './mark.js'

/** The links as they are once those that match have demarc's marks, and the steps that set these. */
interface Adoption {
  readonly have: readonly HaveLink[]
  readonly marks: readonly PlannedStep<KernelStep>[]
  readonly effects: readonly Effect[]
}

/**
 * Adopts what matches the want: a link of the same name, kind, parent, VLAN id and table, and the wanted
 * addresses on wanted links. Adoption only sets marks. Other differences are left to the plan that
 * starts from there, and what does not match stays foreign.
 */
function adoptLinks(want: readonly WantLink[], have: readonly HaveLink[]): Adoption {
  const wanted = new Map(want.map((link) => [link.name as string, link]))
  const pairs = have.map((link) => ({ link, after: adopted(link, wanted.get(link.name)) }))
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
      why: 'is adopted',
    })),
  }
}

function adopted(link: HaveLink, wanted: WantLink | undefined): HaveLink {
  if (wanted === undefined) return link
  const matches =
    wanted.alias !== null && !isOurs(link) && isSameCreation(link.detail, wanted.detail)
  const maySetMarks = wanted.alias === null || matches || isOurs(link)
  if (!maySetMarks) return link
  const addresses = new Set<string>(wanted.addresses)
  return marked(link, {
    alias: matches ? wanted.alias : link.alias,
    protocolOf: ({ address, protocol, leased }) =>
      addresses.has(address) && leased !== true ? ADDRESS_PROTOCOL : protocol,
  })
}

/** Plans a want that also adopts what matches it; the marks come first. */
export function planAdoption(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  terms: LinkTerms = {},
): Result<LinkPlan> {
  return withoutConflicts(draftAdoption(want, have, sysctlDefaults, terms))
}

/** As {@link planAdoption}, with a plan also where there are conflicts. */
export function draftAdoption(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  terms: LinkTerms = {},
): Draft<LinkPlan> {
  const adoption = adoptLinks(want, have)
  const { plan, conflicts } = draftLinks(want, adoption.have, sysctlDefaults, terms)
  const omitted = omittedMembers(want, have, adoption.have)
  return {
    plan: {
      ...plan,
      early: [...adoption.marks, ...plan.early],
      effects: [...plan.effects, ...adoption.effects],
    },
    conflicts: [...omitted.map((found) => ({ fault: found, targets: [] })), ...conflicts],
  }
}

/**
 * A fault for each member of an adopted link that the want does not name. The plan would end its
 * membership, and adoption must not take anything away.
 */
function omittedMembers(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  after: readonly HaveLink[],
): readonly Fault[] {
  const wanted = new Map(want.map((link) => [link.name as string, link]))
  const before = new Map(have.map((link) => [link.name, link]))
  const masters = new Map(
    after
      .filter((link) => isOurs(link) && before.get(link.name)?.alias !== link.alias)
      .map((link) => [link.name, link]),
  )
  return have.flatMap((member) => {
    const master = masters.get(member.master ?? '')
    if (master === undefined || wanted.get(member.name)?.master === master.name) return []
    const stays = master.detail.kind === 'vrf' && !wanted.has(member.name)
    if (stays && foreignAddresses(member).length > 0) return []
    const text = `is in ${master.name}, which ${master.alias?.slice(ALIAS_MARK.length)} would adopt without it; name it in the intent, or take it out of ${master.name}`
    return [fault('NOT_OWNED', member.name, text)]
  })
}
