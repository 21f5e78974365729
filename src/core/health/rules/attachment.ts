import { millis } from '../../base/time.js'
import type { Protection } from '../../model/link.js'
import type { AttachmentState } from '../../model/state.js'
import type { DropWindow } from './history.js'
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

/** An attachment in a bridge, and what its limits have dropped lately. */
export interface ProtectedSubject {
  readonly attachment: AttachmentState
  readonly drops: DropWindow | null
}

const STORMS = {
  broadcast: 'broadcast',
  multicast: 'multicast',
  unknownUnicast: 'unknown unicast',
} as const satisfies Partial<Record<keyof Protection, string>>

/** Frames that a limit dropped in the last minute or two. */
function recently(drops: DropWindow | null, limit: keyof Protection): number {
  return drops?.recent[limit] ?? 0
}

/** All of them are about what this side sends: the limits see no frame of the provider. */
export const PROTECTION_RULES: readonly Rule<ProtectedSubject>[] = [
  rule({
    code: 'MAC_LIMIT_REACHED',
    severity: 'warning',
    test({ attachment: { interface: link, bridge, protection }, drops }) {
      const limit = protection?.limits.macLimit ?? Infinity
      const macs = protection?.counts.macs ?? 0
      if (macs < limit) return null
      const dropped = recently(drops, 'macLimit')
      const lost = dropped === 0 ? '' : `, and ${dropped} frames of others were dropped lately`
      return `${link} sends from ${macs} MAC addresses of our side, and the limit is ${limit}${lost}: put a router before the hosts, or take hosts out of ${bridge}; an address is forgotten 5 minutes after its last frame.`
    },
  }),
  rule({
    code: 'CONTROL_FRAMES_DROPPED',
    severity: 'warning',
    test({ attachment: { interface: link, bridge }, drops }) {
      const dropped = recently(drops, 'controlFrames')
      if (dropped === 0) return null
      return `${dropped} control frames of our side (spanning tree, PVST+, CDP, VTP, LLDP or GVRP) were dropped lately before ${link}: switch these protocols off at the switches in ${bridge}, on the ports that lead to this router.`
    },
  }),
  rule({
    code: 'STORM_LIMITED',
    severity: 'warning',
    test({ attachment: { interface: link, bridge, protection }, drops }) {
      const limited = (Object.keys(STORMS) as (keyof typeof STORMS)[]).flatMap((kind) => {
        const dropped = recently(drops, kind)
        const rate = protection?.limits[kind]
        return dropped === 0
          ? []
          : [`${dropped} ${STORMS[kind]} frames above ${rate ?? 'the limit of'} a second`]
      })
      if (limited.length === 0) return null
      return `${link} dropped ${limited.join(', ')} of our side lately: find the loop or the host in ${bridge} that sends them.`
    },
  }),
]
