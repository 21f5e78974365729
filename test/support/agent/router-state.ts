import type { FrrDaemon } from '../../../src/core/model/plan.js'
import type {
  AttachmentState,
  ConnectionState,
  DaemonState,
  FrrState,
  HostState,
  LacpBit,
  LacpEnd,
  LacpMemberState,
  NeighborState,
  PortState,
  RouterState,
  Seen,
} from '../../../src/core/model/state.js'
import { millis, seconds } from '../../../src/core/base/time.js'
import { assess } from '../../../src/core/health/assess.js'
import { healthDocument } from '../../../src/core/health/document.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { HealthDocument } from '../../../src/core/wire/health.js'
import { readOptic } from '../../../src/core/optics/reading.js'
import { NO_COUNTERS } from '../../../src/edge/kernel/read/counters.js'
import { buildModule, type ModuleSpec } from '../kernel/eeprom.js'

export { NO_COUNTERS }

const PARTNER = '02:00:00:00:00:aa'

const READ_AT = '2025-01-31T10:20:30.000Z'
/** A source that has just answered. */
const ANSWERED: Seen = { at: READ_AT, fault: null }

/** A module as the decoder reads it. */
export function moduleIn(spec: Partial<ModuleSpec> = {}) {
  return readOptic({ state: 'bytes', ...buildModule({ kind: '10GBASE-LR', ...spec }) })
}

export function healthyPort(name: string, over: Partial<PortState> = {}): PortState {
  return {
    name,
    present: true,
    adminUp: true,
    carrier: true,
    speed: 10_000,
    duplex: 'full',
    autoNegotiate: false,
    mac: '02:00:00:00:00:01',
    carrierTransitions: 2,
    counters: { ...NO_COUNTERS, inOctets: 1000, outOctets: 2000 },
    expectedOptic: '10GBASE-LR',
    expectedModes: { autoNegotiate: false },
    optic: moduleIn({ serial: `SN-${name}` }),
    opticAt: READ_AT,
    ...over,
  }
}

export function healthyMember(port: string, over: Partial<LacpMemberState> = {}): LacpMemberState {
  return {
    port,
    linkUp: true,
    inAggregate: true,
    actor: lacpEnd(),
    partnerId: PARTNER,
    partner: lacpEnd(),
    churn: { actor: 'NONE', partner: 'NONE' },
    pdus: {
      received: 20,
      sent: 20,
      unknown: 0,
      illegal: 0,
      markersReceived: 0,
      markersSent: 0,
    },
    linkFailures: 0,
    ...over,
  }
}

/** One end of a member that carries traffic. `lacks` are bits that are not set, `has` those that are beside the usual ones. */
export function lacpEnd({
  key = 15,
  lacks = [],
  has = [],
}: {
  readonly key?: number | null
  readonly lacks?: readonly LacpBit[]
  readonly has?: readonly LacpBit[]
} = {}): LacpEnd {
  const usual = [
    'ACTIVITY',
    'AGGREGATION',
    'SYNCHRONIZATION',
    'COLLECTING',
    'DISTRIBUTING',
  ] as const
  return { key, portNumber: 1, state: [...usual.filter((bit) => !lacks.includes(bit)), ...has] }
}

export function healthyConnection(over: Partial<ConnectionState> = {}): ConnectionState {
  return {
    name: 'dl-par',
    interface: 'dl-par',
    ports: ['p1', 'p2'],
    present: true,
    carrier: true,
    lacp: {
      minLinks: 1,
      partnerId: PARTNER,
      actorKey: 15,
      partnerKey: 15,
      members: [healthyMember('p1'), healthyMember('p2')],
    },
    ...over,
  }
}

export function healthyAttachment(over: Partial<AttachmentState> = {}): AttachmentState {
  return {
    name: 'net-a',
    connection: 'dl-par',
    interface: 'dl-par.100',
    vlanId: 100,
    present: true,
    up: true,
    carrier: true,
    mtu: 1500,
    expectedMtu: 1500,
    addresses: ['10.0.0.2/30'],
    missingAddresses: [],
    bridge: null,
    ...over,
  }
}

