import t from 'tap'
import { createLookSources } from '../../../src/agent/health/look-sources.js'
import { observe, type RouterReads } from '../../../src/agent/health/observe.js'
import { createOpticCache } from '../../../src/agent/health/optic-cache.js'
import { wantOf } from '../../../src/agent/router/want.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import { millis } from '../../../src/core/base/time.js'
import { parseConfig } from '../../../src/core/frr/tree.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { RouterState, ShownNeighbor } from '../../../src/core/model/state.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import { intent } from '../../support/agent/engine.js'
import { healthyNeighbor, healthyPort, HEALTHY_HOST } from '../../support/agent/router-state.js'
import { manualClock } from '../../support/process/manual-clock.js'

interface BgpPeer {
  readonly neighborAddress: string
  readonly peerAs: number
  readonly bfd?: object
  readonly shutdown?: object
}

const PEER: BgpPeer = { neighborAddress: '10.0.0.1', peerAs: 65020 }

async function wanted(bgp: readonly BgpPeer[], ofRouter: object = {}) {
  const document = intent(1)
  const attachments = document.attachments.map(({ bgp: keyed, ...attachment }) =>
    bgp.length === 0 ? attachment : { ...attachment, bgp },
  )
  const read = parseIntent({
    ...document,
    router: { ...document.router, ...ofRouter },
    attachments,
  })
  if (!read.ok) throw new Error(JSON.stringify(read.faults))
  const want = await wantOf(read.value, {
    managedPorts: ['p*'],
    secrets: async () => new Map(),
    sha256,
    refusals: async () => [],
  })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return { intent: read.value, want: want.value }
}

const seen: ShownNeighbor = {
  ...healthyNeighbor({ address: '10.0.0.1', vrf: null, establishedTransitions: 3 }),
  peerGroup: null,
  listenRange: null,
}

/** A router that answers everything at once. */
const ANSWERS: Omit<RouterReads, 'wall' | 'optic'> = {
  counters: async () => new Map(),
  probed: () => ({ targets: [], fault: null }),
  now: () => millis(0),
  links: async () => [],
  ports: async (names) => names.map((name) => healthyPort(name)),
  protections: () => Promise.resolve([]),
  lacp: async () => null,
  neighborDevices: async () => null,
  version: async () => '8.4.4',
  neighbors: async () => [seen],
  routes: async () => [],
  prefixes: async () => [],
  paths: async () => ({
    unresolved: [],
    connecting: new Set(),
    md5: { unsigned: 0, unexpected: 0, wrong: 0 },
  }),
  bgpRoutes: async () => [],
  draining: async () => null,
  absent: async () => [],
  lastConfig: () => null,
  config: async () => ({ version: '8.4.4', bgpd: [], bfdd: [], faults: [] }),
  host: async () => HEALTHY_HOST,
  conflicts: async () => [],
  router: 'r1',
}

async function router(bgp: readonly BgpPeer[] = [PEER], ofRouter: object = {}) {
  const { intent: document, want } = await wanted(bgp, ofRouter)
  const clock = manualClock()
  const terms = {
    deadline: millis(1000),
    staleAfter: millis(3000),
    clock,
    onLate: () => undefined,
  }
  const sources = createLookSources(terms)
  let reads = ANSWERS
  let eeprom = (): Promise<{ state: 'absent' }> => Promise.resolve({ state: 'absent' })
  const optic = createOpticCache({ eeprom: () => eeprom(), maxAge: millis(30_000), terms })
  return {
    clock,
    set: (over: Partial<typeof ANSWERS>) => (reads = { ...ANSWERS, ...over }),
    hangModule: () => (eeprom = hang),
    look: () => observe(document, want, { ...reads, optic, wall: clock.wall }, sources),
  }
}

const hang = <T>(): Promise<T> => new Promise<T>(() => undefined)

/** Whether a look is over after so many ms of the clock. */
async function lookWithin(
  { clock, look }: Awaited<ReturnType<typeof router>>,
  duration: number,
): Promise<RouterState | null> {
  let state: RouterState | null = null
  void look().then((seenNow) => (state = seenNow))
  await clock.advance(duration)
  return state
}

function findings(state: RouterState, seconds = 60): readonly string[] {
  const first = assess(state, NO_HISTORY, millis(0))
  const held = assess(state, first.history, millis(seconds * 1000))
  return held.verdicts.flatMap(({ kind, findings: found }) =>
    found.map(({ code, severity }) => `${kind} ${severity} ${code}`),
  )
}

