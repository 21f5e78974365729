import { createLookSources, forQuietLooks } from '../../../src/agent/health/look-sources.js'
import { createHealthMonitor } from '../../../src/agent/health/monitor.js'
import { observe, type RouterReads } from '../../../src/agent/health/observe.js'
import { createPartialLooks } from '../../../src/agent/health/partial/partial-looks.js'
import { openLifecycles } from '../../../src/agent/lifecycle/lifecycles.js'
import { partialWantOf } from '../../../src/agent/router/want.js'
import { millis } from '../../../src/core/base/time.js'
import { layout } from '../../../src/core/intent/survey/layout.js'
import { ADDRESS_PROTOCOL, type HaveLink } from '../../../src/core/model/link.js'
import {
  acknowledge,
  connected,
  enqueueEvents,
  enqueueHealth,
  lastSequence,
  nextReport,
  NO_REPORTS,
  type ReportQueue,
} from '../../../src/core/report/queue.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import { createNeighborWatch } from '../../../src/edge/frr/neighbor-watch.js'
import { HEALTHY_HOST, healthyPort, NO_COUNTERS } from '../../support/agent/router-state.js'
import { row } from './row.js'
import { manyAttachments, PORT } from './thousand.js'

/**
 * Measures the processor time of looks at attachments of which nothing changes, without the kernel and FRR: what bgpd
 * prints is made here, and read as the agent reads it. Prints rows of JSON.
 */

const COUNT = Number(process.argv[2] ?? 1000)
const WARM_UP = 10
const LOOKS = 40

const read = parseIntent(manyAttachments('bench', COUNT))
if (!read.ok) throw new Error(JSON.stringify(read.faults))
const intent = read.value
const context = {
  managedPorts: [PORT],
  secrets: async () => new Map(),
  sha256,
  refusals: async () => [],
}
const names = layout(intent)
let looks = 0
/** Each look is 5 s after the one before it. */
const clock = {
  ...systemClock,
  now: () => millis(looks * 5000),
  wall: () => new Date(1_800_000_000_000 + looks * 5000),
}
const spent = new Map<string, number>()

function timed<T>(name: string, task: () => T): T {
  const start = process.cpuUsage()
  const value = task()
  const { user, system } = process.cpuUsage(start)
  spent.set(name, (spent.get(name) ?? 0) + (user + system) / 1000)
  return value
}

function links(): HaveLink[] {
  const sysctl = { rpFilter: 0, forwarding4: true, forwarding6: true } as const
  const plain = {
    mtu: 1500,
    up: true,
    carrier: true,
    master: null,
    mac: '02:00:00:00:00:01',
    sysctl,
  }
  const vlans = intent.attachments.map(({ name, vlanId, l3 }, place) => ({
    ...plain,
    index: place + 10,
    name: names.attachments.get(name) ?? name,
    detail: { kind: 'vlan', parent: PORT, vlanId: vlanId ?? 0 },
    alias: `demarc: attachment ${name}`,
    addresses: (l3?.addresses ?? []).map((address) => ({
      address,
      protocol: ADDRESS_PROTOCOL,
      owned: true,
    })),
  }))
  const port = {
    ...plain,
    index: 2,
    name: PORT,
    detail: { kind: 'port' },
    alias: null,
    addresses: [],
  }
  return [port, ...vlans] as never
}

/** As bgpd 8.4 prints them: the timers of each neighbour are others at each look. */
function neighborsText(): string {
  const seconds = looks * 5000
  const all = intent.attachments.flatMap(({ bgp }) =>
    (bgp ?? []).map(({ neighborAddress, peerAs }): [string, object] => [
      neighborAddress,
      {
        ...{ remoteAs: peerAs, localAs: 65010, nbrExternalLink: true, bgpVersion: 4 },
        ...{ remoteRouterId: '10.255.0.2', localRouterId: '10.255.0.1' },
        ...{ bgpState: 'Established', bgpTimerUpMsec: seconds, bgpTimerUpString: '00:10:00' },
        ...{ bgpTimerUpEstablishedEpoch: 1_700_000_000, bgpTimerLastRead: seconds % 10_000 },
        ...{ bgpTimerLastWrite: 2000, bgpInUpdateElapsedTimeMsecs: seconds },
        ...{ bgpTimerHoldTimeMsecs: 30_000, bgpTimerKeepAliveIntervalMsecs: 10_000 },
        neighborCapabilities: {
          '4byteAs': 'advertisedAndReceived',
          ...{ extendedMessage: 'advertisedAndReceived', routeRefresh: 'advertisedAndReceived' },
          multiprotocolExtensions: { ipv4Unicast: { advertisedAndReceived: true } },
        },
        gracefulRestartInfo: { endOfRibSend: {}, endOfRibRecv: {}, localGrMode: 'Helper*' },
        messageStats: {
          ...{ depthInq: 0, depthOutq: 0, opensSent: 1, opensRecv: 1, notificationsSent: 0 },
          ...{ notificationsRecv: 0, updatesSent: 2, updatesRecv: 3, keepalivesSent: looks },
          ...{ keepalivesRecv: looks, totalSent: looks + 3, totalRecv: looks + 4 },
        },
        addressFamilyInfo: {
          ipv4Unicast: {
            ...{ updateGroupId: 1, subGroupId: 1, packetQueueLength: 0 },
            ...{ acceptedPrefixCounter: 3, sentPrefixCounter: 2, prefixAllowedMax: 100 },
          },
        },
        ...{ connectionsEstablished: 1, connectionsDropped: 0, lastResetTimerMsecs: seconds },
        ...{ lastResetDueTo: 'No AFI/SAFI activated for peer', hostLocal: '10.0.0.2' },
        ...{ portLocal: 179, hostForeign: neighborAddress, portForeign: 40_000, readThread: 'on' },
      },
    ]),
  )
  const vrf = { vrfId: 0, vrfName: 'default', ...Object.fromEntries<object>(all) }
  return JSON.stringify({ default: vrf }, null, 2)
}

