import { vlanSlot } from '../../model/link.js'
import type { KernelStep, PlannedStep } from '../../model/plan.js'
import { vrfOf } from '../../model/vrf.js'
import { parentOf, type LinkIndex } from '../survey/link-index.js'
import { lengthsOf, openSubnetSet, type SubnetSet, type Subnet } from '../survey/subnets.js'

/** Additions in two parts, before and after the removals. */
export interface SplitAdditions {
  readonly early: readonly PlannedStep<KernelStep>[]
  readonly late: readonly PlannedStep<KernelStep>[]
  /** The subnets that exist after the early additions and stay. */
  readonly stableSubnets: readonly Subnet[]
}

/**
 * Make before break: moves the additions that are independent of all steps before them in front of the
 * removals. These are new links, their sysctls, and addresses, on links that no other step touches. An
 * addition that is deferred holds back later ones that may depend on it.
 */
export function splitEarly(
  removals: readonly PlannedStep<KernelStep>[],
  additions: readonly PlannedStep<KernelStep>[],
  index: LinkIndex,
): SplitAdditions {
  const deferred = new Deferred(index, [...removals, ...additions])
  for (const { step } of removals) deferred.add(step)
  const early: PlannedStep<KernelStep>[] = []
  const late: PlannedStep<KernelStep>[] = []
  for (const planned of additions) {
    const { step } = planned
    if (deferred.isIndependent(step)) early.push(planned)
    else {
      late.push(planned)
      deferred.add(step)
    }
  }
  return { early, late, stableSubnets: stableSubnets(index, early, deferred) }
}

/** Steps on which no other one depends. */
const NEEDS_NO_LINK: readonly KernelStep['do'][] = ['sysctl-set', 'protection-set']

/** The steps that are not early, as far as others may depend on them. */
class Deferred {
  readonly #index: LinkIndex
  readonly #touched = new Set<string>()
  readonly #addresses: SubnetSet

  /** `all` holds every step that will be added or asked about. */
  constructor(index: LinkIndex, all: readonly PlannedStep<KernelStep>[]) {
    this.#index = index
    this.#addresses = openSubnetSet(
      lengthsOf(all.flatMap(({ step }) => ('address' in step ? [step.address] : []))),
    )
  }

  add(step: KernelStep): void {
    if (step.do === 'address-add' || step.do === 'address-delete') {
      this.#addresses.add({ vrf: vrfOfStep(this.#index, step), address: step.address })
    } else if (!NEEDS_NO_LINK.includes(step.do) && !('family' in step)) {
      this.#touched.add(typeof step.link === 'string' ? step.link : step.link.name)
    }
  }

  /** Whether the step can be done before all that were added. */
  isIndependent(step: KernelStep): boolean {
    // A rule depends on no link.
    if ('family' in step) return true
    // Limits are there before their link; they go after it.
    if (step.do === 'protection-set') return step.to !== null
    if (step.do === 'link-add') {
      return this.isUntouched(step.link.name) && !isTaken(this.#index, step.link)
    }
    if (step.do === 'sysctl-set') {
      return !this.#index.have.has(step.link) && this.isUntouched(step.link)
    }
    if (step.do !== 'address-add' || !this.isUntouched(step.link)) return false
    return !this.overlaps({ vrf: vrfOfStep(this.#index, step), address: step.address })
  }

  /** Whether no added step touches the link, its parent or its master. */
  isUntouched(name: string): boolean {
    if (this.#touched.has(name)) return false
    const { want, have } = this.#index
    const links = [want.get(name), have.get(name)].filter((link) => link !== undefined)
    return links
      .flatMap((link) => [parentOf(link), link.master])
      .every((below) => below === null || this.isUntouched(below))
  }

  /** Whether an added step adds or removes an address that shares the subnet. */
  overlaps(subnet: Subnet): boolean {
    return this.#addresses.overlaps(subnet)
  }
}

type AddressStep = Extract<KernelStep, { do: 'address-add' | 'address-delete' }>

/** The VRF that an address is removed from or added to. */
function vrfOfStep({ want, have }: LinkIndex, step: AddressStep): string | null {
  const links = step.do === 'address-add' ? want : have
  const link = links.get(step.link)
  return link === undefined ? null : vrfOf(links, link)
}

/** Whether an existing link has the name, the VLAN id or the table that only one link can have. */
function isTaken(
  { have, vlans }: LinkIndex,
  { name, detail }: Extract<KernelStep, { do: 'link-add' }>['link'],
): boolean {
  if (have.has(name)) return true
  if (detail.kind === 'vlan') {
    return (vlans.get(detail.parent) ?? []).some(
      (link) => link.detail.kind === 'vlan' && vlanSlot(link.detail) === vlanSlot(detail),
    )
  }
  if (detail.kind !== 'vrf') return false
  return [...have.values()].some(
    (link) => link.detail.kind === 'vrf' && link.detail.table === detail.table,
  )
}

function stableSubnets(
  index: LinkIndex,
  early: readonly PlannedStep<KernelStep>[],
  deferred: Deferred,
): readonly Subnet[] {
  const { want, have } = index
  const added = early.flatMap(({ step }) =>
    step.do === 'address-add' ? [{ vrf: vrfOfStep(index, step), address: step.address }] : [],
  )
  const present = [...have.values()].flatMap((link) =>
    want.has(link.name) && deferred.isUntouched(link.name)
      ? link.addresses.map(({ address }) => ({ vrf: vrfOf(have, link), address }))
      : [],
  )
  return [...present.filter((subnet) => !deferred.overlaps(subnet)), ...added]
}
