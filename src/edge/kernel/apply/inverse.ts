import { never } from '../../../core/base/never.js'
import type { KernelStep, VrfRuleStep } from '../../../core/model/plan.js'

/** The kernel step that reverts another one. */
export function inverseOf(step: KernelStep): KernelStep {
  if ('family' in step) return inverseOfRule(step)
  if ('to' in step) return inverseOfSetting(step)
  switch (step.do) {
    case 'link-add':
      return { ...step, do: 'link-delete' }
    case 'link-delete':
      return { ...step, do: 'link-add' }
    case 'address-add':
      return { ...step, do: 'address-delete' }
    case 'address-delete':
      return { ...step, do: 'address-add' }
    default:
      return never(step)
  }
}

type SettingStep = Exclude<Extract<KernelStep, { to: unknown }>, VrfRuleStep>

function inverseOfSetting(step: SettingStep): SettingStep {
  switch (step.do) {
    case 'link-set':
      return { ...step, to: step.from, from: step.to }
    case 'address-mark':
      return { ...step, to: step.from, from: step.to }
    case 'link-modes-set':
      return { ...step, to: step.from, from: step.to }
    case 'protection-set':
      return { ...step, to: step.from, from: step.to }
    case 'sysctl-set':
      return { ...step, to: step.from, from: step.to }
    default:
      return never(step)
  }
}

function inverseOfRule(step: VrfRuleStep): VrfRuleStep {
  if (step.do === 'vrf-rule-mark') return { ...step, to: step.from, from: step.to }
  return { ...step, do: step.do === 'vrf-rule-add' ? 'vrf-rule-delete' : 'vrf-rule-add' }
}
