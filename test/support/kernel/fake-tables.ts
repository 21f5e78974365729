import type { HaveProtections, Protection } from '../../../src/core/model/link.js'
import type { KernelStep, ProtectionStep, VrfRuleStep } from '../../../src/core/model/plan.js'
import type { VrfRules } from '../../../src/core/model/vrf.js'
import { FakeRules } from './fake-rules.js'

type TableStep = VrfRuleStep | ProtectionStep

export function isTableStep(step: KernelStep): step is TableStep {
  return 'family' in step || step.do === 'protection-set'
}

/** What a kernel keeps besides its links: rules, and the limits of links, which need not exist. */
export class FakeTables {
  readonly #rules = new FakeRules()
  readonly #limits = new Map<string, Protection>()

  all(): { readonly vrfRules: VrfRules; readonly protections: HaveProtections } {
    const found = [...this.#limits].map(([link, protection]) => ({ link, protection }))
    return { vrfRules: this.#rules.all(), protections: { found, unavailable: null } }
  }

  change(step: TableStep): void {
    if ('family' in step) this.#rules.change(step)
    else if (step.to === null) this.#limits.delete(step.link)
    else this.#limits.set(step.link, step.to)
  }
}
