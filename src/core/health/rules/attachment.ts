import type { AttachmentState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

export const ATTACHMENT_RULES: readonly Rule<AttachmentState>[] = [
  rule({
    code: 'ATTACHMENT_MISSING',
    severity: 'critical',
    holds: 2000,
    stops: true,
    test: (attachment) =>
      attachment.present
        ? null
        : `Interface ${attachment.interface} of ${attachment.name} is missing: "demarc status" says what keeps it so.`,
  }),
  rule({
    code: 'ATTACHMENT_DOWN',
    severity: 'critical',
    holds: 2000,
    hiddenBy: ['ATTACHMENT_MISSING'],
    stops: true,
    test: (attachment) =>
      attachment.up
        ? null
        : `${attachment.interface} is set down: "demarc status" says what keeps it so.`,
  }),
  rule({
    code: 'ATTACHMENT_NO_CARRIER',
    severity: 'critical',
    holds: 1000,
    hiddenBy: ['ATTACHMENT_MISSING', 'ATTACHMENT_DOWN'],
    stops: true,
    needsBelow: true,
    test: (attachment) =>
      attachment.carrier
        ? null
        : `${attachment.interface} has no link although ${attachment.connection} has one: set it down and up.`,
  }),
  rule({
    code: 'ATTACHMENT_ADDRESS',
    severity: 'critical',
    holds: 2000,
    hiddenBy: ['ATTACHMENT_MISSING'],
    test: ({ interface: link, missingAddresses }) =>
      missingAddresses.length === 0
        ? null
        : `${link} lacks ${missingAddresses.join(', ')}: "demarc status" says what keeps it so.`,
  }),
  rule({
    code: 'ATTACHMENT_MTU',
    severity: 'warning',
    holds: 2000,
    hiddenBy: ['ATTACHMENT_MISSING'],
    test: ({ interface: link, mtu, expectedMtu }) =>
      mtu === null || expectedMtu === null || mtu === expectedMtu
        ? null
        : `${link} has an MTU of ${mtu} octets, the intent wants ${expectedMtu}: "demarc status" says what keeps it so.`,
  }),
]
