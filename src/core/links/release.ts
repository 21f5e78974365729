import type { HaveLink } from '../model/link.js'
import type { KernelStep, PlannedStep } from '../model/plan.js'
import { isOurs } from '../model/own-link.js'
import { RULE_FAMILIES, type VrfRules } from '../model/vrf.js'
import { kernelName } from '../model/names.js'
import { NO_VRF } from './steps/vrf-rules.js'
import { marked, markSteps } from './mark.js'

/** Plans the removal of demarc's marks from all links, addresses and rules, which stay as they are and become foreign. */
export function releaseLinks(
  have: readonly HaveLink[],
  rules?: VrfRules,
): readonly PlannedStep<KernelStep>[] {
  return [
    ...have.flatMap((link) => markSteps(link, released(link))),
    ...(rules === undefined ? [] : releasedRules(have, rules)),
  ]
}

/** A rule of demarc's stays for the VRFs that stay; the step is named after the first of them. */
function releasedRules(
  have: readonly HaveLink[],
  rules: VrfRules,
): readonly PlannedStep<KernelStep>[] {
  const vrf = have.find(({ detail }) => detail.kind === 'vrf')?.name
  return RULE_FAMILIES.filter((family) => rules[family] === 'own').map((family) => ({
    step: {
      do: 'vrf-rule-mark',
      link: vrf === undefined ? NO_VRF : kernelName(vrf),
      family,
      to: 'foreign',
      from: 'own',
    },
    impact: 'none',
  }))
}

function released(link: HaveLink): HaveLink {
  return marked(link, {
    alias: isOurs(link) ? null : link.alias,
    protocolOf: ({ protocol, owned }) => (owned ? 0 : protocol),
  })
}
