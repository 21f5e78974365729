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
