import type { AttachmentHealth, ConnectionHealth, LacpHealth } from '../wire/health.js'
import { flag, gauge, type Rule, severityValue, SEVERITY_SCALE } from './family.js'

const AVAILABLE = '1: its lifecycle state is `available`.'

function membersOf(lacp: LacpHealth): readonly LacpHealth['members'][string][] {
  return Object.values(lacp.members)
}

export const CONNECTION_RULES: readonly Rule<ConnectionHealth>[] = [
  gauge(
    'demarc_connection_severity',
    `Severity of the connection: ${SEVERITY_SCALE}.`,
    ({ severity }) => severityValue(severity),
  ),
  gauge('demarc_connection_available', AVAILABLE, ({ lifecycle }) =>
    flag(lifecycle === 'available'),
  ),
  gauge(
    'demarc_connection_oper_up',
    '1: the port or the bundle has a link (oper-status).',
    ({ operStatus }) => flag(operStatus === 'UP'),
  ),
  gauge(
    'demarc_connection_lacp_min_links',
    'Members that the bundle needs to carry traffic.',
    ({ lacp }) => lacp?.minLinks,
  ),
  gauge('demarc_connection_lacp_members', 'Ports in the bundle.', ({ lacp }) =>
    lacp === undefined ? null : membersOf(lacp).length,
  ),
  gauge(
    'demarc_connection_lacp_members_distributing',
    'Ports of the bundle that send traffic (distributing).',
    ({ lacp }) =>
      lacp === undefined ? null : membersOf(lacp).filter((member) => member.distributing).length,
  ),
]

export const ATTACHMENT_RULES: readonly Rule<AttachmentHealth>[] = [
  gauge(
    'demarc_attachment_severity',
    `Severity of the attachment: ${SEVERITY_SCALE}.`,
    ({ severity }) => severityValue(severity),
  ),
  gauge('demarc_attachment_available', AVAILABLE, ({ lifecycle }) =>
    flag(lifecycle === 'available'),
  ),
  gauge(
    'demarc_attachment_admin_up',
    '1: the interface is set up (admin-status).',
    ({ adminStatus }) => flag(adminStatus === 'UP'),
  ),
  gauge(
    'demarc_attachment_oper_up',
    '1: the interface has a link (oper-status).',
    ({ operStatus }) => flag(operStatus === 'UP'),
  ),
  gauge('demarc_attachment_mtu_bytes', 'MTU of the interface.', ({ mtu }) => mtu),
]
