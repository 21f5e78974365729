import type { KernelStep, PlannedStep } from '../../model/plan.js'
import { vrfOf } from '../../model/vrf.js'
import type { LinkIndex } from './link-index.js'
import { findSubnet, type Subnet } from './subnets.js'

/** A subnet that a plan gives to a link that has not had it. */
export interface MovedSubnet extends Subnet {
  readonly link: string
  /** Whether no link of its VRF has it before the plan. */
  readonly isNew: boolean
}

/** The subnets that these steps give to links that have not had them. */
export function movedSubnets(
  steps: readonly PlannedStep<KernelStep>[],
  { want, have }: Pick<LinkIndex, 'want' | 'have'>,
): readonly MovedSubnet[] {
  const held = [...have.values()].flatMap((link) =>
    link.addresses.map(({ address }) => ({ vrf: vrfOf(have, link), address, link: link.name })),
  )
  const findHeld = findSubnet(held)
  return steps.flatMap(({ step }) => {
    if (step.do !== 'address-add') return []
    const { link: name, address } = step
    const link = want.get(name)
    const vrf = link === undefined ? null : vrfOf(want, link)
    const before = findHeld(vrf, address.slice(0, address.indexOf('/')))
    return before?.link === name ? [] : [{ link: name, vrf, address, isNew: before === undefined }]
  })
}
