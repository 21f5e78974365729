import type { KernelStep, PlannedStep } from '../../model/plan.js'
import { vrfOf } from '../../model/vrf.js'
import { parentOf, type LinkIndex } from '../survey/link-index.js'
import { lengthsOf, openSubnetSet, type SubnetSet, type Subnet } from '../survey/subnets.js'

/** Additions in two parts, and the subnets that stand between the first part and the removals. */
export interface Split {
  readonly early: readonly PlannedStep<KernelStep>[]
  readonly late: readonly PlannedStep<KernelStep>[]
  readonly standing: readonly Subnet[]
}

/**
 * Make before break: the additions that nothing before them concerns go in front of the removals.
 * These are new links, their sysctls, and addresses, on links that no other step touches. What
 * stays behind is kept in mind, because a later addition may depend on it.
 */
export function splitEarly(
  removals: readonly PlannedStep<KernelStep>[],
  additions: readonly PlannedStep<KernelStep>[],
  landscape: LinkIndex,
): Split {
  const behind = openBehind(landscape, [...removals, ...additions])
  for (const { step } of removals) behind.take(step)
  const early: PlannedStep<KernelStep>[] = []
  const late: PlannedStep<KernelStep>[] = []
  for (const planned of additions) {
    const { step } = planned
    if (behind.isFree(step)) early.push(planned)
    else {
      late.push(planned)
      behind.take(step)
    }
  }
  return { early, late, standing: standing(landscape, early, behind) }
}

/** The steps that are not early, as far as they decide about others. */
interface Behind {
  readonly take: (step: KernelStep) => void
  /** Whether the step can be done before all that were taken. */
  readonly isFree: (step: KernelStep) => boolean
  /** Whether none of them touches the link or what it stands on or belongs to. */
  readonly isCalm: (name: string) => boolean
  readonly addresses: SubnetSet
}

function openBehind(landscape: LinkIndex, all: readonly PlannedStep<KernelStep>[]): Behind {
  const { want, have } = landscape
  const busy = new Set<string>()
  const addresses = openSubnetSet(
    lengthsOf(all.flatMap(({ step }) => ('address' in step ? [step.address] : []))),
  )

  function isCalm(name: string): boolean {
    if (busy.has(name)) return false
    const links = [want.get(name), have.get(name)].filter((link) => link !== undefined)
    return links
      .flatMap((link) => [parentOf(link), link.master])
      .every((below) => below === null || isCalm(below))
  }

  return {
    take(step) {
      if (step.do === 'address-add' || step.do === 'address-delete') {
        addresses.add({ vrf: vrfNow(landscape, step), address: step.address })
      } else if (step.do !== 'sysctl-set') {
        busy.add(typeof step.link === 'string' ? step.link : step.link.name)
      }
    },
    isFree(step) {
      if (step.do === 'link-add') return isCalm(step.link.name) && !isTaken(landscape, step.link)
      if (step.do === 'sysctl-set') return !have.has(step.link) && isCalm(step.link)
      if (step.do !== 'address-add' || !isCalm(step.link)) return false
      return !addresses.overlaps({ vrf: vrfNow(landscape, step), address: step.address })
    },
    isCalm,
    addresses,
  }
}

type AddressStep = Extract<KernelStep, { do: 'address-add' | 'address-delete' }>

/** An address that goes is in the VRF of old, one that comes in the wanted one. */
function vrfNow({ want, have }: LinkIndex, step: AddressStep): string | null {
  const links = step.do === 'address-add' ? want : have
  const link = links.get(step.link)
  return link === undefined ? null : vrfOf(links, link)
}

/** Whether a link that is there has what only one can have. */
function isTaken(
  { have, stacked }: LinkIndex,
  { name, detail }: Extract<KernelStep, { do: 'link-add' }>['link'],
): boolean {
  if (have.has(name)) return true
  if (detail.kind === 'vlan') {
    return (stacked.get(detail.parent) ?? []).some(
      (link) => link.detail.kind === 'vlan' && link.detail.vlanId === detail.vlanId,
    )
  }
  if (detail.kind !== 'vrf') return false
  return [...have.values()].some(
    (link) => link.detail.kind === 'vrf' && link.detail.table === detail.table,
  )
}

function standing(
  landscape: LinkIndex,
  early: readonly PlannedStep<KernelStep>[],
  { isCalm, addresses }: Behind,
): readonly Subnet[] {
  const { want, have } = landscape
  const came = early.flatMap(({ step }) =>
    step.do === 'address-add' ? [{ vrf: vrfNow(landscape, step), address: step.address }] : [],
  )
  const stay = [...have.values()].flatMap((link) =>
    want.has(link.name) && isCalm(link.name)
      ? link.addresses.map(({ address }) => ({ vrf: vrfOf(have, link), address }))
      : [],
  )
  return [...stay.filter((subnet) => !addresses.overlaps(subnet)), ...came]
}
