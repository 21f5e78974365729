import * as z from 'zod'
import { record } from '../keyed/record.js'
import { Lacp, Redundancy } from './health/lacp.js'
import { ExpectedLldp, LldpNeighbors } from './health/lldp.js'
import { PORT_OPTICS } from './health-optics.js'
import { CircuitFacts } from './intent-link.js'
import { TEXT_LIMITS } from './limits.js'
import { count } from './message-fields.js'
import { ATTACHMENT_STATES, CONNECTION_STATES, SEVERITIES } from '../model/health.js'
import { counter, Counters, ProbeHealth, Rates } from './traffic/health-traffic.js'

const instant = (meaning: string) => z.iso.datetime().describe(`${meaning}, ISO 8601 UTC.`)
const name = (meaning: string) => z.string().describe(meaning)

const Finding = z
  .strictObject({
    severity: z.enum(['warning', 'critical', 'unknown']).describe('How bad the finding is.'),
    message: z
      .string()
      .min(1)
      .max(1024)
      .describe('One sentence for a person: the place, the measured value, the limit, the remedy.'),
  })
  .describe('One thing that is wrong.')

/** What every subject has: the verdict on it. */
const verdict = {
  severity: z
    .enum(SEVERITIES)
    .describe('How the subject is; `unknown` where it cannot be judged. The worst finding counts.'),
  lifecycle: z
    .enum(['pending', 'available', 'down'])
    .describe('`pending` until the subject worked for the first time, then `available` or `down`.'),
  since: instant('When the severity became what it is'),
  findings: record(
    z.string().describe('A code from docs/health.md, such as OPTIC_RX_LOW.'),
    Finding,
  )
    .describe('What is wrong, keyed by code; absent: nothing.')
    .exactOptional(),
}

const up = ['UP', 'DOWN'] as const
const adminStatus = z
  .enum(up)
  .describe('What the interface is set to (openconfig-interfaces admin-status; IFF_UP).')
const operStatus = z
  .enum(up)
  .describe('Whether the interface has a link (openconfig-interfaces oper-status; carrier).')

/** What a part has whose source did not answer at the newest look. */
const observedAt = instant(
  'When this part was read, where that is longer ago than `router.observedAt`, because its source does not answer; absent: it was read then. A part that was never read has the finding BLOCKED instead',
).exactOptional()

/** Only repeated from the intent. */
const circuit = CircuitFacts.describe(
  "Facts of the provider's papers, as the intent has them; absent: none.",
).exactOptional()

/** What a connection and an attachment have of their life beside their state. */
const stateSince = {
  lifecycleSince: instant('Since when it has this state').exactOptional(),
  lifecycleReason: z
    .string()
    .max(TEXT_LIMITS.lifecycle)
    .describe('Why it has this state, in one sentence; absent while it is available.')
    .exactOptional(),
  providerState: name('What its provider calls the state; absent: nothing.').exactOptional(),
}

const Daemon = z
  .strictObject({
    needed: z
      .boolean()
      .describe('The intent needs the daemon; one that it does not need is not asked.'),
    reachable: z
      .boolean()
      .describe('The daemon answered at the newest look; false also where it was not asked.'),
    observedAt: instant(
      'When the daemon answered last; absent while it answers, and where it never did',
    ).exactOptional(),
    reason: name('Why it does not answer; absent while it does.').exactOptional(),
  })
  .describe('One daemon of FRR.')

const Frr = z.strictObject({
  reachable: z.boolean().describe('Every FRR daemon that the intent needs answers.'),
  version: name('Version of FRR; absent while bgpd does not answer.').exactOptional(),
  reason: name(
    'Why FRR cannot be reached, of all daemons; absent while it is reachable.',
  ).exactOptional(),
  daemons: record(z.string().describe('zebra, bgpd, bfdd, staticd or mgmtd.'), Daemon).describe(
    'The daemons of FRR that demarc uses.',
  ),
})

const Router = z.strictObject({
  ...verdict,
  sampledAt: instant(
    'When the counters of all ports and memoryAvailable, load1 and uptime were read, at most once in ten minutes',
  ),
  observedAt: instant(
    'When the router was last looked at. `demarc status` has the exact time; reports to the hub write it anew with sampledAt only',
  ),
  hostObservedAt: instant(
    'When the members from hostname to uptime were read, where the host does not answer now; absent: at sampledAt or later',
  ).exactOptional(),
  hostname: name('Host name of the router; absent until the host has said it.').exactOptional(),
  os: name('Operating system, such as "Debian 12".').exactOptional(),
  kernel: name('Release of the kernel.').exactOptional(),
  cpus: count('Number of CPUs.').exactOptional(),
  memoryTotal: count('Memory in all, octets.').exactOptional(),
  memoryAvailable: count(
    'Memory that programs can still get, octets (MemAvailable).',
  ).exactOptional(),
  load1: z.number().min(0).describe('Load average over one minute.').exactOptional(),
  uptime: z.number().min(0).describe('Time since the host booted, seconds.').exactOptional(),
  frr: Frr.describe('The routing daemons.'),
})

