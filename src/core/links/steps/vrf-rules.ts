import { kernelName } from '../../model/names.js'
import { isOurs } from '../../model/own-link.js'
import type { HaveLink } from '../../model/link.js'
import { RULE_FAMILIES, type RuleFamily, type VrfRules } from '../../model/vrf.js'
import { REASONS } from './impact.js'
import type { Ledger } from './ledger.js'

/** What a plan knows of the rules that close VRFs. */
export interface VrfRuleTerms {
  readonly have: VrfRules
  /** The rules to return to; null: what the wanted VRFs need. */
  readonly before: VrfRules | null
  /**
   * The rule closes every VRF of the router. false: it is not added beside VRFs that demarc did not make,
   * because nobody accepted its impact on them.
   */
  readonly mayCloseForeign: boolean
}

/** Stands for a VRF where the router has a rule of demarc's and no VRF. */
export const NO_VRF = kernelName('vrf')

/** Plans the rules that are missing, before any VRF is made. */
export function closeVrfs(ledger: Ledger, terms: VrfRuleTerms): void {
  const vrfs = [...ledger.index.have.values()].filter(isVrf)
  if (!terms.mayCloseForeign && vrfs.some((link) => !isOurs(link))) return
  const link = vrfNames(ledger)[0]
  if (link === undefined) return
  for (const family of RULE_FAMILIES) {
    if (terms.have[family] !== 'absent' || !isWanted(ledger, terms, family)) continue
    ledger.changeRule({ do: 'vrf-rule-add', link, family }, REASONS.created.impact)
    for (const { name } of vrfs) ledger.affect(name, REASONS.vrfClosed)
  }
}

/** Plans that demarc's rules go with the last VRF that needs them. */
export function openVrfs(ledger: Ledger, terms: VrfRuleTerms): void {
  const link = vrfNames(ledger)[0] ?? NO_VRF
  for (const family of RULE_FAMILIES) {
    if (terms.have[family] !== 'own' || isWanted(ledger, terms, family)) continue
    ledger.changeRule({ do: 'vrf-rule-delete', link, family }, REASONS.created.impact)
  }
}

function isWanted({ index }: Ledger, { before }: VrfRuleTerms, family: RuleFamily): boolean {
  if (before !== null) return before[family] !== 'absent'
  return [...index.want.values()].some(({ detail }) => detail.kind === 'vrf')
}

/** demarc's VRFs, the wanted ones first: a rule's step is named after one of them. */
function vrfNames({ index }: Ledger) {
  const wanted = [...index.want.values()].filter(({ detail }) => detail.kind === 'vrf')
  const present = [...index.have.values()].filter(isVrf).filter(isOurs)
  return [...wanted, ...present].map(({ name }) => kernelName(name))
}

function isVrf({ detail }: HaveLink): boolean {
  return detail.kind === 'vrf'
}