t.test('the kernel is asked about a session that is not up, and about no other one', async (t) => {
  const md5 = { unsigned: 0, unexpected: 0, wrong: 7 }
  const bench = await router()
  const link = (await bench.look()).attachments[0]?.interface ?? ''
  let asked = 0
  const paths = async () => {
    asked += 1
    const unresolved = [{ address: '10.0.0.1', link }]
    return { unresolved, connecting: new Set(['10.0.0.1']), md5 }
  }
  bench.set({ paths })
  t.match(await bench.look(), { neighbors: [{ path: null }] })
  t.equal(asked, 0)
  const down = { ...seen, sessionState: 'Active' as const }
  bench.set({ paths, neighbors: async () => [down] })
  const { neighbors } = await bench.look()
  t.strictSame(neighbors[0]?.path, { isUnresolved: true, isConnecting: true, md5 })
  bench.set({ paths: () => new Promise(() => undefined), neighbors: async () => [down] })
  await lookWithin(bench, 1000)
  await bench.clock.advance(3000)
  t.match(await lookWithin(bench, 1000), { neighbors: [{ path: null }] }, 'old facts do not count')
})

t.test('FRR that stops answering is reported, and its sessions count as unknown', async (t) => {
  const bench = await router()
  const before = await bench.look()
  t.match(before.neighbors, [{ address: '10.0.0.1', sessionState: 'Established' }])
  const silence = fault('FRR_UNAVAILABLE', 'bgpd', 'bgpd did not answer within 4 s')
  bench.set({ version: () => Promise.reject(new FaultError(silence)) })
  const after = await bench.look()
  t.match(after.frr.daemons, [{}, { daemon: 'bgpd', needed: true, fault: silence.message }])
  t.match(after.neighbors, before.neighbors, 'as it was seen last')
  const found = findings(after)
  t.ok(found.includes('router critical FRR_UNREACHABLE'), found.join(', '))
  t.ok(found.includes('neighbor unknown BLOCKED'), found.join(', '))
  t.notOk(
    found.some((one) => one.includes('NEIGHBOR_')),
    'what FRR has is not known',
  )
  bench.set({})
  const again = await bench.look()
  t.match(again.frr.daemons, [{}, { fault: null }])
  const known = assess(before, NO_HISTORY, millis(0))
  const silent = assess(after, assess(after, known.history, millis(1000)).history, millis(60_000))
  const back = assess(again, silent.history, millis(61_000))
  t.notOk(
    back.events.some(({ code }) => code === 'SESSION_FLAPPED'),
    'it was up all the while',
  )
})

t.test('whatever hangs delays one look by a second, and only its own parts are old', async (t) => {
  const sources: readonly (readonly [string, Partial<typeof ANSWERS>, readonly string[]])[] = [
    ['bgpd', { neighbors: hang }, ['router critical FRR_UNREACHABLE', 'neighbor unknown BLOCKED']],
    [
      'every daemon',
      { version: hang },
      ['router critical FRR_UNREACHABLE', 'neighbor unknown BLOCKED'],
    ],
    ['the host', { host: hang }, ['router unknown OBSERVATION_STALE']],
    ['other programs', { conflicts: hang }, ['router unknown OBSERVATION_STALE']],
    ['the ports', { ports: hang }, ['router unknown OBSERVATION_STALE', 'port unknown BLOCKED']],
    ['routes', { routes: hang }, []],
  ]
  for (const [name, over, expected] of sources) {
    const bench = await router()
    const healthy = await bench.look()
    const usual = findings(healthy)
    bench.set(over)
    await bench.clock.advance(5000)
    const first = await lookWithin(bench, 1000)
    t.ok(first, `${name}: the first look is over`)
    // A link that goes while the source hangs is seen at once.
    bench.set({
      ...over,
      ...('ports' in over
        ? {}
        : { ports: async (names) => names.map((port) => healthyPort(port, { carrier: false })) }),
    })
    const second = await lookWithin(bench, 0)
    t.ok(second, `${name}: the next one does not wait`)
    if (first === null || second === null) continue
    t.strictSame(
      [...new Set(findings(first))].filter((one) => !usual.includes(one)),
      expected,
      name,
    )
    if (!('ports' in over)) t.ok(findings(second).includes('port critical PORT_NO_CARRIER'), name)
  }
})

t.test('a module that hangs delays nothing, and its last light counts for nothing', async (t) => {
  const bench = await router()
  await bench.look()
  bench.hangModule()
  await bench.clock.advance(31_000)
  const state = await lookWithin(bench, 1000)
  t.match(state?.ports[0]?.optic, {
    state: 'unreadable',
    reason: /within 1 s; it answered last at/,
  })
  t.ok(await lookWithin(bench, 0), 'the next look does not wait')
})

