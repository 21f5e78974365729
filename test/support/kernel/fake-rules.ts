import type { VrfRuleStep } from '../../../src/core/model/plan.js'
import type { RuleFamily, RuleOwner, VrfRule, VrfRules } from '../../../src/core/model/vrf.js'

/** The kernel's word for a step that it does not take. */
export class Refusal extends Error {}

/** The rules that close VRFs, in a kernel that keeps state. */
export class FakeRules {
  /** `ipv4 own`. */
  readonly #rules = new Set<`${RuleFamily} ${RuleOwner}`>()

  all(): VrfRules {
    const of = (family: RuleFamily): VrfRule =>
      (['own', 'foreign'] as const).find((owner) => this.#rules.has(`${family} ${owner}`)) ??
      'absent'
    return { ipv4: of('ipv4'), ipv6: of('ipv6') }
  }

  change(step: VrfRuleStep): void {
    const { family } = step
    if (step.do !== 'vrf-rule-mark') {
      if (step.do === 'vrf-rule-add') this.#add(family, 'own')
      else this.#remove(family, 'own')
      return
    }
    if (!this.#rules.has(`${family} ${step.from}`)) throw new Refusal('ENOENT')
    this.#add(family, step.to)
    this.#remove(family, step.from)
  }

  /** A rule is added once, and only one that is there can be removed. */
  #add(family: RuleFamily, owner: RuleOwner): void {
    if (this.#rules.has(`${family} ${owner}`)) throw new Refusal('EEXIST')
    this.#rules.add(`${family} ${owner}`)
  }

  #remove(family: RuleFamily, owner: RuleOwner): void {
    if (!this.#rules.delete(`${family} ${owner}`)) throw new Refusal('ENOENT')
  }
}
