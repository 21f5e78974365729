import { never } from '../base/never.js'
import type { KernelStep } from './plan.js'

/** The kernel step that reverts another one. */
export function inverseOf(step: KernelStep): KernelStep {
  switch (step.do) {
    case 'link-add':
      return { ...step, do: 'link-delete' }
    case 'link-delete':
      return { ...step, do: 'link-add' }
    case 'address-add':
      return { ...step, do: 'address-delete' }
    case 'address-delete':
      return { ...step, do: 'address-add' }
    case 'link-set':
      return { ...step, to: step.from, from: step.to }
    case 'address-mark':
      return { ...step, to: step.from, from: step.to }
    case 'sysctl-set':
      return { ...step, to: step.from, from: step.to }
    default:
      return never(step)
  }
}
