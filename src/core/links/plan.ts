import type { Result } from '../base/result.js'
import { withoutConflicts, type Draft } from '../model/drift.js'
import type { ForeignPaths } from '../model/foreign-paths.js'
import type { HaveLink, LinkSysctl, WantLink } from '../model/link.js'
import type { Effect, FrrWaitStep, KernelStep, PlannedStep } from '../model/plan.js'
import { planAdditions } from './steps/additions.js'
import {
  addressKey,
  findConflicts,
  findTakenAddresses,
  type AddressConflict,
} from './survey/conflicts.js'
import { splitEarly } from './steps/make-before-break.js'
import { CascadingLedger } from './steps/cascade.js'
import type { Disturbed } from './steps/ledger.js'
import { closeVrfs, openVrfs, type VrfRuleTerms } from './steps/vrf-rules.js'
import { planRemovals } from './steps/removals.js'
import { movedSubnets, type MovedSubnet } from './survey/moved-subnets.js'
import type { Subnet } from './survey/subnets.js'
import { takenPaths } from './survey/taken-paths.js'
import { limitLinks, unlimitLinks, type ProtectionTerms } from './protections.js'
import { indexLinks } from './survey/index-links.js'

/** The kernel's part of a plan: `early`, then `removals`, then `additions`. */
export interface LinkPlan {
  /** What can be made before anything is broken. */
  readonly early: readonly PlannedStep<KernelStep>[]
  readonly removals: readonly PlannedStep<KernelStep>[]
  readonly additions: readonly PlannedStep<KernelStep>[]
  /** The subnets that exist after `early` and stay. */
  readonly stableSubnets: readonly Subnet[]
  /** The subnets that come to a link that has not had them. */
  readonly moved: readonly MovedSubnet[]
  /** What zebra must know of before FRR uses it; null: nothing. */
  readonly earlyWait: FrrWaitStep | null
  readonly wait: FrrWaitStep | null
  readonly effects: readonly Effect[]
  readonly disturbed: readonly Disturbed[]
}

/** What a plan of links takes into account besides the wanted and the observed links. */
export interface LinkTerms {
  /**
   * Links that come last in each class of steps, unless another link depends on them. The set holds the
   * parents and masters of its links as well.
   */
  readonly last?: ReadonlySet<string>
  /** Foreign addresses that are no conflict, as keys made by `addressKey`. */
  readonly accepted?: ReadonlySet<string>
  /** Paths of packets that the plan must not take over; null: not asked. */
  readonly paths?: ForeignPaths | null
  /** The rules that close VRFs; undefined: they are left as they are. */
  readonly vrfRules?: VrfRuleTerms | undefined
  /** The limits of links in bridges; undefined: they are left as they are. */
  readonly protections?: ProtectionTerms | undefined
}

/**
 * Plans the fewest steps that turn the observed links into the wanted ones. The faults are all conflicts
 * with what is foreign or missing.
 */
export function planLinks(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  terms: LinkTerms = {},
): Result<LinkPlan> {
  return withoutConflicts(draftLinks(want, have, sysctlDefaults, terms))
}

/** As {@link planLinks}, with a plan also where there are conflicts. It leaves out an address that something foreign has. */
export function draftLinks(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  { last = new Set(), accepted = new Set(), paths = null, vrfRules, protections }: LinkTerms = {},
): Draft<LinkPlan> {
  const index = indexLinks(want, have, sysctlDefaults, last)
  const taken = [
    ...findTakenAddresses(index, accepted),
    ...(paths === null ? [] : takenPaths(index, paths)),
  ]
  const free = taken.length === 0 ? want : withoutTaken(want, have, taken)
  const ledger = new CascadingLedger(
    taken.length === 0 ? index : indexLinks(free, have, sysctlDefaults, last),
  )
  planRemovals(ledger)
  if (vrfRules !== undefined) openVrfs(ledger, vrfRules)
  const removals = ledger.takeSteps()
  if (vrfRules !== undefined) closeVrfs(ledger, vrfRules)
  limitLinks(ledger, protections)
  planAdditions(ledger)
  unlimitLinks(ledger, protections)
  const { early, late, stableSubnets } = splitEarly(removals, ledger.steps, ledger.index)
  return {
    plan: {
      early,
      removals,
      additions: late,
      stableSubnets,
      moved: movedSubnets([...early, ...late], ledger.index),
      earlyWait: waitFor(early),
      wait: waitFor(late),
      effects: ledger.effects,
      disturbed: ledger.disturbed,
    },
    conflicts: [
      ...findConflicts(index),
      ...taken.map(({ fault }) => ({ fault, targets: [] })),
      ...ledger.conflicts,
    ],
  }
}

/** A taken address that demarc has on the link already stays there. */
function withoutTaken(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  taken: readonly AddressConflict[],
): readonly WantLink[] {
  const left = new Set(taken.map(({ link, address }) => addressKey(link, address)))
  const held = new Set(
    have.flatMap(({ name, addresses }) =>
      addresses.filter(({ owned }) => owned).map(({ address }) => addressKey(name, address)),
    ),
  )
  const isLeft = (key: string) => left.has(key) && !held.has(key)
  return want.map((link) => ({
    ...link,
    addresses: link.addresses.filter((address) => !isLeft(addressKey(link.name, address))),
  }))
}

/** BGP uses VRFs, and links with addresses; zebra must know the new ones first. */
function waitFor(steps: readonly PlannedStep<KernelStep>[]): FrrWaitStep | null {
  const addressed = new Set<string>()
  for (const { step } of steps) {
    if (step.do === 'address-add') addressed.add(step.link)
  }
  const added = steps.flatMap(({ step }) => (step.do === 'link-add' ? [step.link] : []))
  const vrfs = added.filter(({ detail }) => detail.kind === 'vrf').map(({ name }) => name)
  const links = added.map(({ name }) => name).filter((name) => addressed.has(name))
  return vrfs.length + links.length === 0 ? null : { do: 'frr-wait', links, vrfs }
}