export function healthyNeighbor(over: Partial<NeighborState> = {}): NeighborState {
  return {
    attachment: 'net-a',
    address: '10.0.0.1',
    vrf: null,
    peerAs: 50_624,
    sessionState: 'Established',
    wantShutdown: false,
    adminDown: false,
    heldBy: null,
    overLimit: null,
    drained: false,
    // 2025-01-31T09:20:30Z
    lastEstablished: 1_738_315_230,
    establishedTransitions: 1,
    lastError: null,
    reset: null,
    handshakes: { opensSent: 1, notificationsReceived: 0, notificationsSent: 0 },
    localAs: 65_010,
    hasPassword: false,
    waitsForBfd: false,
    wantHoldTime: seconds(30),
    negotiated: { holdTime: millis(30_000), lackingFamilies: [], lackingCapabilities: [] },
    path: null,
    bfd: { sessionState: 'up' },
    families: [{ family: 'ipv4-unicast', received: 10, sent: 1, limit: 100 }],
    messages: { updates: 2, refused: null, loops: null },
    policies: [
      {
        family: 'ipv4-unicast',
        accepts: ['10.64.0.0/10 le 24'],
        announces: ['10.80.1.0/24'],
        absent: null,
      },
    ],
    ...over,
  }
}

export const HEALTHY_HOST: HostState = {
  hostname: 'localhost',
  os: 'Debian 12',
  kernel: '6.1.0',
  cpus: 2,
  memoryTotal: 4 * 2 ** 30,
  memoryAvailable: 2 * 2 ** 30,
  load1: 0.1,
  uptime: 86_400,
}

const HEALTHY_FRR: FrrState = {
  version: '8.4.4',
  daemons: [
    { daemon: 'zebra', needed: true, ...ANSWERED },
    { daemon: 'bgpd', needed: true, ...ANSWERED },
    { daemon: 'bfdd', needed: true, ...ANSWERED },
  ],
  remarks: [],
}

/** FRR with one daemon that does not answer, for this reason. */
export function silentFrr(
  reason: string,
  silent: FrrDaemon = 'bgpd',
  over: Partial<DaemonState> = {},
): FrrState {
  const daemons = HEALTHY_FRR.daemons.map((daemon) =>
    daemon.daemon === silent ? { ...daemon, fault: reason, ...over } : daemon,
  )
  return { ...HEALTHY_FRR, daemons }
}

/** Two ports in a bundle, one attachment on it, one neighbour on that, and nothing wrong. */
export function healthyRouter(over: Partial<RouterState> = {}): RouterState {
  return {
    at: READ_AT,
    router: 'par-edge-1',
    host: HEALTHY_HOST,
    frr: HEALTHY_FRR,
    seen: {
      links: ANSWERED,
      ports: ANSWERED,
      host: ANSWERED,
      settings: ANSWERED,
      lldp: ANSWERED,
    },
    conflicts: [],
    ports: [healthyPort('p1'), healthyPort('p2')],
    connections: [healthyConnection()],
    attachments: [healthyAttachment()],
    neighbors: [healthyNeighbor()],
    ...over,
  }
}

/** The health of a router with these ports and nothing wrong; `cpus` distinguishes two documents. */
export function healthyDocument(
  cpus: number,
  ports: readonly string[] = ['p1', 'p2'],
): HealthDocument {
  const state = healthyRouter({
    host: { ...HEALTHY_HOST, cpus },
    ports: ports.map((name) => healthyPort(name)),
  })
  return healthDocument(state, assess(state, NO_HISTORY, millis(0)).verdicts, null)
}

/** The light is gone at one end: no carrier, loss of signal, out of the aggregate. */
export function darkPort(name: string): PortState {
  return healthyPort(name, {
    carrier: false,
    speed: null,
    carrierTransitions: 3,
    optic: moduleIn({ serial: `SN-${name}`, readings: { inputPower: null } }),
  })
}
