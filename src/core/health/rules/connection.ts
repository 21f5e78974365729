import { millis } from '../../base/time.js'
import type { Redundancy } from '../../model/health.js'
import type { ConnectionState, LacpMemberState, LacpState, PortState } from '../../model/state.js'
import { hasPartner, isActive } from '../../cable/lacp.js'
import {
  churnedMembers,
  differentKeys,
  differentPartners,
  halfDeadMembers,
  unheardMembers,
  unusedMembers,
} from '../bundle/remarks.js'
import { rule, type Rule } from './rule.js'

export interface ConnectionSubject {
  readonly connection: ConnectionState
  /** The ports of the connection that the router state has. */
  readonly ports: readonly PortState[]
  /** null: not a bundle, or the kernel does not show it. */
  readonly redundancy: Redundancy | null
}

const BROKEN = [
  'CONNECTION_MISSING',
  'CONNECTION_NO_CARRIER',
  'CONNECTION_BELOW_MIN_LINKS',
] as const

/** Why a member cannot be in the aggregate, where the far end says it. */
const CABLING = ['LACP_NO_PARTNER', 'LACP_PARTNERS_DIFFER', 'LACP_KEYS_DIFFER'] as const

/** Losses within an hour or two that are more than one piece of work on the fibre explains. */
const LOSSES_TOLERATED = 4

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
      const ends = differentPartners(lacp)
      return ends === null
        ? null
        : `The ports of ${name} are connected to different LACP partners (${ends}): move the cable of one to the switch of the other, or have the far end make both switches one LACP system.`
    },
  }),
  rule({
    code: 'LACP_KEYS_DIFFER',
    severity: 'warning',
    raiseAfter: millis(5000),
    suppressedBy: ['CONNECTION_MISSING', 'LACP_NO_PARTNER', 'LACP_PARTNERS_DIFFER'],
    needsLower: true,
    test: ({ connection: { name, lacp } }) => {
      const own = differentKeys(lacp, 'actor')
      if (own !== null) {
        return `The ports of ${name} run at different speeds, so that their LACP keys differ (${own}): use the same modules and the same speed on all of them.`
      }
      const far = differentKeys(lacp, 'partner')
      return far === null
        ? null
        : `The far end of ${name} has different LACP keys on its ports (${far}): have the far end put all of them in one bundle, at one speed.`
    },
  }),
  rule({
    code: 'LACP_PARTNER_RECEIVES_NOTHING',
    severity: 'warning',
    raiseAfter: millis(5000),
    suppressedBy: ['CONNECTION_MISSING', ...CABLING],
    needsLower: true,
    test: ({ connection: { name, lacp } }) => {
      const unheard = unheardMembers(lacp)
      return unheard.length === 0
        ? null
        : `The far end of ${name} receives no LACPDUs from ${unheard.join(', ')}, and we receive its own: check our transmitter, the strand towards the far end, and its receiver.`
    },
  }),
  rule({
    code: 'LACP_MEMBER_NOT_AGGREGATED',
    severity: 'warning',
    raiseAfter: millis(5000),
    suppressedBy: [...BROKEN, ...CABLING, 'LACP_PARTNER_RECEIVES_NOTHING'],
    needsLower: true,
    test: ({ connection, ports }) => {
      const unused = unusedMembers(connection, ports)
      return unused.length === 0
        ? null
        : `${connection.name} leaves out ports that have a link: ${unused.join('; ')}. Check the fibre in both directions, because the far end may not receive our light, and the bundle at the far end.`
    },
  }),
  rule({
    code: 'LACP_MEMBER_NOT_DISTRIBUTING',
    severity: 'warning',
    // A partner may say what has become of it only with its next LACPDU, which the slow interval sends after 30 s.
    raiseAfter: millis(40_000),
    suppressedBy: [...BROKEN, ...CABLING, 'LACP_PARTNER_RECEIVES_NOTHING'],
    needsLower: true,
    test: ({ connection: { name, lacp } }) => {
      const dead = halfDeadMembers(lacp)
      return dead.length === 0
        ? null
        : `${name} has ports in its aggregate that carry no traffic in both directions (${dead.join('; ')}): check the bundle at the end that is named, then take the port out of service and put it back.`
    },
  }),
  rule({
    code: 'LACP_CHURNED',
    severity: 'warning',
    suppressedBy: [
      ...BROKEN,
      ...CABLING,
      'LACP_PARTNER_RECEIVES_NOTHING',
      'LACP_MEMBER_NOT_AGGREGATED',
      'LACP_MEMBER_NOT_DISTRIBUTING',
    ],
    needsLower: true,
    test: ({ connection: { name, lacp } }) => {
      const churned = churnedMembers(lacp)
      return churned.length === 0
        ? null
        : `LACP of ${name} does not come to rest (${churned.join('; ')}): an end is out of sync for a minute or longer; compare the keys, the LACP mode and the interval at both ends.`
    },
  }),
  rule({
    code: 'LACP_REDUNDANCY_UNSTABLE',
    severity: 'warning',
    suppressedBy: BROKEN,
    needsLower: true,
    test: ({ connection: { name }, redundancy }) => {
      const { losses, memberSeconds } = redundancy?.hour ?? { losses: 0, memberSeconds: 0 }
      return losses <= LOSSES_TOLERATED
        ? null
        : `${name} lost ports ${losses} times within the last hour or two, ${memberSeconds} port-seconds in all: see "demarc show events" for the ports, and check their light, connectors and modules at both ends.`
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
  return lacp.members.filter(isActive)
}
