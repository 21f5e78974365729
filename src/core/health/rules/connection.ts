import { millis } from '../../base/time.js'
import type { ConnectionState, LacpMemberState, LacpState, PortState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

export interface ConnectionSubject {
  readonly connection: ConnectionState
  /** The ports of the connection that the router state has. */
  readonly ports: readonly PortState[]
}

/** The system id while no partner has answered (IEEE 802.1AX). */
const NO_PARTNER = '00:00:00:00:00:00'

const BROKEN = [
  'CONNECTION_MISSING',
  'CONNECTION_NO_CARRIER',
  'CONNECTION_BELOW_MIN_LINKS',
] as const

export const CONNECTION_RULES: readonly Rule<ConnectionSubject>[] = [
  rule({
    code: 'CONNECTION_MISSING',
    severity: 'critical',
    raiseAfter: millis(2000),
    stops: true,
    test: ({ connection }) =>
      connection.present
        ? null
        : `The interface ${connection.interface} of connection ${connection.name} does not exist: see "demarc status" for the reason.`,
  }),
  rule({
    code: 'CONNECTION_BELOW_MIN_LINKS',
    severity: 'critical',
    raiseAfter: millis(1000),
    suppressedBy: ['CONNECTION_MISSING'],
    needsLower: true,
    test: ({ connection: { name, lacp, ports } }) => {
      if (lacp === null) return null
      const active = activeMembers(lacp).length
      if (active >= lacp.minLinks) return null
      return `${name} has ${active} of ${ports.length} ports in its aggregate and needs ${lacp.minLinks} to carry traffic: see the findings of the other ports.`
    },
  }),
  rule({
    code: 'CONNECTION_NO_CARRIER',
    severity: 'critical',
    raiseAfter: millis(1000),
    suppressedBy: ['CONNECTION_MISSING', 'CONNECTION_BELOW_MIN_LINKS'],
    stops: true,
    needsLower: true,
    test: ({ connection }) =>
      connection.carrier
        ? null
        : `${connection.name} (${connection.interface}) has no link: check its ports and the far end.`,
  }),
  rule({
    code: 'LACP_NO_PARTNER',
    severity: 'critical',
    raiseAfter: millis(10_000),
    suppressedBy: ['CONNECTION_MISSING'],
    needsLower: true,
    test: ({ connection: { name, lacp } }) => {
      if (lacp === null || lacp.members.every((member) => !member.linkUp)) return null
      if (lacp.members.some((member) => member.linkUp && hasPartner(member))) return null
      return `${name} receives no LACPDUs: check that the far end has these ports in an LACP bundle.`
    },
  }),
  rule({
    code: 'LACP_PARTNERS_DIFFER',
    severity: 'warning',
    raiseAfter: millis(5000),
    suppressedBy: ['CONNECTION_MISSING', 'LACP_NO_PARTNER'],
    needsLower: true,
    test: ({ connection: { name, lacp } }) => {
      const answered = (lacp?.members ?? []).filter((member) => member.linkUp && hasPartner(member))
      if (new Set(answered.map((member) => member.partnerId)).size < 2) return null
      const ends = answered.map((member) => `${member.port} to ${member.partnerId}`).join(', ')
      return `The ports of ${name} are connected to different LACP partners (${ends}): check the cabling.`
    },
  }),
  rule({
    code: 'LACP_MEMBER_NOT_AGGREGATED',
    severity: 'warning',
    raiseAfter: millis(5000),
    suppressedBy: [...BROKEN, 'LACP_NO_PARTNER', 'LACP_PARTNERS_DIFFER'],
    needsLower: true,
    test: ({ connection, ports }) => {
      const unused = unusedMembers(connection, ports)
      return unused.length === 0
        ? null
        : `${connection.name} leaves out ports that have a link: ${unused.join('; ')}. Check the fibre in both directions, because the far end may not receive our light, and the bundle at the far end.`
    },
  }),
  rule({
    code: 'CONNECTION_DEGRADED',
    severity: 'warning',
    raiseAfter: millis(1000),
    suppressedBy: [...BROKEN, 'LACP_NO_PARTNER'],
    needsLower: true,
    test: ({ connection: { name, lacp, ports } }) => {
      if (lacp === null) return null
      const active = activeMembers(lacp).map((member) => member.port)
      const unused = ports.filter((port) => !active.includes(port))
      if (unused.length === 0) return null
      return `${name} runs on ${ports.length - unused.length} of ${ports.length} ports, without ${unused.join(', ')}: see the findings of those ports, then check the far end.`
    },
  }),
]

function activeMembers(lacp: LacpState): readonly LacpMemberState[] {
  return lacp.members.filter((member) => member.linkUp && member.inAggregate)
}

function hasPartner(member: LacpMemberState): boolean {
  return member.partnerId !== NO_PARTNER && !member.partnerExpired
}

/** Ports with a link that the aggregate leaves out, each with the reason. */
function unusedMembers(
  connection: ConnectionState,
  ports: readonly PortState[],
): readonly string[] {
  const { lacp } = connection
  if (lacp === null) return []
  const linked = new Set(ports.filter((port) => port.carrier).map((port) => port.name))
  return connection.ports.flatMap((name) => {
    const member = lacp.members.find(({ port }) => port === name)
    const reason =
      member === undefined ? outsideReason(connection, linked.has(name)) : unusedReason(member)
    return reason === null ? [] : [`${name} ${reason}`]
  })
}

function outsideReason(connection: ConnectionState, linked: boolean): string | null {
  return linked ? `is no member of ${connection.interface}` : null
}

function unusedReason(member: LacpMemberState): string | null {
  if (!member.linkUp || member.inAggregate) return null
  if (!hasPartner(member)) return 'receives no LACPDUs'
  return member.synchronization ? 'is in another aggregate' : 'is not in sync with its LACP partner'
}
