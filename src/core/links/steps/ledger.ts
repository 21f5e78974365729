import { groupBy } from '../../base/group-by.js'
import { fault, type Fault } from '../../base/fault.js'
import { linkTarget, type PlanConflict } from '../../model/drift.js'
import type { HaveLink, LinkModeSettings, LinkSysctl } from '../../model/link.js'
import { kernelName, type InterfaceAddress } from '../../model/names.js'
import {
  isWorse,
  type Effect,
  type Impact,
  type KernelStep,
  type LinkSettings,
  type NewLink,
  type PlannedStep,
  type ProtectionStep,
  type VrfRuleStep,
} from '../../model/plan.js'
import { vrfOf } from '../../model/vrf.js'
import type { Reason } from './impact.js'
import { afterSettings, settingsBefore, stateOf, type LinkState } from '../survey/link-state.js'
import { subjectOf, type LinkIndex } from '../survey/link-index.js'

/** A subnet whose neighbours lose their session, in the VRF that it was in before the plan. */
export interface Disturbed extends Reason {
  readonly vrf: string | null
  readonly address: string
}

/** A link in a bond, bridge or VRF, with its MTU in octets. */
export type Member = Pick<HaveLink, 'name' | 'mtu'>

/**
 * A plan of links while it is made: its steps, their effects, the conflicts that forbid it, and the
 * state of every link after the steps so far. A method for a link that does not exist does nothing.
 */
export class Ledger {
  readonly index: LinkIndex
  readonly #states = new Map<string, LinkState>()
  readonly #effects = new Map<string, Effect>()
  readonly #disturbed: Disturbed[] = []
  readonly #conflicts: PlanConflict[] = []
  #steps: PlannedStep<KernelStep>[] = []

  /** Starts without steps: every link is as it was read. */
  constructor(index: LinkIndex) {
    this.index = index
    for (const link of index.have.values()) this.#states.set(link.name, stateOf(link))
  }

  /** The steps recorded since the last {@link takeSteps}. */
  get steps(): readonly PlannedStep<KernelStep>[] {
    return this.#steps
  }

  /** One for each subject, the worst. */
  get effects(): readonly Effect[] {
    return [...this.#effects.values()]
  }

  get disturbed(): readonly Disturbed[] {
    return this.#disturbed
  }

  get conflicts(): readonly PlanConflict[] {
    return this.#conflicts
  }

  /** Returns the steps recorded so far and starts a new list. */
  takeSteps(): readonly PlannedStep<KernelStep>[] {
    const steps = this.#steps
    this.#steps = []
    return steps
  }

  state(name: string): LinkState | undefined {
    return this.#states.get(name)
  }

  has(name: string): boolean {
    return this.#states.has(name)
  }

  isUp(name: string): boolean {
    return this.#states.get(name)?.up === true
  }

  /** The links in each bond, bridge or VRF after the steps so far, foreign ones included. */
  members(): ReadonlyMap<string, readonly Member[]> {
    const links = [...this.#states].map(([name, { mtu, master }]) => ({ name, mtu, master }))
    return groupBy(links, ({ master }) => master ?? undefined)
  }

  /** Notes what the kernel does to a link by itself: its state changes without a step. */
  assume(name: string, change: Partial<LinkState>): void {
    const state = this.#states.get(name)
    if (state !== undefined) this.#states.set(name, { ...state, ...change })
  }

  /** Plans a new link with the state it will have. */
  create(link: NewLink, state: LinkState, reason: Reason): void {
    this.#record({ do: 'link-add', link }, reason)
    this.#states.set(link.name, state)
  }

  /** Plans the removal of a link. `link` holds what a rollback needs to create it again. */
  delete(link: NewLink, reason: Reason): void {
    this.#record({ do: 'link-delete', link }, reason)
    this.#states.delete(link.name)
  }

  /** Plans one `link-set`. */
  set(name: string, to: LinkSettings, reason: Reason): void {
    const state = this.#states.get(name)
    if (state === undefined) return
    const from = settingsBefore(state, to)
    this.#record({ do: 'link-set', link: kernelName(name), to, from }, reason)
    this.#states.set(name, afterSettings(state, to))
  }

  setSysctl(
    name: string,
    to: Partial<LinkSysctl>,
    from: Partial<LinkSysctl>,
    reason: Reason,
  ): void {
    const state = this.#states.get(name)
    if (state === undefined) return
    this.#record({ do: 'sysctl-set', link: kernelName(name), to, from }, reason)
    this.#states.set(name, { ...state, sysctl: { ...state.sysctl, ...to } })
  }

  setModes(name: string, to: LinkModeSettings, from: LinkModeSettings, reason: Reason): void {
    this.#record({ do: 'link-modes-set', link: kernelName(name), to, from }, reason)
  }

  /** Plans a rule of the whole router. What that does to each VRF is noted apart. */
  changeRule(step: VrfRuleStep, impact: Impact): void {
    this.#steps.push({ step, impact })
  }

  /** Plans the limits of what a link sends, which need not exist. */
  changeProtection(step: ProtectionStep, reason: Reason): void {
    this.#record(step, reason)
  }

  /** Plans an address with demarc's mark. */
  addAddress(name: string, address: InterfaceAddress, reason: Reason): void {
    const state = this.#states.get(name)
    if (state === undefined) return
    this.#record({ do: 'address-add', link: kernelName(name), address }, reason)
    this.assume(name, { addresses: new Map([...state.addresses, [address, true]]) })
  }

  removeAddress(name: string, address: InterfaceAddress, reason: Reason): void {
    const state = this.#states.get(name)
    if (state === undefined) return
    this.#record({ do: 'address-delete', link: kernelName(name), address }, reason)
    const addresses = new Map(state.addresses)
    addresses.delete(address)
    this.assume(name, { addresses })
  }

  /** Removes an address that the intent no longer has; the neighbours in its subnet lose their session. */
  dropAddress(name: string, address: InterfaceAddress, reason: Reason): void {
    this.removeAddress(name, address, reason)
    this.#disturb(name, reason, (held) => held === address)
  }

  /** Notes an effect on a link that has no step of its own. */
  affect(name: string, { impact, why }: Reason): void {
    const subject = subjectOf(this.index, name)
    const known = this.#effects.get(subject)
    if (known === undefined || isWorse(impact, known.impact)) {
      this.#effects.set(subject, { subject, impact, why })
    }
  }

  /** Notes that the neighbours in all subnets that the link had before the plan lose their session. */
  disturb(name: string, reason: Reason): void {
    this.#disturb(name, reason, () => true)
  }

  /** Notes that something foreign at `at` forbids the steps on `link`. */
  conflict(link: string, at: string, message: string): void {
    this.refuse(link, fault('NOT_OWNED', at, message))
  }

  /** Notes a reason why the steps on `link` must not be done. */
  refuse(link: string, why: Fault): void {
    this.#conflicts.push({ fault: why, targets: [linkTarget(link)] })
  }

  #disturb(name: string, reason: Reason, isLost: (address: string) => boolean): void {
    const link = this.index.have.get(name)
    if (link === undefined) return
    const vrf = vrfOf(this.index.have, link)
    for (const { address } of link.addresses) {
      if (isLost(address)) this.#disturbed.push({ vrf, address, ...reason })
    }
  }

  #record(step: KernelStep, reason: Reason): void {
    this.#steps.push({ step, impact: reason.impact })
    this.affect(typeof step.link === 'string' ? step.link : step.link.name, reason)
  }
}