t.test('every daemon that the intent needs is asked, and no other one is missed', async (t) => {
  const bfd = {}
  const all = ['zebra', 'bgpd', 'bfdd', 'staticd', 'mgmtd']
  const cases: readonly (readonly [string, readonly BgpPeer[], readonly string[], boolean])[] = [
    ['layer 2 only, and no FRR', [], all, true],
    ['BGP without BFD and static routes', [PEER], ['bfdd', 'staticd', 'mgmtd'], true],
    ['BGP with BFD, and no bfdd', [{ ...PEER, bfd }], ['bfdd'], false],
    ['BGP, and zebra is dead', [PEER], ['zebra'], false],
    ['BGP, and bgpd is dead', [PEER], ['bgpd'], false],
  ]
  for (const [name, bgp, dead, isFine] of cases) {
    const bench = await router(bgp)
    bench.set({
      async version(daemon) {
        if (!dead.includes(daemon)) return '8.4.4'
        throw new FaultError(fault('FRR_UNAVAILABLE', daemon, `no connection to ${daemon}.vty`))
      },
    })
    const state = await bench.look()
    const unreachable = findings(state).includes('router critical FRR_UNREACHABLE')
    t.equal(unreachable, !isFine, name)
    const faults = state.frr.daemons.filter((daemon) => daemon.fault !== null)
    t.strictSame(
      faults.map(({ daemon }) => daemon),
      isFine ? [] : dead,
      name,
    )
  }
})

t.test('static routes need staticd, and mgmtd where FRR has it', async (t) => {
  const routes = { staticRoutes: [{ prefix: '10.64.0.0/10', nextHop: '10.0.0.1' }] }
  const cases: readonly (readonly [string, string, readonly string[], boolean])[] = [
    ['FRR 8.4, which has no mgmtd', '8.4.4', ['mgmtd', 'bgpd', 'bfdd'], true],
    ['FRR 8.4 without staticd', '8.4.4', ['staticd', 'mgmtd'], false],
    ['FRR 10.3 without BGP', '10.3', ['bgpd', 'bfdd'], true],
    ['FRR 10.3, and staticd is dead', '10.3', ['staticd'], false],
    ['FRR 10.3, and mgmtd is dead', '10.3', ['mgmtd'], false],
  ]
  for (const [name, version, dead, isFine] of cases) {
    const bench = await router([], routes)
    bench.set({
      async version(daemon) {
        if (!dead.includes(daemon)) return version
        throw new FaultError(fault('FRR_UNAVAILABLE', daemon, `no connection to ${daemon}.vty`))
      },
    })
    const state = await bench.look()
    const unreachable = findings(state).includes('router critical FRR_UNREACHABLE')
    t.equal(unreachable, !isFine, name)
    const faults = state.frr.daemons.filter((daemon) => daemon.fault !== null)
    const expected = isFine
      ? []
      : dead.filter((daemon) => version !== '8.4.4' || daemon !== 'mgmtd')
    t.strictSame(
      faults.map(({ daemon }) => daemon),
      expected,
      name,
    )
  }
})

t.test('a session that a listen range lets in on a subnet of the intent is reported', async (t) => {
  for (const bgp of [[PEER], []]) {
    const bench = await router(bgp)
    const dynamic = { ...seen, address: '10.0.0.1', peerGroup: 'LAN', listenRange: '10.0.0.0/24' }
    bench.set({ neighbors: async () => [dynamic] })
    const state = await bench.look()
    t.ok(findings(state).includes('router critical LISTEN_RANGE_NEIGHBOR'))
    t.match(state.frr.remarks, [{ message: /10\.0\.0\.1.*net-a.*10\.0\.0\.0\/24.*LAN/ }])
    bench.set({ neighbors: async () => [{ ...dynamic, address: '192.0.2.9' }] })
    t.strictSame((await bench.look()).frr.remarks, [], 'elsewhere it is not demarc’s')
  }
})

