import * as z from 'zod'
import { record } from '../../keyed/record.js'
import { LACP_BITS, LACP_CHURN } from '../../model/state.js'

const count = (meaning: string) => z.int().min(0).describe(meaning)
const counter = (meaning: string) => z.number().min(0).meta({ type: 'integer' }).describe(meaning)
const uint16 = (meaning: string) => z.int().min(0).max(65_535).describe(meaning).exactOptional()

const bits = (meaning: string) => z.array(z.enum(LACP_BITS)).describe(meaning)
const churn = (whose: string) =>
  z
    .enum(LACP_CHURN)
    .describe(
      `CHURNED: the ${whose} is out of sync for a minute or longer (IEEE 802.1AX-2014 section 6.4.17); absent: the kernel does not say.`,
    )
    .exactOptional()

const Pdus = z
  .strictObject({
    received: counter('LACPDUs received.'),
    sent: counter('LACPDUs sent.'),
    unknown: counter('Received with a subtype that is not known.'),
    illegal: counter('Received with a wrong length or version.'),
    markersReceived: counter('Marker PDUs received.'),
    markersSent: counter('Marker PDUs sent.'),
  })
  .describe('Counters of the Slow Protocols of one port.')

const LacpMember = z
  .strictObject({
    operStatus: z
      .enum(['UP', 'DOWN'])
      .describe('Whether the bonding driver sees a link at the port.'),
    inAggregate: z.boolean().describe('The port is in the aggregator that carries traffic.'),
    synchronization: z.boolean().describe('Actor state bit 3: in sync with the partner.'),
    collecting: z.boolean().describe('Actor state bit 4: frames are accepted.'),
    distributing: z.boolean().describe('Actor state bit 5: frames are sent.'),
    partnerExpired: z.boolean().describe('The partner has sent no LACPDU in time (IEEE 802.1AX).'),
    partnerId: z.string().describe('System id of the partner of this port; all zeros: none.'),
    key: uint16('Operational key of the port; absent: the kernel does not say.'),
    portNumber: uint16('Number of the port in the bundle; absent: the kernel does not say.'),
    actorState: bits(
      'The bits of the state of this end that are set (IEEE 802.1AX-2014 figure 6-8). TIMEOUT: the short one of 3 s.',
    ),
    partnerKey: uint16("Operational key of the partner's port; absent: there is no partner."),
    partnerPortNumber: uint16("Number of the partner's port; absent: there is no partner."),
    partnerState: bits(
      'The bits that the partner has set; DEFAULTED or EXPIRED: it receives no LACPDUs from here. Absent: there is no partner.',
    ).exactOptional(),
    actorChurn: churn('actor'),
    partnerChurn: churn('partner'),
    linkFailures: counter(
      'How often the port lost its link since it is in the bundle; absent: the kernel does not say.',
    ).exactOptional(),
    pdus: Pdus.describe(
      'As of router.sampledAt; absent: the kernel does not count them.',
    ).exactOptional(),
  })
  .describe('One port of the bundle (openconfig-lacp).')

export const Lacp = z.strictObject({
  minLinks: count('Members the bundle needs to carry traffic.'),
  actorKey: count('Operational key of the bundle.'),
  partnerId: z.string().describe('System id of the partner; all zeros: no partner has answered.'),
  partnerKey: count('Operational key of the partner.'),
  members: record(z.string().describe('Interface name of the port.'), LacpMember).describe(
    'The ports that the kernel has in the bundle, keyed by interface name.',
  ),
})

const Lost = (span: string) =>
  z
    .strictObject({
      memberSeconds: count('Ports that were missing times the seconds that they were.'),
      losses: count('How often the bundle lost ports.'),
    })
    .describe(`Redundancy lost within ${span}.`)

export const Redundancy = z.strictObject({
  missing: count('Ports of the intent that carry no traffic now.'),
  hour: Lost('the last hour, this clock hour and the one before'),
  day: Lost('the last 24 hours'),
  week: Lost('the last 7 days'),
})
