import fc from 'fast-check'
import { millis, seconds } from '../../../src/core/base/time.js'
import type { FrrDaemon } from '../../../src/core/model/plan.js'
import {
  LACP_BITS,
  LACP_CHURN,
  type LacpEnd,
  type AttachmentState,
  type ConnectionState,
  type DaemonState,
  type FrrRemark,
  type LacpMemberState,
  type NeighborState,
  type PortState,
  type RouterState,
  type Seen,
} from '../../../src/core/model/state.js'
import { healthyRouter, moduleIn } from './router-state.js'

/** Names as they may come from a kernel or an intent, also those that every object has by nature. */
const name = fc.oneof(
  fc.constantFrom('p1', 'p2', 'bond0', 'constructor', 'toString', 'hasOwnProperty'),
  fc.string({ minLength: 1, maxLength: 15 }).filter((text) => text !== '__proto__'),
)
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const counter = fc.oneof(fc.nat(), fc.constant(2 ** 64 - 1))
const sentence = fc.string({ minLength: 1 })

const readings = fc.record(
  {
    inputPower: orNull(fc.double({ min: -40, max: 8, noNaN: true })),
    outputPower: orNull(fc.double({ min: -40, max: 8, noNaN: true })),
    temperature: fc.integer({ min: -40, max: 120 }),
    supplyVoltage: fc.double({ min: 0, max: 6, noNaN: true }),
    laserBiasCurrent: fc.double({ min: 0, max: 130, noNaN: true }),
  },
  { requiredKeys: [] },
)

const optic: fc.Arbitrary<PortState['optic']> = fc.oneof(
  fc.constant({ state: 'absent' as const }),
  sentence.map((reason) => ({ state: 'unreadable' as const, reason })),
  sentence.map((reason) => ({ state: 'unsupported' as const, reason })),
  fc
    .record(
      {
        kind: fc.constantFrom('10GBASE-LR', '1000BASE-SX', '1000BASE-T', 'DAC'),
        diagnostics: fc.constantFrom('internal', 'external', 'none'),
        readings,
        txFault: fc.boolean(),
        txDisabled: fc.boolean(),
        rxLos: fc.boolean(),
      },
      { requiredKeys: ['kind'] },
    )
    .map((spec) => moduleIn(spec)),
)

const port: fc.Arbitrary<PortState> = fc.record({
  name,
  present: fc.boolean(),
  adminUp: fc.boolean(),
  carrier: fc.boolean(),
  speed: orNull(fc.nat(400_000)),
  duplex: fc.constantFrom('full', 'half', 'unknown'),
  autoNegotiate: orNull(fc.boolean()),
  mac: orNull(fc.constant('02:00:00:00:00:01')),
  carrierTransitions: counter,
  counters: fc.record({
    inOctets: counter,
    outOctets: counter,
    inPkts: counter,
    outPkts: counter,
    inErrors: counter,
    outErrors: counter,
    inDiscards: counter,
    outDiscards: counter,
  }),
  expectedOptic: orNull(fc.constantFrom('10GBASE-LR', '25GBASE-SR', 'other')),
  expectedModes: fc.record(
    {
      autoNegotiate: fc.boolean(),
      speed: fc.constantFrom(1000, 10_000),
      duplex: fc.constantFrom('full', 'half'),
    },
    { requiredKeys: [] },
  ),
  optic,
  opticAt: orNull(fc.constant('2025-01-31T10:00:00.000Z')),
})

const systemId = fc.constantFrom('00:00:00:00:00:00', '02:00:00:00:00:aa', '02:00:00:00:00:bb')

const lacpEnd: fc.Arbitrary<LacpEnd> = fc.record({
  key: orNull(fc.nat(65_535)),
  portNumber: orNull(fc.nat(65_535)),
  state: fc.subarray([...LACP_BITS]),
})
const churn = fc.constantFrom(...LACP_CHURN)

const member: fc.Arbitrary<LacpMemberState> = fc.record({
  port: name,
  linkUp: fc.boolean(),
  inAggregate: fc.boolean(),
  actor: lacpEnd,
  partnerId: systemId,
  partner: lacpEnd,
  churn: orNull(fc.record({ actor: churn, partner: churn })),
  pdus: orNull(
    fc.record({
      received: counter,
      sent: counter,
      unknown: counter,
      illegal: counter,
      markersReceived: counter,
      markersSent: counter,
    }),
  ),
  linkFailures: orNull(counter),
})

const connection: fc.Arbitrary<ConnectionState> = fc.record({
  name,
  interface: name,
  ports: fc.array(name, { maxLength: 3 }),
  present: fc.boolean(),
  carrier: fc.boolean(),
  lacp: orNull(
    fc.record({
      minLinks: fc.nat(8),
      partnerId: systemId,
      actorKey: fc.nat(65_535),
      partnerKey: fc.nat(65_535),
      members: fc.array(member, { maxLength: 3 }),
    }),
  ),
})

const attachment: fc.Arbitrary<AttachmentState> = fc.record({
  name,
  connection: name,
  interface: name,
  vlanId: orNull(fc.integer({ min: 1, max: 4094 })),
  present: fc.boolean(),
  up: fc.boolean(),
  carrier: fc.boolean(),
  mtu: orNull(fc.nat(65_535)),
  expectedMtu: orNull(fc.nat(65_535)),
  addresses: fc.array(fc.constantFrom('10.0.0.2/30', '2001:db8::2/64'), { maxLength: 2 }),
  missingAddresses: fc.array(fc.constantFrom('10.0.0.6/30'), { maxLength: 1 }),
  bridge: orNull(name),
})

