import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import { createEngine, type Engine } from '../../../src/agent/change/engine.js'
import { openChangeJournal } from '../../../src/agent/change/journal.js'
import type { ChangePorts, WitnessSource } from '../../../src/agent/change/ports.js'
import type { Push } from '../../../src/agent/change/push.js'
import type { DriftReport } from '../../../src/agent/change/reconcile.js'
import type { FrrPort, ManagedRouter } from '../../../src/agent/router/ports.js'
import { readPushed } from '../../../src/agent/router/want.js'
import { openStateStore, type StateStore } from '../../../src/agent/state/state-store.js'
import type { Fault } from '../../../src/core/base/fault.js'
import { ok, refused } from '../../../src/core/base/result.js'
import { createSerialQueue } from '../../../src/core/base/serial-queue.js'
import { millis, seconds } from '../../../src/core/base/time.js'
import type { HubRoute } from '../../../src/core/change/hub-path.js'
import type { Witness } from '../../../src/core/change/witness.js'
import { toSecretDigest } from '../../../src/core/model/names.js'
import type { ForeignPaths, LinkHost } from '../../../src/core/model/foreign-paths.js'
import type { FrrStep } from '../../../src/core/model/plan.js'
import type { AskedProbe } from '../../../src/core/model/probe.js'
import type { RouteView } from '../../../src/core/routes/table.js'
import type { ChangeProgress } from '../../../src/core/wire/messages.js'
import type { Clock } from '../../../src/edge/host/clock.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openStateFiles, type StateFiles } from '../../../src/edge/host/files/state-files.js'
import { fakeFrr } from '../frr/fake-frr.js'
import { fakeKernel, fakePort } from '../kernel/fake-kernel.js'
import { manualClock } from '../process/manual-clock.js'

/** What a test has otherwise than usual. */
export interface Over {
  /** FRR's. */
  readonly version?: string
  /** Why FRR takes a step not, or not all of it. */
  readonly frrFault?: (step: FrrStep) => Fault | null
  /** Why FRR's configuration cannot be saved. */
  readonly unsaved?: () => Fault | null
  readonly refusals?: () => readonly Fault[]
  /** Whether the password of the intent is on this router. */
  readonly hasSecret?: () => boolean
  /** `[ports] manage`. */
  readonly managedPorts?: () => readonly string[]
  readonly witnesses?: (
    probes: readonly AskedProbe[],
  ) => readonly Witness[] | Promise<readonly Witness[]>
  /** Why the sessions cannot be read. */
  readonly unreadable?: () => Fault | null
  readonly drift?: 'repair' | 'report'
  /** ms. */
  readonly grace?: number
  /** The sessions that are Established. */
  readonly established?: () => readonly string[]
  /** Accepted and announced IPv4 routes of each of them. */
  readonly counts?: readonly [received: number, sent: number]
  readonly routes?: RouteView
  /** s. */
  readonly drain?: number
  /** Called with each pause of a plan, in ms. */
  readonly paused?: (duration: number) => Promise<void>
  /** Where packets for the hub go. */
  readonly hubRoute?: () => HubRoute
  readonly linkHosts?: () => readonly LinkHost[]
  readonly hosts?: (hosts: readonly LinkHost[]) => Promise<readonly Witness[]>
  readonly foreignPaths?: () => ForeignPaths
  /** Whether the text behind a digest is known. */
  readonly isKnown?: (digest: string) => boolean
  readonly onProgress?: (progress: ChangeProgress) => void
  /** Stands between the engine and its files. */
  readonly files?: (files: StateFiles) => StateFiles
  /** The real clock, where something real takes part; otherwise only `elapse` moves the time on. */
  readonly clock?: Clock
}

/** Time between two queries of the witnesses. */
const POLL_INTERVAL = millis(20)

/** ms since boot when a test begins. */
const UPTIME = 100_000
/** Wall clock at that boot. */
const START = Date.parse('2025-01-31T10:00:00.000Z')

/** An agent's engine on a fake kernel and a fake FRR, which pass the contracts of the real ones. */
export async function bench(t: Test, over: Over = {}) {
  const fakes = fakesOf(over)
  const reports = reportsOf(over)
  const dir = t.testdir()
  const tasks = createSerialQueue()
  const fake = manualClock()
  await fake.advance(UPTIME)
  const clock = over.clock ?? { ...fake, wall: () => new Date(START + fake.now()) }
  const stop = new AbortController()
  // What is still being written must not be in the folder while it is removed.
  t.teardown(async () => {
    stop.abort()
    await tasks.idle()
  })
  let store: StateStore

  async function make(bootId = 'this-boot', damaged?: 'spared'): Promise<Engine> {
    const opened = await openStateFiles(dir)
    const files = over.files?.(opened) ?? opened
    store = await openStateStore(files, reports.log, damaged)
    const engine = createEngine({
      routerId: 'r1',
      router: fakes.router,
      records: { store, journal: openChangeJournal(files) },
      clock: { ...clock, bootId },
      witnesses: witnessesOf(over),
      secrets: secretsOf(over),
      limits: limitsOf(over),
      schedule: {
        exclusively: (task) => void tasks.run(task),
        pollInterval: POLL_INTERVAL,
        retryPauses: [],
        signal: stop.signal,
      },
      drift: { policy: over.drift ?? 'repair', onDrift: reports.onDrift },
      onProgress: (progress) => reports.onProgress(progress),
    })
    await engine.recover()
    return engine
  }

  /** Resolves when no task is left, but for those that wait for time to pass. */
  async function settle(): Promise<void> {
    await setImmediate()
    await tasks.idle()
  }

  /** Lets this many ms pass, with everything that happens meanwhile. */
  async function elapse(duration: number): Promise<void> {
    for (let left = duration; left > 0; left -= POLL_INTERVAL) {
      await fake.advance(Math.min(left, POLL_INTERVAL))
      await settle()
    }
  }

  const engine = await make()
  /** Lets this many ms pass at once, for a test in which nothing else goes on. */
  const pass = (duration: number) => fake.advance(duration)
  const flow = { settle, elapse, pass, exclusively: tasks.run, restart: make, clock }
  return { ...fakes, ...reports, ...flow, engine, dir, memory: () => store }
}