const Port = z.strictObject({
  ...verdict,
  observedAt,
  present: z.boolean().describe('The interface exists.'),
  adminStatus,
  operStatus,
  speed: count('Speed of the link, Mb/s; absent without a link.').exactOptional(),
  duplex: z.enum(['full', 'half', 'unknown']).describe('Duplex mode of the link.'),
  autoNegotiate: z
    .boolean()
    .describe('Auto-negotiation is on; absent where the driver does not report it.')
    .exactOptional(),
  mac: name('MAC address; absent while the interface is missing.').exactOptional(),
  carrierTransitions: counter('How often the link came or went since the boot (carrier_changes).'),
  counters: Counters.describe('Counters as of router.sampledAt (openconfig-interfaces).'),
  rates: Rates.exactOptional(),
  expectedOptic: name('The PMD that the intent expects; absent: any.').exactOptional(),
  expectedLldp: ExpectedLldp.describe(
    'The far end that the intent expects; absent: any.',
  ).exactOptional(),
  lldpNeighbors: LldpNeighbors.describe(
    'The far devices that LLDP shows (IEEE 802.1AB), at most 4; absent: lldpd does not run or does not answer.',
  ).exactOptional(),
  ...PORT_OPTICS,
})

/** A subject that the intent in force does not name any more. */
const Removed = z
  .strictObject({
    lifecycle: z.enum(['deleting', 'deleted']).describe('`deleted`: it is gone from the router.'),
    ...stateSince,
  })
  .describe('A connection or an attachment that the intent does not name any more.')

const Connection = z.strictObject({
  ...verdict,
  lifecycle: z
    .enum(CONNECTION_STATES)
    .describe('Where it is in its life; docs/health.md has the states.'),
  ...stateSince,
  observedAt,
  interface: name('The interface that carries the connection: the port, or the bond.'),
  ports: z
    .array(z.string())
    .describe('The ports that the intent names, whether or not they are in the bundle now.'),
  present: z.boolean().describe('The interface exists.'),
  operStatus,
  lacp: Lacp.describe('The bundle; absent on a connection of a single port.').exactOptional(),
  redundancy: Redundancy.describe(
    'Ports that the bundle went without, kept over a restart of the agent; absent: not a bundle, or not one look yet.',
  ).exactOptional(),
  rates: Rates.describe(
    'All ports together, of what is bought; absent: `circuit` has no bandwidth, or a port is not counted.',
  ).exactOptional(),
  circuit,
})

const vlanId = (meaning: string) => z.int().min(1).max(4094).describe(meaning)

const Attachment = z.strictObject({
  ...verdict,
  lifecycle: z
    .enum(ATTACHMENT_STATES)
    .describe('Where it is in its life; docs/health.md has the states.'),
  ...stateSince,
  observedAt,
  connection: name('The connection that carries the attachment.'),
  interface: name('The VLAN interface; of an untagged attachment that of the connection.'),
  vlanId: vlanId('VLAN id; absent: untagged.').exactOptional(),
  innerVlanId: vlanId('VLAN id of the inner tag; absent: one tag, or none.').exactOptional(),
  present: z.boolean().describe('The interface exists.'),
  adminStatus,
  operStatus,
  mtu: count('MTU, octets; absent while the interface is missing.').exactOptional(),
  addresses: z
    .array(z.string())
    .describe('Addresses of the interface with their prefix lengths, such as "10.0.0.2/30".'),
  bridge: name('The bridge of a layer-2 attachment; absent on layer 3.').exactOptional(),
  rates: Rates.exactOptional(),
  probe: ProbeHealth.describe(
    'The echo requests that the intent asks for; absent: it asks for none.',
  ).exactOptional(),
  circuit,
})

const Prefixes = z
  .strictObject({
    received: counter('Prefixes received and let in by the import.').exactOptional(),
    sent: counter('Prefixes announced to the neighbour; absent: unknown.').exactOptional(),
    limit: count('The most that the neighbour may announce; absent: any.').exactOptional(),
  })
  .describe('Prefixes of one address family.')

const SESSION_STATES = [
  'IDLE',
  'CONNECT',
  'ACTIVE',
  'OPENSENT',
  'OPENCONFIRM',
  'ESTABLISHED',
  'MISSING',
] as const

const Bfd = z.strictObject({
  sessionState: z
    .enum(['UP', 'DOWN', 'ADMIN-DOWN', 'UNKNOWN'])
    .describe('State of the BFD session (RFC 5880); UNKNOWN: FRR reports another state.'),
})

