import { LIMITS, TEXT_LIMITS, cutText } from '../wire/limits.js'
import { never } from '../base/never.js'
import {
  ADDRESS_PROTOCOL,
  vlanSlot,
  type LinkDetail,
  type LinkModeSettings,
  type LinkSysctl,
  type Protection,
} from '../model/link.js'
import type { LinkSettings, Plan, ProtectionStep, Step, VrfRuleStep } from '../model/plan.js'
import type { PlanSummary } from '../wire/messages.js'

/** A plan for people, cut at the wire's limits; the counts are those of the whole plan. */
export function summarize(plan: Plan): PlanSummary {
  return {
    impact: plan.impact,
    steps: plan.steps.slice(0, LIMITS.planLines).map(({ step, impact }) => ({
      description: cutText(describeStep(step), TEXT_LIMITS.step),
      impact,
    })),
    effects: plan.effects.slice(0, LIMITS.planLines).map((effect) => ({ ...effect })),
    stepCount: plan.steps.length,
    effectCount: plan.effects.length,
  }
}

/** One step for people, in the imperative. A secret appears as its digest only. */
export function describeStep(step: Step): string {
  if ('address' in step) return describeAddress(step)
  if ('family' in step) return describeRule(step)
  if (step.do === 'protection-set') return describeProtection(step)
  if ('to' in step) return `set ${step.link}: ${changes(flat(step.to), flat(step.from))}`
  switch (step.do) {
    case 'link-add':
      return `create ${describeDetail(step.link.detail)} ${step.link.name}${inMaster(step.link.master)}`
    case 'link-delete':
      return `delete ${describeDetail(step.link.detail)} ${step.link.name}`
    case 'frr':
      return `${step.daemon}: ${step.lines.map((line) => line.trim()).join(' / ')}`
    case 'frr-wait':
      return `wait until FRR knows ${[...step.vrfs, ...step.links].join(', ')}`
    case 'pause':
      return `wait ${step.seconds} s for the peers to move their traffic`
    default:
      return never(step)
  }
}

function describeRule(step: VrfRuleStep): string {
  const rule = `the rule that drops packets without a route in their VRF (${step.family})`
  if (step.do === 'vrf-rule-mark') {
    return `mark ${rule} as ${step.to === 'own' ? '' : 'not '}demarc's`
  }
  return step.do === 'vrf-rule-add' ? `add ${rule}` : `remove ${rule}`
}

function describeProtection({ link, to, from }: ProtectionStep): string {
  if (to === null) return `remove the limits of what ${link} sends`
  const values = (limits: Protection) =>
    Object.entries(limits)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')
  const before = from === null ? '' : ` (before: ${values(from)})`
  return `limit what ${link} sends: ${values(to)}${before}`
}

type AddressStep = Extract<Step, { address: unknown }>

function describeAddress(step: AddressStep): string {
  const { address, link } = step
  if ('to' in step) {
    return `mark ${address} on ${link} as ${step.to === ADDRESS_PROTOCOL ? '' : 'not '}demarc's`
  }
  return step.do === 'address-add' ? `add ${address} to ${link}` : `remove ${address} from ${link}`
}

function describeDetail(detail: LinkDetail): string {
  return detail.kind === 'vlan' ? `${vlanSlot(detail, 'on')} as` : detail.kind
}

function inMaster(master: string | null): string {
  return master === null ? '' : ` in ${master}`
}

type Settings = LinkSettings & LinkModeSettings & Partial<LinkSysctl>

function flat({ bond, bridge, bridgePort, ...plain }: Settings): object {
  return { ...plain, ...bond, ...bridge, ...bridgePort }
}

/** A step that changes nothing sets again what the kernel may have changed by itself. */
function changes(to: object, from: object): string {
  const before = new Map<string, unknown>(Object.entries(from))
  const settings = Object.entries(to).map(([key, value]) => ({
    key,
    old: JSON.stringify(before.get(key)),
    next: JSON.stringify(value),
  }))
  const changed = settings.filter(({ old, next }) => old !== next)
  if (changed.length === 0) return settings.map(({ key, next }) => `keep ${key} ${next}`).join(', ')
  return changed.map(({ key, old, next }) => `${key} ${old} → ${next}`).join(', ')
}
