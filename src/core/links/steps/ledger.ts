import { fault, type Fault } from '../../base/fault.js'
import type { HaveLink, LinkSysctl } from '../../model/link.js'
import type { Ifname, InterfaceAddress } from '../../model/names.js'
import {
  isWorse,
  type Effect,
  type KernelStep,
  type LinkSettings,
  type PlannedStep,
} from '../../model/plan.js'
import { vrfOf } from '../../model/vrf.js'
import type { Reason } from './impact.js'
import { subjectOf, type LinkIndex } from '../survey/link-index.js'

/** A link as it stands after the steps planned so far, the kernel's own side effects included. */
export interface LinkNow {
  readonly detail: HaveLink['detail']
  readonly alias: string | null
  readonly mtu: number
  /** false after a release from a bond: the kernel puts back an MTU that it does not show. */
  readonly mtuKnown: boolean
  readonly up: boolean
  readonly master: string | null
  /** Each address, and whether it is ours. */
  readonly addresses: ReadonlyMap<InterfaceAddress, boolean>
  readonly sysctl: LinkSysctl
}

/** A subnet whose neighbours lose their session, in the VRF where it was. */
export interface Disturbed extends Reason {
  readonly vrf: string | null
  readonly address: string
}

/**
 * The plan while it is being written: steps, what they do to whom, what stands in their way, and
 * the state of every link after them.
 */
export interface Ledger {
  readonly landscape: LinkIndex
  readonly now: Map<string, LinkNow>
  readonly steps: PlannedStep<KernelStep>[]
  readonly effects: Map<string, Effect>
  readonly disturbed: Disturbed[]
  readonly faults: Fault[]
}

/** No steps yet: every link stands as it was read. */
export function openLedger(landscape: LinkIndex): Ledger {
  const now = new Map<string, LinkNow>()
  for (const link of landscape.have.values()) {
    now.set(link.name, {
      detail: link.detail,
      alias: link.alias,
      mtu: link.mtu,
      mtuKnown: true,
      up: link.up,
      master: link.master,
      addresses: new Map(link.addresses.map(({ address, owned }) => [address, owned])),
      sysctl: link.sysctl,
    })
  }
  return { landscape, now, steps: [], effects: new Map(), disturbed: [], faults: [] }
}

/** Every name and address of the kernel's is a valid one in the step that gives it back. */
export function asIfname(name: string): Ifname {
  return name as Ifname
}

/** Adds a step and what it does to the link's subject; of two impacts on one subject the worse stays. */
export function record(ledger: Ledger, step: KernelStep, reason: Reason): void {
  ledger.steps.push({ step, impact: reason.impact })
  affect(ledger, typeof step.link === 'string' ? step.link : step.link.name, reason)
}

/** Something happens to a link without a step of its own. Only the worst is told. */
export function affect(ledger: Ledger, link: string, { impact, why }: Reason): void {
  const subject = subjectOf(ledger.landscape, link)
  const known = ledger.effects.get(subject)
  if (known === undefined || isWorse(impact, known.impact)) {
    ledger.effects.set(subject, { subject, impact, why })
  }
}

/** The neighbours in all subnets the link had, or in the one given, lose their session. */
export function disturb(ledger: Ledger, name: string, reason: Reason, only?: string): void {
  const link = ledger.landscape.have.get(name)
  if (link === undefined) return
  const vrf = vrfOf(ledger.landscape.have, link)
  for (const { address } of link.addresses) {
    if (only === undefined || only === address) ledger.disturbed.push({ vrf, address, ...reason })
  }
}

/** Notes what is not demarc's and stands in the way: there will be no plan. */
export function clash(ledger: Ledger, at: string, message: string): void {
  ledger.faults.push(fault('NOT_OWNED', at, message))
}

/** What a link is after the steps so far; nothing where it is not there. */
export function change(ledger: Ledger, name: string, to: Partial<LinkNow>): void {
  const before = ledger.now.get(name)
  if (before !== undefined) ledger.now.set(name, { ...before, ...to })
}

/** One `link-set`; `from` is read off the state before it. */
export function set(ledger: Ledger, name: string, to: LinkSettings, reason: Reason): void {
  const now = ledger.now.get(name)
  if (now === undefined) return
  const from = settingsBefore(now, to)
  record(ledger, { do: 'link-set', link: asIfname(name), to, from }, reason)
  const { bond, stp, ...plain } = to
  const detail = detailAfter(now.detail, bond, stp)
  change(ledger, name, {
    ...plain,
    detail,
    ...(to.mtu === undefined ? {} : { mtuKnown: true }),
  } as Partial<LinkNow>)
}

function settingsBefore(now: LinkNow, to: LinkSettings): LinkSettings {
  const { detail } = now
  const from: Record<string, unknown> = {}
  for (const key of ['alias', 'mtu', 'up', 'master'] as const) if (key in to) from[key] = now[key]
  if (to.bond !== undefined && detail.kind === 'bond') {
    const { options } = detail
    const keys = Object.keys(to.bond) as (keyof typeof options)[]
    from['bond'] = Object.fromEntries(keys.map((key) => [key, options[key]]))
  }
  if (to.stp !== undefined && detail.kind === 'bridge') from['stp'] = detail.stp
  return from
}

function detailAfter(
  detail: LinkNow['detail'],
  bond: LinkSettings['bond'],
  stp: boolean | undefined,
): LinkNow['detail'] {
  if (detail.kind === 'bond' && bond !== undefined) {
    return { ...detail, options: { ...detail.options, ...bond } }
  }
  return detail.kind === 'bridge' && stp !== undefined ? { ...detail, stp } : detail
}

/** Adds it as demarc's own; nothing where the link is not there. */
export function addAddress(
  ledger: Ledger,
  name: string,
  address: InterfaceAddress,
  reason: Reason,
): void {
  const now = ledger.now.get(name)
  if (now === undefined) return
  record(ledger, { do: 'address-add', link: asIfname(name), address }, reason)
  change(ledger, name, { addresses: new Map([...now.addresses, [address, true]]) })
}

/** Takes it away, whoever's it was; nothing where the link is not there. */
export function removeAddress(
  ledger: Ledger,
  name: string,
  address: InterfaceAddress,
  reason: Reason,
): void {
  const now = ledger.now.get(name)
  if (now === undefined) return
  record(ledger, { do: 'address-delete', link: asIfname(name), address }, reason)
  const addresses = new Map(now.addresses)
  addresses.delete(address)
  change(ledger, name, { addresses })
}
