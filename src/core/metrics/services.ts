import type { AttachmentState } from '../model/state.js'
import type {
  AttachmentHealth,
  ConnectionHealth,
  LacpHealth,
  RedundancyHealth,
} from '../wire/health.js'
import { flag, gauge, type Rule, severityValue, SEVERITY_SCALE } from './family.js'
import { counterRules, utilizationRule } from './links.js'

/** An attachment in the health document, and as the newest look found it. */
export interface MeasuredAttachment {
  readonly health: AttachmentHealth
  readonly seen: SeenAttachment | undefined
}

/** What the newest look knows better than the document. */
export type SeenAttachment = Pick<AttachmentState, 'name' | 'counted' | 'probe'>

const AVAILABLE = '1: its lifecycle state is `available`.'

function membersOf(lacp: LacpHealth): readonly LacpHealth['members'][string][] {
  return Object.values(lacp.members)
}

const SPANS = ['hour', 'day', 'week'] as const
type Lost = RedundancyHealth[(typeof SPANS)[number]]

function lost({ redundancy }: ConnectionHealth, read: (lost: Lost) => number) {
  return redundancy === undefined
    ? null
    : SPANS.map((span) => ({ labels: [span], value: read(redundancy[span]) }))
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
  gauge(
    'demarc_connection_redundancy_missing_ports',
    'Ports of the intent that carry no traffic in the bundle now.',
    ({ redundancy }) => redundancy?.missing,
  ),
  gauge(
    'demarc_connection_redundancy_lost_seconds',
    'Ports that were missing times the seconds that they were, within an hour, a day and a week; time in which the agent did not run is not counted; written anew every ten minutes.',
    (connection) => lost(connection, ({ memberSeconds }) => memberSeconds),
    ['span'],
  ),
  gauge(
    'demarc_connection_redundancy_losses',
    'How often the bundle lost ports, within an hour, a day and a week; time in which the agent did not run is not counted.',
    (connection) => lost(connection, ({ losses }) => losses),
    ['span'],
  ),
  utilizationRule('demarc_connection', ({ rates }) => rates),
]

export const ATTACHMENT_RULES: readonly Rule<MeasuredAttachment>[] = [
  gauge(
    'demarc_attachment_severity',
    `Severity of the attachment: ${SEVERITY_SCALE}.`,
    ({ health: { severity } }) => severityValue(severity),
  ),
  gauge('demarc_attachment_available', AVAILABLE, ({ health: { lifecycle } }) =>
    flag(lifecycle === 'available'),
  ),
  gauge(
    'demarc_attachment_admin_up',
    '1: the interface is set up (admin-status).',
    ({ health: { adminStatus } }) => flag(adminStatus === 'UP'),
  ),
  gauge(
    'demarc_attachment_oper_up',
    '1: the interface has a link (oper-status).',
    ({ health: { operStatus } }) => flag(operStatus === 'UP'),
  ),
  gauge('demarc_attachment_mtu_bytes', 'MTU of the interface.', ({ health: { mtu } }) => mtu),
  ...counterRules<MeasuredAttachment>('demarc_attachment', ({ seen }) => seen?.counted?.counters),
  utilizationRule('demarc_attachment', ({ health }) => health.rates),
]