t.test('routes that zebra has not are reported, and not while a daemon is silent', async (t) => {
  const accepted = [{ family: 'ipv4-unicast' as const, received: 5, sent: 0, limit: null }]
  const count = { family: 'ipv4-unicast' as const, known: 5, installed: 5, failed: 0 }
  const cases = [
    [count, false],
    [{ ...count, known: 0, installed: 0 }, true],
    [{ ...count, installed: 3, failed: 2 }, true],
    [{ ...count, installed: 4, failed: 0 }, false],
  ] as const
  for (const [counted, isFound] of cases) {
    const bench = await router()
    const reads = {
      neighbors: async () => [{ ...seen, families: accepted }],
      routes: async () => [counted],
    }
    bench.set(reads)
    const state = await bench.look()
    t.equal(findings(state).includes('router critical ROUTES_NOT_INSTALLED'), isFound)
    const silence = new FaultError(fault('FRR_UNAVAILABLE', 'zebra', 'no connection'))
    bench.set({
      ...reads,
      version: (daemon) =>
        daemon === 'zebra' ? Promise.reject(silence) : Promise.resolve('8.4.4'),
    })
    t.strictSame((await bench.look()).frr.remarks, [])
  }
})

t.test('a session that the intent wants up and FRR holds down says who holds it', async (t) => {
  const block = (...lines: readonly string[]) =>
    parseConfig(['router bgp 65010', ...lines.map((line) => ` ${line}`), 'exit'].join('\n'))
  const own = 'neighbor 10.0.0.1 remote-as 65020'
  const cases = [
    [null, [own, 'bgp shutdown'], /`bgp shutdown` in `router bgp 65010`/],
    [null, [own, 'neighbor 10.0.0.1 shutdown message x y'], /`neighbor 10.0.0.1 shutdown`/],
    ['PG', [own, 'neighbor PG peer-group', 'neighbor PG shutdown'], /`neighbor PG shutdown`/],
    [null, [own], /running configuration/],
  ] as const
  for (const [peerGroup, lines, says] of cases) {
    const bench = await router()
    const held = { ...seen, sessionState: 'Idle' as const, adminDown: true, peerGroup }
    let read = 0
    bench.set({
      neighbors: async () => [held],
      async config() {
        read += 1
        return { version: '8.4.4', bgpd: block(...lines), bfdd: [], faults: [] }
      },
    })
    const state = await bench.look()
    t.equal(read, 1, 'what was read before does not say it')
    const { verdicts } = assess(state, assess(state, NO_HISTORY, millis(0)).history, millis(60_000))
    const found = verdicts.find(({ kind }) => kind === 'neighbor')?.findings
    t.match(found, [{ code: 'NEIGHBOR_HELD_DOWN', severity: 'critical', message: says }])
  }
  const shut = await router([{ ...PEER, shutdown: {} }])
  shut.set({ neighbors: async () => [{ ...seen, sessionState: 'Idle', adminDown: true }] })
  const state = await shut.look()
  t.match(state.neighbors, [{ wantShutdown: true, heldBy: null, waitsForBfd: false }])
  t.notOk(findings(state).some((one) => one.startsWith('neighbor')))
})

t.test('a session that waits for BFD says so, whatever the last reset was', async (t) => {
  const bench = await router([{ ...PEER, bfd: { strict: true } }])
  const bfd = { sessionState: 'down' } as const
  bench.set({ neighbors: async () => [{ ...seen, sessionState: 'Idle', bfd }] })
  t.match((await bench.look()).neighbors, [{ waitsForBfd: true, bfd }])
})

t.test('a route of the kernel that only says it is of BGP is a finding', async (t) => {
  const count = { family: 'ipv4-unicast' as const, known: 1, installed: 1, failed: 0 }
  const own = { destination: '10.64.0.0/24', table: 254 }
  const cases = [
    { kernel: [own], known: 1, found: null },
    {
      kernel: [own, { destination: '10.9.0.0/16', table: 254 }],
      known: 1,
      found: /10\.9\.0\.0\/16\./,
    },
    { kernel: [own, { destination: '0.0.0.0/0', table: 254 }], known: 1, found: /0\.0\.0\.0\/0\./ },
    { kernel: [own, { destination: '10.9.0.0/16', table: 77 }], known: 1, found: null },
    { kernel: [own, own], known: 1, found: null },
    { kernel: [own, { destination: '10.9.0.0/16', table: 254 }], known: 2001, found: null },
  ]
  for (const { kernel, known, found } of cases) {
    const bench = await router()
    let asked = 0
    bench.set({
      neighbors: async () => [{ ...seen, families: [] }],
      routes: async () => [{ ...count, known }],
      prefixes: async () => ['10.64.0.0/24'],
      async bgpRoutes() {
        asked += 1
        return kernel
      },
    })
    const { remarks } = (await bench.look()).frr
    if (found === null) t.strictSame(remarks, [])
    else t.match(remarks, [{ code: 'ROUTES_NOT_FROM_BGP', message: found }])
    t.equal(asked, known > 2000 ? 0 : 1, 'a full table is not read at each look')
  }
})
