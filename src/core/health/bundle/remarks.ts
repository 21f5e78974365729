import type { ConnectionState, LacpMemberState, LacpState, PortState } from '../../model/state.js'
import { has, hasPartner, isActive, isAnswered } from '../../cable/lacp.js'

/** Members with a link and a partner that has answered. */
function answered(lacp: LacpState | null): readonly LacpMemberState[] {
  return (lacp?.members ?? []).filter((member) => member.linkUp && hasPartner(member))
}

/** Members that are cabled to different systems, each with its partner; null: all have the same one. */
export function differentPartners(lacp: LacpState | null): string | null {
  const members = answered(lacp)
  if (new Set(members.map(({ partnerId }) => partnerId)).size < 2) return null
  return members.map((member) => `${member.port} to ${partnerName(member)}`).join(', ')
}

function partnerName({ partnerId, partner }: LacpMemberState): string {
  return partner.portNumber === null ? partnerId : `${partnerId} port ${partner.portNumber}`
}

/** The keys of the members, of this router or of the partner; null: all are the same. */
export function differentKeys(lacp: LacpState | null, end: 'actor' | 'partner'): string | null {
  const keyed = answered(lacp).flatMap((member) => {
    const { key } = member[end]
    return key === null ? [] : [{ port: member.port, key }]
  })
  if (new Set(keyed.map(({ key }) => key)).size < 2) return null
  return keyed.map(({ port, key }) => `${port} has ${key}`).join(', ')
}

/** Members whose partner says that it does not receive our LACPDUs. */
export function unheardMembers(lacp: LacpState | null): readonly string[] {
  return answered(lacp).flatMap(({ port, partner }) => {
    if (has(partner, 'DEFAULTED')) return [`${port} (DEFAULTED)`]
    return has(partner, 'EXPIRED') ? [`${port} (EXPIRED)`] : []
  })
}

/** Members in the aggregate over which no frames go in one direction or in both, each with the end that stops them. */
export function halfDeadMembers(lacp: LacpState | null): readonly string[] {
  return (lacp?.members ?? []).flatMap((member) => {
    const ends = lackingEnds(member).map(
      (end) => `${ENDS[end]} lacks ${lacking(member[end]).join(' and ')}`,
    )
    return ends.length === 0 ? [] : [`${member.port}: ${ends.join(', ')}`]
  })
}

/** An end of a link: this router, or the far end. */
type End = 'actor' | 'partner'

const ENDS: Readonly<Record<End, string>> = { actor: 'this router', partner: 'the far end' }

/** The ends that let no frames of a member in the aggregate through. */
export function lackingEnds(member: LacpMemberState): readonly End[] {
  if (!isActive(member)) return []
  const answering: readonly End[] = isAnswered(member) ? ['actor', 'partner'] : ['actor']
  return answering.filter((end) => lacking(member[end]).length > 0)
}

function lacking(end: LacpMemberState['actor']): readonly string[] {
  const needed = ['SYNCHRONIZATION', 'COLLECTING', 'DISTRIBUTING'] as const
  return needed.filter((bit) => !has(end, bit))
}

/** Members with a link of which an end is out of sync for a minute. */
export function churnedMembers(lacp: LacpState | null): readonly string[] {
  return (lacp?.members ?? []).flatMap((member) => {
    const ends = churnedEnds(member).map((end) => ENDS[end])
    return ends.length === 0 ? [] : [`${member.port} at ${ends.join(' and ')}`]
  })
}

/** The ends that are out of sync for a minute. */
export function churnedEnds({ linkUp, churn }: LacpMemberState): readonly End[] {
  if (!linkUp || churn === null) return []
  return (['actor', 'partner'] as const).filter((end) => churn[end] === 'CHURNED')
}

/** Ports with a link that the aggregate leaves out, each with the reason. */
export function unusedMembers(
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
  if (!isAnswered(member)) return 'has received no LACPDU (DEFAULTED)'
  if (!hasPartner(member)) return `receives no LACPDUs any more from ${partnerName(member)}`
  return has(member.actor, 'SYNCHRONIZATION')
    ? 'is in another aggregate'
    : 'is not in sync with its LACP partner'
}
