import type { LacpBit, LacpEnd, LacpMemberState } from '../model/state.js'

/** The system id while no partner has answered (IEEE 802.1AX). */
const NO_PARTNER = '00:00:00:00:00:00'

/** In the aggregate that carries traffic, with a link. */
export function isActive(member: LacpMemberState): boolean {
  return member.linkUp && member.inAggregate
}

export function has({ state }: LacpEnd, bit: LacpBit): boolean {
  return state.includes(bit)
}

/** A partner has sent an LACPDU, now or earlier. */
export function isAnswered({ partnerId }: LacpMemberState): boolean {
  return partnerId !== NO_PARTNER
}

/** The partner's LACPDUs arrive in time. */
export function hasPartner(member: LacpMemberState): boolean {
  return isAnswered(member) && !has(member.actor, 'EXPIRED') && !has(member.actor, 'DEFAULTED')
}

/**
 * The member does not carry traffic yet and may still come to: since its link came up, an end has not been out of
 * sync for the 60 s after which it counts as churned (IEEE 802.1AX-2014 section 6.4.17).
 */
export function isNegotiating({ linkUp, actor, partner, churn }: LacpMemberState): boolean {
  if (!linkUp || churn === null) return false
  const carries = has(actor, 'DISTRIBUTING') && has(partner, 'DISTRIBUTING')
  return !carries && [churn.actor, churn.partner].includes('MONITORING')
}
