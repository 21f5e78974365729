import type { ConnectionState, LacpMemberState, LacpState, PortState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

export interface ConnectionSubject {
  readonly connection: ConnectionState
  /** Its ports as far as they were looked at. */
  readonly ports: readonly PortState[]
}

/** LACP's word for "nobody was heard". */
const NOBODY = '00:00:00:00:00:00'

const BROKEN = [
  'CONNECTION_MISSING',
  'CONNECTION_NO_CARRIER',
  'CONNECTION_BELOW_MIN_LINKS',
] as const

export const CONNECTION_RULES: readonly Rule<ConnectionSubject>[] = [
  rule({
    code: 'CONNECTION_MISSING',
    severity: 'critical',
    holds: 2000,
    stops: true,
    test: ({ connection }) =>
      connection.present
        ? null
        : `Interface ${connection.interface} of ${connection.name} is missing: "demarc status" says what keeps it so.`,
  }),
  rule({
    code: 'CONNECTION_BELOW_MIN_LINKS',
    severity: 'critical',
    holds: 1000,
    hiddenBy: ['CONNECTION_MISSING'],
    needsBelow: true,
    test: ({ connection: { name, lacp, ports } }) => {
      if (lacp === null) return null
      const active = activeMembers(lacp).length
      if (active >= lacp.minLinks) return null
      return `${name} has ${active} of ${ports.length} ports in its aggregate and needs ${lacp.minLinks}: repair the others.`
    },
  }),
  rule({
    code: 'CONNECTION_NO_CARRIER',
    severity: 'critical',
    holds: 1000,
    hiddenBy: ['CONNECTION_MISSING', 'CONNECTION_BELOW_MIN_LINKS'],
    stops: true,
    needsBelow: true,
    test: ({ connection }) =>
      connection.carrier
        ? null
        : `${connection.name} (${connection.interface}) has no link: check its ports and the far end.`,
  }),
  rule({
    code: 'LACP_NO_PARTNER',
    severity: 'critical',
    holds: 10_000,
    hiddenBy: ['CONNECTION_MISSING'],
    needsBelow: true,
    test: ({ connection: { name, lacp } }) => {
      if (lacp === null || lacp.members.every((member) => !member.linkUp)) return null
      if (lacp.members.some((member) => member.linkUp && hears(member))) return null
      return `${name} hears no LACP partner: check that the far end bundles these ports.`
    },
  }),
  rule({
    code: 'LACP_PARTNERS_DIFFER',
    severity: 'warning',
    holds: 5000,
    hiddenBy: ['CONNECTION_MISSING', 'LACP_NO_PARTNER'],
    needsBelow: true,
    test: ({ connection: { name, lacp } }) => {
      const heard = (lacp?.members ?? []).filter((member) => member.linkUp && hears(member))
      if (new Set(heard.map((member) => member.partnerId)).size < 2) return null
      const ends = heard.map((member) => `${member.port} to ${member.partnerId}`).join(', ')
      return `The ports of ${name} lead to different LACP partners (${ends}): check the cabling.`
    },
  }),
  rule({
    code: 'LACP_MEMBER_NOT_AGGREGATED',
    severity: 'warning',
    holds: 5000,
    hiddenBy: [...BROKEN, 'LACP_NO_PARTNER', 'LACP_PARTNERS_DIFFER'],
    needsBelow: true,
    test: ({ connection, ports }) => {
      const out = membersOut(connection, ports)
      return out.length === 0
        ? null
        : `${out.join('; ')}; it has a link but carries nothing of ${connection.name}: check the bundle at the far end.`
    },
  }),
  rule({
    code: 'CONNECTION_DEGRADED',
    severity: 'warning',
    holds: 1000,
    hiddenBy: [...BROKEN, 'LACP_NO_PARTNER'],
    needsBelow: true,
    test: ({ connection: { name, lacp, ports } }) => {
      if (lacp === null) return null
      const active = activeMembers(lacp).map((member) => member.port)
      const out = ports.filter((port) => !active.includes(port))
      if (out.length === 0) return null
      return `${name} runs on ${ports.length - out.length} of ${ports.length} ports: repair ${out.join(', ')}.`
    },
  }),
]

function activeMembers(lacp: LacpState): readonly LacpMemberState[] {
  return lacp.members.filter((member) => member.linkUp && member.inAggregate)
}

function hears(member: LacpMemberState): boolean {
  return member.partnerId !== NOBODY && !member.partnerExpired
}

/** Ports with a link that the aggregate leaves out, each with the reason. */
function membersOut(connection: ConnectionState, ports: readonly PortState[]): readonly string[] {
  const { lacp } = connection
  if (lacp === null) return []
  const linked = new Set(ports.filter((port) => port.carrier).map((port) => port.name))
  return connection.ports.flatMap((name) => {
    const member = lacp.members.find((one) => one.port === name)
    const why = member === undefined ? strayWhy(connection, linked.has(name)) : memberWhy(member)
    return why === null ? [] : [`${name} ${why}`]
  })
}

function strayWhy(connection: ConnectionState, linked: boolean): string | null {
  return linked ? `is no member of ${connection.interface}` : null
}

function memberWhy(member: LacpMemberState): string | null {
  if (!member.linkUp || member.inAggregate) return null
  if (!hears(member)) return 'hears no LACP partner'
  return member.synchronization ? 'is in another aggregate' : 'is not in sync with its partner'
}
