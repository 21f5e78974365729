import { has, hasPartner } from '../cable/lacp.js'
import type { LacpMemberState } from '../model/state.js'
import { counter, flag, gauge, type Rule } from './family.js'

const KINDS = ['received', 'sent', 'unknown', 'illegal'] as const

/** The ports of a bundle, as the newest look found them (openconfig-lacp). */
export const MEMBER_RULES: readonly Rule<LacpMemberState>[] = [
  gauge(
    'demarc_lacp_member_synchronized',
    '1: the port is in sync with its partner (actor state bit 3).',
    ({ actor }) => flag(has(actor, 'SYNCHRONIZATION')),
  ),
  gauge(
    'demarc_lacp_member_collecting',
    '1: frames are accepted (actor state bit 4).',
    ({ actor }) => flag(has(actor, 'COLLECTING')),
  ),
  gauge('demarc_lacp_member_distributing', '1: frames are sent (actor state bit 5).', ({ actor }) =>
    flag(has(actor, 'DISTRIBUTING')),
  ),
  gauge(
    'demarc_lacp_member_partner_present',
    "1: the partner's LACPDUs arrive in time.",
    (member) => flag(hasPartner(member)),
  ),
  counter(
    'demarc_lacp_member_pdus_total',
    'LACPDUs, by kind: received, sent, unknown (received with an unknown subtype), illegal (received with a wrong length or version).',
    ({ pdus }) =>
      pdus === null ? null : KINDS.map((kind) => ({ labels: [kind], value: pdus[kind] })),
    ['kind'],
  ),
  counter(
    'demarc_lacp_member_link_failures_total',
    'How often the port lost its link since it is in the bundle.',
    ({ linkFailures }) => linkFailures,
  ),
]