const neighbor: fc.Arbitrary<NeighborState> = fc.record({
  attachment: name,
  address: fc.constantFrom('10.0.0.1', '10.0.0.5', '2001:db8::1'),
  vrf: orNull(name),
  peerAs: orNull(fc.integer({ min: 1, max: 4_294_967_294 })),
  sessionState: fc.constantFrom(
    'Idle',
    'Connect',
    'Active',
    'OpenSent',
    'OpenConfirm',
    'Established',
    'missing',
  ),
  wantShutdown: fc.boolean(),
  adminDown: fc.boolean(),
  heldBy: orNull(fc.constant('`bgp shutdown` in `router bgp 65010`')),
  overLimit: orNull(fc.record({ restartIn: orNull(fc.nat()) })),
  drained: fc.boolean(),
  lastEstablished: orNull(fc.integer({ min: 0, max: 4_000_000_000 })),
  establishedTransitions: orNull(counter),
  lastError: orNull(fc.string({ unit: 'binary' })),
  reset: orNull(
    fc.record({
      notification: orNull(
        fc.record({
          direction: fc.constantFrom('received', 'sent'),
          code: fc.integer({ min: 0, max: 255 }),
          subcode: fc.integer({ min: 0, max: 255 }),
        }),
      ),
      reason: fc.string({ unit: 'binary' }),
      message: orNull(fc.string({ unit: 'binary' })),
    }),
  ),
  handshakes: fc.record({
    opensSent: orNull(counter),
    notificationsReceived: orNull(counter),
    notificationsSent: orNull(counter),
  }),
  localAs: fc.integer({ min: 1, max: 4_294_967_294 }),
  wantHoldTime: fc.integer({ min: 0, max: 65_535 }).map(seconds),
  negotiated: orNull(
    fc.record({
      holdTime: orNull(fc.nat(65_535_000).map(millis)),
      lackingFamilies: fc.subarray(['ipv4-unicast', 'ipv6-unicast'] as const),
      lackingCapabilities: fc.subarray(['route refresh', 'graceful restart']),
    }),
  ),
  hasPassword: fc.boolean(),
  waitsForBfd: fc.boolean(),
  path: orNull(
    fc.record({
      isUnresolved: fc.boolean(),
      isConnecting: fc.boolean(),
      md5: fc.record({ unsigned: counter, unexpected: counter, wrong: counter }),
    }),
  ),
  bfd: orNull(fc.record({ sessionState: fc.constantFrom('up', 'down', 'admin-down', 'unknown') })),
  families: fc.uniqueArray(
    fc.record({
      family: fc.constantFrom('ipv4-unicast', 'ipv6-unicast'),
      received: orNull(fc.nat()),
      sent: orNull(fc.nat()),
      limit: orNull(fc.nat()),
    }),
    { selector: ({ family }) => family, maxLength: 2 },
  ),
  messages: fc.record({
    updates: orNull(counter),
    refused: orNull(counter),
    loops: orNull(counter),
  }),
  policies: fc.array(
    fc.record({
      family: fc.constantFrom('ipv4-unicast', 'ipv6-unicast'),
      accepts: fc.array(fc.constantFrom('10.64.0.0/10 le 24', '2001:db8::/32'), { maxLength: 5 }),
      announces: fc.array(fc.constantFrom('10.80.1.0/24', '2001:db8:1::/48'), { maxLength: 5 }),
      absent: orNull(fc.array(fc.constant('10.80.1.0/24'), { maxLength: 2 })),
    }),
    { maxLength: 2 },
  ),
})

const host = fc.record({
  hostname: fc.string(),
  os: fc.string(),
  kernel: fc.string(),
  cpus: fc.nat(512),
  memoryTotal: fc.nat(),
  memoryAvailable: fc.nat(),
  load1: fc.double({ min: 0, max: 1000, noNaN: true }),
  uptime: fc.nat(),
})

const seen: fc.Arbitrary<Seen> = fc.record({
  at: orNull(fc.constant('2025-01-31T10:00:00.000Z')),
  fault: orNull(sentence),
})

function daemon(name: FrrDaemon): fc.Arbitrary<DaemonState> {
  return fc.record({
    daemon: fc.constant(name),
    needed: fc.boolean(),
    at: orNull(fc.constant('2025-01-31T10:00:00.000Z')),
    fault: orNull(sentence),
  })
}

const remark: fc.Arbitrary<FrrRemark> = fc.record({
  code: fc.constantFrom(
    'BGP_INTENT_OVERRIDDEN',
    'BGP_FOREIGN_SETTING',
    'BGP_POLICY_DRIFT',
    'LISTEN_RANGE_NEIGHBOR',
    'ROUTES_NOT_INSTALLED',
    'ROUTES_NOT_FROM_BGP',
  ),
  message: sentence,
})

/** Any state of a router that the types allow, within the ranges of what the kernel and FRR report. */
export const arbitraryState: fc.Arbitrary<RouterState> = fc
  .record({
    at: fc
      .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    host: orNull(host),
    seen: fc.record({ links: seen, ports: seen, host: seen, settings: seen, lldp: seen }),
    frr: fc.record({
      version: orNull(fc.constant('8.4.4')),
      daemons: fc.tuple(daemon('zebra'), daemon('bgpd'), daemon('bfdd')),
      remarks: fc.array(remark, { maxLength: 2 }),
    }),
    ports: fc.array(port, { maxLength: 3 }),
    connections: fc.array(connection, { maxLength: 2 }),
    attachments: fc.array(attachment, { maxLength: 2 }),
    neighbors: fc.array(neighbor, { maxLength: 2 }),
  })
  .map((over) => healthyRouter(over))
