import { refused, type Result } from '../base/result.js'
import type { HaveLink, LinkSysctl, WantLink } from '../model/link.js'
import type { Effect, FrrWaitStep, PlannedStep } from '../model/plan.js'
import { planAdditions } from './additions.js'
import { findClashes } from './clash.js'
import { openLedger, type Disturbed } from './ledger.js'
import { planRemovals } from './removals.js'
import { surveyLinks } from './survey-links.js'

/** The kernel's part of a plan. All of `removals` comes before all of `additions`. */
export interface LinkPlan {
  readonly removals: readonly PlannedStep[]
  readonly additions: readonly PlannedStep[]
  /** What zebra must have heard of before FRR is told to use it; null: nothing. */
  readonly wait: FrrWaitStep | null
  /** The same for what `removals` takes away, so that an undo can give it back to FRR. */
  readonly waitBack: FrrWaitStep | null
  readonly effects: readonly Effect[]
  readonly disturbed: readonly Disturbed[]
}

/** The least that turns what the kernel has into what is wanted, or every reason why it must not be done. */
export function planLinks(
  want: readonly WantLink[],
  have: readonly HaveLink[],
  sysctlDefaults: LinkSysctl,
): Result<LinkPlan> {
  const ledger = openLedger(surveyLinks(want, have, sysctlDefaults))
  const clashes = findClashes(ledger.landscape)
  planRemovals(ledger)
  const removals = ledger.steps.splice(0)
  planAdditions(ledger)
  const additions = [...ledger.steps]
  const faults = [...clashes, ...ledger.faults]
  if (faults.length > 0) return refused(...faults)
  return {
    ok: true,
    value: {
      removals,
      additions,
      wait: waitFor(additions, 'link-add'),
      waitBack: waitFor(removals, 'link-delete'),
      effects: [...ledger.effects.values()],
      disturbed: ledger.disturbed,
    },
  }
}

/** VRFs, and links with addresses: BGP has no business with others. */
function waitFor(
  steps: readonly PlannedStep[],
  deed: 'link-add' | 'link-delete',
): FrrWaitStep | null {
  const addressed = new Set<string>()
  for (const { step } of steps) {
    if (step.do === 'address-add' || step.do === 'address-delete') addressed.add(step.link)
  }
  const touched = steps.flatMap(({ step }) => (step.do === deed ? [step.link] : []))
  const vrfs = touched.filter(({ detail }) => detail.kind === 'vrf').map(({ name }) => name)
  const links = touched.map(({ name }) => name).filter((name) => addressed.has(name))
  return vrfs.length + links.length === 0 ? null : { do: 'frr-wait', links, vrfs }
}
