import { refused, type Result } from '../base/result.js'
import type { HaveLink, LinkSysctl, WantLink } from '../model/link.js'
import type { Effect, FrrWaitStep, KernelStep, PlannedStep } from '../model/plan.js'
import { planAdditions } from './steps/additions.js'
import { findConflicts } from './survey/conflicts.js'
import { splitEarly } from './steps/make-before-break.js'
import { openLedger, type Disturbed } from './steps/ledger.js'
import { planRemovals } from './steps/removals.js'
import type { Subnet } from './survey/subnets.js'
import { indexLinks } from './survey/index-links.js'

/** The kernel's part of a plan: `early`, then `removals`, then `additions`. */
export interface LinkPlan {
  /** What can be made before anything is broken. */
  readonly early: readonly PlannedStep<KernelStep>[]
  readonly removals: readonly PlannedStep<KernelStep>[]
  readonly additions: readonly PlannedStep<KernelStep>[]
  /** The subnets that are there after `early` and stay. */
  readonly stableSubnets: readonly Subnet[]
  /** What zebra must have heard of before FRR is told to use it; null: nothing. */
  readonly earlyWait: FrrWaitStep | null
  readonly wait: FrrWaitStep | null
  readonly effects: readonly Effect[]
  readonly disturbed: readonly Disturbed[]
}

/** What a plan of links minds on its way. */
export interface LinkTerms {
  /**
   * Links that have their turn last in each class of steps, as far as none depends on them; what one
   * of them stands on or belongs to is among them as well.
   */
  readonly last?: ReadonlySet<string>
  /** Addresses of others that what is wanted got on with before, as `addressKey` has them. */
  readonly accepted?: ReadonlySet<string>
}

/**
 * The least that turns what the kernel has into what is wanted, or every reason why it must not be
 * done.
 */
export function planLinks(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
  { last = new Set(), accepted = new Set() }: LinkTerms = {},
): Result<LinkPlan> {
  const ledger = openLedger(indexLinks(want, have, sysctlDefaults, last))
  const clashes = findConflicts(ledger.landscape, accepted)
  planRemovals(ledger)
  const removals = ledger.steps.splice(0)
  planAdditions(ledger)
  const faults = [...clashes, ...ledger.faults]
  if (faults.length > 0) return refused(...faults)
  const { early, late, standing } = splitEarly(removals, ledger.steps, ledger.landscape)
  return {
    ok: true,
    value: {
      early,
      removals,
      additions: late,
      stableSubnets: standing,
      earlyWait: waitFor(early),
      wait: waitFor(late),
      effects: [...ledger.effects.values()],
      disturbed: ledger.disturbed,
    },
  }
}

/** VRFs, and links with addresses: BGP has no business with others. */
function waitFor(steps: readonly PlannedStep<KernelStep>[]): FrrWaitStep | null {
  const addressed = new Set<string>()
  for (const { step } of steps) {
    if (step.do === 'address-add') addressed.add(step.link)
  }
  const touched = steps.flatMap(({ step }) => (step.do === 'link-add' ? [step.link] : []))
  const vrfs = touched.filter(({ detail }) => detail.kind === 'vrf').map(({ name }) => name)
  const links = touched.map(({ name }) => name).filter((name) => addressed.has(name))
  return vrfs.length + links.length === 0 ? null : { do: 'frr-wait', links, vrfs }
}
