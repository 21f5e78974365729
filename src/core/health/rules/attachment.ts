import { millis } from '../../base/time.js'
import type { AttachmentState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

export const ATTACHMENT_RULES: readonly Rule<AttachmentState>[] = [
  rule({
    code: 'ATTACHMENT_MISSING',
    severity: 'critical',
    raiseAfter: millis(2000),
    stops: true,
    test: (attachment) =>
      attachment.present
        ? null
        : `The interface ${attachment.interface} of attachment ${attachment.name} does not exist: see "demarc status" for the reason.`,
  }),
  rule({
    code: 'ATTACHMENT_DOWN',
    severity: 'critical',
    raiseAfter: millis(2000),
    suppressedBy: ['ATTACHMENT_MISSING'],
    stops: true,
    test: (attachment) =>
      attachment.up
        ? null
        : `${attachment.interface} is set down: see "demarc status" for the reason.`,
  }),
  rule({
    code: 'ATTACHMENT_NO_CARRIER',
    severity: 'critical',
    raiseAfter: millis(1000),
    suppressedBy: ['ATTACHMENT_MISSING', 'ATTACHMENT_DOWN'],
    stops: true,
    needsLower: true,
    test: (attachment) =>
      attachment.carrier
        ? null
        : `${attachment.interface} has no link although its connection ${attachment.connection} has one: set ${attachment.interface} down and up again.`,
  }),
  rule({
    code: 'ATTACHMENT_ADDRESS',
    severity: 'critical',
    raiseAfter: millis(2000),
    suppressedBy: ['ATTACHMENT_MISSING'],
    test: ({ interface: link, missingAddresses }) =>
      missingAddresses.length === 0
        ? null
        : `${link} lacks ${missingAddresses.join(', ')}: see "demarc status" for the reason.`,
  }),
  rule({
    code: 'ATTACHMENT_MTU',
    severity: 'warning',
    raiseAfter: millis(2000),
    suppressedBy: ['ATTACHMENT_MISSING'],
    test: ({ interface: link, mtu, expectedMtu }) =>
      mtu === null || expectedMtu === null || mtu === expectedMtu
        ? null
        : `${link} has an MTU of ${mtu} octets, and the intent wants ${expectedMtu}: see "demarc status" for the reason.`,
  }),
]
