import type { Redundancy } from '../../model/health.js'
import type { LacpEnd, LacpMemberState, LacpState } from '../../model/state.js'
import type { LacpHealth, RedundancyHealth } from '../../wire/health.js'
import { has, isAnswered } from '../../cable/lacp.js'

type MemberHealth = LacpHealth['members'][string]

/** The bundle in the health document. Counters keep the figures of `last`, where there are any. */
export function lacpHealth(
  { minLinks, actorKey, partnerId, partnerKey, members }: LacpState,
  last: LacpHealth | undefined,
): LacpHealth {
  const before = new Map(Object.entries(last?.members ?? {}))
  return {
    minLinks,
    actorKey,
    partnerId,
    partnerKey,
    members: Object.fromEntries(
      members.map((member) => [member.port, memberHealth(member, before.get(member.port)?.pdus)]),
    ),
  }
}

function memberHealth(member: LacpMemberState, last: MemberHealth['pdus']): MemberHealth {
  const { actor, churn, linkFailures } = member
  const pdus = last ?? member.pdus
  return {
    operStatus: member.linkUp ? 'UP' : 'DOWN',
    inAggregate: member.inAggregate,
    synchronization: has(actor, 'SYNCHRONIZATION'),
    collecting: has(actor, 'COLLECTING'),
    distributing: has(actor, 'DISTRIBUTING'),
    partnerExpired: has(actor, 'EXPIRED'),
    partnerId: member.partnerId,
    ...numbersOf(actor),
    actorState: [...actor.state],
    ...(isAnswered(member) ? partnerHealth(member.partner) : {}),
    ...(churn === null ? {} : { actorChurn: churn.actor, partnerChurn: churn.partner }),
    ...(linkFailures === null ? {} : { linkFailures }),
    ...(pdus === null ? {} : { pdus: { ...pdus } }),
  }
}

function numbersOf({ key, portNumber }: LacpEnd): Pick<MemberHealth, 'key' | 'portNumber'> {
  return { ...(key === null ? {} : { key }), ...(portNumber === null ? {} : { portNumber }) }
}

function partnerHealth(partner: LacpEnd) {
  const { key: partnerKey, portNumber: partnerPortNumber } = numbersOf(partner)
  return {
    ...(partnerKey === undefined ? {} : { partnerKey }),
    ...(partnerPortNumber === undefined ? {} : { partnerPortNumber }),
    partnerState: [...partner.state],
  }
}

/** Lost time grows with every look; the figures of `last` stay until something else changes. */
export function redundancyHealth(
  redundancy: Redundancy,
  last: RedundancyHealth | undefined,
): RedundancyHealth {
  const isSame = last?.missing === redundancy.missing && last.week.losses === redundancy.week.losses
  return isSame ? last : { ...redundancy }
}