/** What the engine reports: progress, differences, lines of the log. */
function reportsOf(over: Over) {
  const phases: string[] = []
  const seen: ChangeProgress[] = []
  const drifts: DriftReport[] = []
  const lines: string[] = []
  return {
    phases,
    seen,
    drifts,
    lines,
    log: openLog({ level: 'error', write: (line) => void lines.push(line) }),
    onDrift: (drift: DriftReport) => void drifts.push(drift),
    onProgress(progress: ChangeProgress): void {
      phases.push(progress.phase)
      seen.push(progress)
      over.onProgress?.(progress)
    },
  }
}

/** A router of fakes; `pauses` are those that were made on it, in ms. */
function fakesOf(over: Over) {
  const kernel = fakeKernel([fakePort('p0'), fakePort('p1'), fakePort('mgmt', { up: true })])
  const frr = fakeFrr(over.version)
  const pauses: number[] = []
  const digest = toSecretDigest('ab'.repeat(16))
  const sleep = async (duration: number): Promise<void> => {
    pauses.push(duration)
    await over.paused?.(duration)
  }
  const port: FrrPort = {
    read: frr.read,
    async apply(step) {
      const refusal = over.frrFault?.(step) ?? null
      return refusal ?? frr.apply(step)
    },
    wait: async () => null,
    save: async () => over.unsaved?.() ?? null,
  }
  const router: ManagedRouter = {
    ports: { kernel, frr: port, sleep },
    context: {
      get managedPorts() {
        return over.managedPorts?.() ?? ['p*']
      },
      secrets: async () =>
        new Map(digest === undefined || over.hasSecret?.() === false ? [] : [['key', digest]]),
      sha256,
      refusals: async () => over.refusals?.() ?? [],
    },
  }
  return { kernel, frr, pauses, router }
}

function witnessesOf(over: Over): WitnessSource {
  return {
    query: async (_, probes, hosts) => ({
      witnesses: [
        ...((await over.witnesses?.(probes)) ?? []),
        ...((await over.hosts?.(hosts)) ?? []),
      ],
      unreadable: over.unreadable?.() ?? null,
    }),
    async established() {
      const fault = over.unreadable?.() ?? null
      if (fault !== null) return refused(fault)
      return ok(new Map(over.established?.().map((subject) => [subject, familiesOf(over.counts)])))
    },
    routes: async () => over.routes ?? { tables: [], present: new Map() },
    hubRoute: async () => over.hubRoute?.() ?? null,
    linkHosts: async () => over.linkHosts?.() ?? [],
    foreignPaths: async () => over.foreignPaths?.() ?? { routes: [], hosts: [] },
  }
}

/** The families of a session with so many IPv4 routes; none without counts. */
export function familiesOf(counts: Over['counts']): NonNullable<Witness['routes']> {
  if (counts === undefined) return []
  const [received, sent] = counts
  return [{ family: 'ipv4-unicast', received, sent }]
}

function secretsOf(over: Over): ChangePorts['secrets'] {
  return { isKnown: over.isKnown ?? (() => true), seal: () => 'sealed', unseal: () => [] }
}

function limitsOf({ grace = 60_000, drain = 0 }: Over) {
  const window = millis(60_000)
  return { window, grace: millis(grace), drain: seconds(drain) } as const
}

export function intent(generation: number, vlanId = 100) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer', localAs: 65010, routerId: '10.255.0.1' },
    connections: [
      {
        name: 'dl',
        ports: [{ name: 'p0' }, { name: 'p1' }],
        aggregation: { lacpMode: 'ACTIVE', interval: 'FAST' },
      },
    ],
    attachments: [
      {
        name: 'net-a',
        connection: 'dl',
        vlanId,
        mtu: 1500,
        l3: { addresses: ['10.0.0.2/30'] },
        bgp: [{ neighborAddress: '10.0.0.1', peerAs: 65020, authPassword: { secret: 'key' } }],
      },
    ],
  }
}

/** A push of a valid document. */
export function push(
  document: unknown,
  over: Partial<Omit<Push, 'kept' | 'confirmWithin'>> & {
    /** s. */
    readonly confirmWithin?: number
  } = {},
): Push {
  const kept = readPushed(document, sha256)
  if (!kept.ok) throw new Error(JSON.stringify(kept.faults))
  const { confirmWithin, ...terms } = over
  return {
    kept: kept.value,
    change: 'c1',
    confirmWithin: confirmWithin === undefined ? null : seconds(confirmWithin),
    maxImpact: 'traffic-loss',
    probes: [],
    dryRun: false,
    adopt: false,
    ...terms,
  }
}