const Cause = z.strictObject({
  code: name('The cause, by one of the codes that docs/health.md lists.'),
  rung: z
    .enum(['LINK-LAYER-ADDRESS', 'TCP', 'OPEN', 'SESSION', 'UNKNOWN'])
    .describe(
      "The first step that fails: the neighbour's link-layer address (ARP, neighbor discovery), TCP port 179, the OPEN messages, the session itself.",
    ),
  side: z
    .enum(['ROUTER', 'PEER', 'PATH', 'UNKNOWN'])
    .describe('Who has to mend it; UNKNOWN: it cannot be measured from this router.'),
})

const Neighbor = z.strictObject({
  ...verdict,
  observedAt,
  attachment: name('The attachment over which the neighbour is reached.'),
  neighborAddress: name('Address of the neighbour.'),
  vrf: name('VRF of the session; absent: the default one.').exactOptional(),
  peerAs: count(
    'AS number of the neighbour as FRR has it; absent: FRR does not say it in a form that demarc knows.',
  ).exactOptional(),
  sessionState: z
    .enum(SESSION_STATES)
    .describe('State of the BGP session (RFC 4271); MISSING: FRR has no such neighbour.'),
  shutdown: z.boolean().describe('The intent shuts the session down.'),
  adminDown: z.boolean().describe('FRR holds it administratively down, for whatever reason.'),
  heldBy: name(
    'The line of FRR that holds down a session that the intent wants up; absent: none does, or it is not known.',
  ).exactOptional(),
  prefixLimitHold: z
    .boolean()
    .describe('FRR holds the session because the peer announced too many prefixes (Idle (PfxCt)).'),
  drained: z.boolean().describe('The intent asks for traffic to be moved away (RFC 8326).'),
  lastEstablished: instant('When the session came up; absent while it is not up').exactOptional(),
  holdTime: count('Hold time that the intent offers, in seconds; 0: none.'),
  negotiatedHoldTime: count(
    'Hold time in force, in seconds: the smaller offer of both ends; absent while the session is not up.',
  ).exactOptional(),
  establishedTransitions: counter(
    'How often the session came up, as FRR counts; absent: unknown.',
  ).exactOptional(),
  lastError: name(
    'Why the session was reset the last time, in the words of FRR, at most 160 characters before escaping.',
  ).exactOptional(),
  cause: Cause.describe('Why a wanted session is not established.').exactOptional(),
  bfd: Bfd.describe('The BFD session; absent without one.').exactOptional(),
  prefixes: record(z.string().describe('Address family: ipv4-unicast or ipv6-unicast.'), Prefixes)
    .describe('Prefixes, keyed by address family; absent while FRR reports none.')
    .exactOptional(),
})

const keyed = <T extends z.ZodType>(key: string, subject: T, meaning: string) =>
  record(z.string().describe(key), subject).describe(meaning)

/**
 * The health of one router as its agent writes it: nothing in it is ever null, and an unknown value
 * is left out. A reader of another agent's document uses `HealthReading` instead.
 */
export const HealthDocument = z
  .strictObject({
    router: Router.describe('The router itself; its severity is that of its worst part.'),
    ports: keyed(
      'Interface name of the port.',
      Port.describe('One port of a connection.'),
      'The ports of all connections.',
    ),
    connections: keyed(
      'Name of the connection.',
      Connection.describe('One connection: a port or an LACP bundle.'),
      'The connections of the intent.',
    ),
    attachments: keyed(
      'Name of the attachment.',
      Attachment.describe('One attachment: a VLAN, or the untagged traffic, of a connection.'),
      'The attachments of the intent.',
    ),
    neighbors: keyed(
      'ATTACHMENT/ADDRESS: addresses repeat between VRFs.',
      Neighbor.describe('One BGP neighbour.'),
      'The BGP neighbours of the intent.',
    ),
    removed: keyed(
      'connection/NAME or attachment/NAME.',
      Removed,
      'What the intent does not name any more, the newest 100; absent: nothing.',
    ).exactOptional(),
  })
  .describe('Health of one router and of everything that its intent names.')

export type HealthDocument = z.output<typeof HealthDocument>
export type RouterHealth = HealthDocument['router']
export type PortHealth = HealthDocument['ports'][string]
export type ConnectionHealth = HealthDocument['connections'][string]
export type AttachmentHealth = HealthDocument['attachments'][string]
export type NeighborHealth = HealthDocument['neighbors'][string]
export type RemovedHealth = NonNullable<HealthDocument['removed']>[string]
export type LacpHealth = NonNullable<ConnectionHealth['lacp']>
export type RedundancyHealth = NonNullable<ConnectionHealth['redundancy']>
/** Severity, lifecycle, since and findings, which every subject has. */
export type VerdictHealth = Pick<RouterHealth, keyof typeof verdict>
