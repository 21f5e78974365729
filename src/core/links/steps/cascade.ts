import type { HaveLink } from '../../model/link.js'
import { isLinkLocal, isOurs } from '../../model/own-link.js'
import type { LinkIndex } from '../survey/link-index.js'
import { REASONS, type Reason } from './impact.js'
import { Ledger } from './ledger.js'

/**
 * A ledger that also plans what follows from a link that goes down or up or gets another MTU. The
 * kernel sets all VLANs of a link down and up with it, those that were down before included
 * (`vlan_device_event()`), and flushes the IPv6 addresses of a link that goes down (`addrconf_ifdown()`).
 * For demarc's own links this becomes a step, so that a rollback restores it; where it would change
 * something foreign, it is a conflict.
 */
export class CascadingLedger extends Ledger {
  /** Sets a link down. */
  setDown(name: string, reason: Reason): void {
    this.#prepareDown(name, name, reason)
    this.set(name, { up: false }, reason)
    this.#assumeDown(name)
  }

  /** Sets a link up. */
  setUp(name: string, reason: Reason): void {
    this.set(name, { up: true }, reason)
    this.#assumeUp(name)
  }

  /** Plans steps during which the kernel takes the link down, and after which it sets it up again. */
  whileDown(name: string, reason: Reason, planSteps: () => void): void {
    this.#prepareDown(name, name, reason)
    this.#assumeDown(name)
    planSteps()
    this.#assumeUp(name)
  }

  /** A link stays up and loses its carrier, and so do the VLANs on it. Addresses stay. */
  loseCarrier(name: string, reason: Reason): void {
    this.affect(name, reason)
    this.disturb(name, reason)
    for (const vlan of this.#vlansOn(name)) this.loseCarrier(vlan.name, inherited(name, reason))
  }

  /** Sets an MTU. VLANs on the link are lowered first; the kernel gives a bond's MTU to its members. */
  setMtu(name: string, mtu: number): void {
    this.#setMtu(name, name, mtu)
  }

  /** `cause` is the link whose steps must not be done where a foreign link stands in the way. */
  #setMtu(cause: string, name: string, mtu: number): void {
    for (const vlan of this.#vlansOn(name)) {
      if ((this.state(vlan.name)?.mtu ?? 0) <= mtu) continue
      if (isOurs(vlan)) this.#setMtu(cause, vlan.name, mtu)
      else {
        this.conflict(
          cause,
          vlan.name,
          `has MTU ${vlan.mtu}, and demarc would set ${name} below it to ${mtu}; demarc did not make it: lower its MTU to ${mtu} or remove it`,
        )
      }
    }
    const isBond = this.state(name)?.detail.kind === 'bond'
    this.set(name, { mtu }, this.#mtuReason(name))
    if (!isBond) return
    for (const member of this.members().get(name) ?? []) this.assume(member.name, { mtu })
  }

  /** The VLANs on a link that exist at this point of the plan. */
  #vlansOn(name: string): readonly HaveLink[] {
    return (this.index.vlans.get(name) ?? []).filter((vlan) => this.has(vlan.name))
  }

  /** `cause` is the link whose steps must not be done where something foreign stands in the way. */
  #prepareDown(cause: string, name: string, reason: Reason): void {
    this.#removeIpv6(cause, name, reason)
    this.disturb(name, reason)
    for (const vlan of this.#vlansOn(name)) {
      if (!this.isUp(vlan.name)) continue
      if (this.index.want.get(vlan.name)?.up === false) {
        this.setDown(vlan.name, reason)
      } else if (isOurs(vlan)) {
        this.affect(vlan.name, inherited(name, reason))
        this.#prepareDown(cause, vlan.name, reason)
      } else {
        this.conflict(
          cause,
          vlan.name,
          `is on ${name}, which ${reason.why}; demarc did not make it: remove it or set it down`,
        )
      }
    }
  }

  #removeIpv6(cause: string, name: string, reason: Reason): void {
    const removed = { ...REASONS.addressFlushed, impact: reason.impact }
    for (const [address, owned] of this.state(name)?.addresses ?? []) {
      if (!address.includes(':') || isLinkLocal(address)) continue
      if (owned) this.removeAddress(name, address, removed)
      else {
        this.conflict(
          cause,
          `${name} ${address}`,
          `is not demarc's, and the kernel would delete it because ${name} ${reason.why}; remove the address`,
        )
      }
    }
  }

  #assumeDown(name: string): void {
    // The kernel sets the state of a port of a bridge anew when the port comes up.
    const { state: _anew, ...bridgePort } = this.state(name)?.bridgePort ?? {}
    this.assume(name, { up: false, bridgePort })
    for (const vlan of this.#vlansOn(name)) this.#assumeDown(vlan.name)
  }

  /** A foreign VLAN that was down is set down again; demarc's own are settled later in the plan. */
  #assumeUp(name: string): void {
    this.assume(name, { up: true })
    for (const vlan of this.#vlansOn(name)) {
      this.#assumeUp(vlan.name)
      if (!isOurs(vlan) && !vlan.up) this.set(vlan.name, { up: false }, REASONS.idle)
    }
  }

  #mtuReason(name: string): Reason {
    const kind = this.state(name)?.detail.kind
    if (kind === 'bond') return REASONS.portMtu
    if (kind !== 'port') return REASONS.mtu
    return isInUse(this.index, name) ? REASONS.portMtu : REASONS.idle
  }
}

function inherited(name: string, { impact, why }: Reason): Reason {
  return { impact, why: `is on ${name}, which ${why}` }
}

/** Whether anything would notice that the link goes down. */
export function isInUse({ have, vlans }: LinkIndex, name: string): boolean {
  const link = have.get(name)
  if (link === undefined) return false
  const addressed = link.addresses.some(({ address }) => !isLinkLocal(address))
  return addressed || link.master !== null || vlans.has(name)
}