/** As bgpd 8.4 prints its summary. */
function summaryText(): string {
  const all = intent.attachments.flatMap(({ bgp }) =>
    (bgp ?? []).map(({ neighborAddress, peerAs }): [string, object] => [
      neighborAddress,
      {
        ...{ remoteAs: peerAs, localAs: 65010, version: 4, msgRcvd: looks + 4, msgSent: looks + 3 },
        ...{
          tableVersion: 0,
          outq: 0,
          inq: 0,
          peerUptime: '00:10:00',
          peerUptimeMsec: looks * 5000,
        },
        ...{
          peerUptimeEstablishedEpoch: 1_700_000_000,
          pfxRcd: 3,
          pfxSnt: 2,
          state: 'Established',
        },
        ...{ peerState: 'OK', connectionsEstablished: 1, connectionsDropped: 0, idType: 'ipv4' },
      },
    ]),
  )
  const family = { routerId: '10.255.0.1', as: 65010, peers: Object.fromEntries<object>(all) }
  return JSON.stringify({ default: { ipv4Unicast: family } }, null, 2)
}

let madeLinks = links()
let madeText = neighborsText()
let madeSummary = summaryText()
const watch = createNeighborWatch(
  async (commands) =>
    commands.map((command) => (command.includes('summary') ? madeSummary : madeText)),
  () => millis(looks * 5000),
)
let counted = new Map<number, typeof NO_COUNTERS>()

function moveOn(): void {
  looks += 1
  madeLinks = links()
  madeText = neighborsText()
  madeSummary = summaryText()
  counted = new Map(
    madeLinks.map(({ index }) => [index, { ...NO_COUNTERS, inOctets: looks * 700, inPkts: looks }]),
  )
}

const reads: RouterReads = {
  links: async () => madeLinks,
  ports: async (all) => all.map((name) => healthyPort(name)),
  protections: async () => [],
  lacp: async () => null,
  neighborDevices: async () => null,
  optic: async () => ({ optic: { state: 'absent' }, opticAt: null }),
  version: async () => '8.4.4',
  neighbors: watch.neighbors,
  routes: async () => [],
  prefixes: async () => [],
  paths: async () => ({
    ...{ unresolved: [], connecting: new Set<string>() },
    md5: { unsigned: 0, unexpected: 0, wrong: 0 },
  }),
  bgpRoutes: async () => [],
  draining: async () => null,
  absent: async () => [],
  lastConfig: () => null,
  config: async () => ({ version: '8.4.4', bgpd: [], bfdd: [], faults: [] }),
  counters: async () => counted,
  probed: () => ({ targets: [], fault: null }),
  host: async () => HEALTHY_HOST,
  conflicts: async () => [],
  wall: clock.wall,
  now: clock.now,
  router: 'bench',
}

let queue: ReportQueue = connected(NO_REPORTS, 0)

function report(): void {
  const next = nextReport(queue, clock.wall().toISOString())
  queue = next.report === null ? next.queue : acknowledge(next.queue, lastSequence(next.queue))
}

const lifecycles = await openLifecycles({
  files: { read: async () => undefined, write: async () => undefined } as never,
  log: { error: () => undefined },
  router: 'bench',
  wall: clock.wall,
  running: () => ({ ref: { generation: 1, digest: 'a' }, intent }),
  isConfirmed: () => true,
  syncState: () => ({ state: 'in-sync', faults: [] }),
  profiles: () => new Map() as never,
})
const monitor = createHealthMonitor(
  clock.wall,
  {
    onDocument: (document) => (queue = enqueueHealth(queue, document)),
    onEvents: (events) => (queue = enqueueEvents(queue, events)),
  },
  lifecycles,
  { bundles: [], keep: () => undefined },
)
const sources = forQuietLooks(
  createLookSources({
    deadline: millis(1000),
    staleAfter: millis(3000),
    clock,
    onLate: () => undefined,
  }),
)
const partial = createPartialLooks({
  clock,
  isMoving: () => false,
  assess: () => undefined,
  onLost: () => undefined,
  neighbor: async () => null,
})

async function look(): Promise<void> {
  const began = { now: clock.now(), at: clock.wall().toISOString() }
  const start = process.cpuUsage()
  const want = await partialWantOf(intent, context)
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  const state = await observe(intent, want.value.want, reads, sources)
  const { user, system } = process.cpuUsage(start)
  spent.set('observe', (spent.get('observe') ?? 0) + (user + system) / 1000)
  const whole = timed('partial looks', () => partial.whole(state, began))
  timed('assess', () => monitor.assess(whole, clock.now()))
  timed('report', () => {
    report()
    report()
  })
}

for (let at = 0; at < WARM_UP; at += 1) {
  moveOn()
  await look()
}
spent.clear()
for (let at = 0; at < LOOKS; at += 1) {
  moveOn()
  await look()
}
for (const [name, time] of spent) row(`a look at ${COUNT}: ${name}`, time / LOOKS, null, 'ms')
