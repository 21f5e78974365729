import type { Result } from '../core/base/result.js'
import { millis, seconds, toMillis, type Millis } from '../core/base/time.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { Status } from '../core/wire/messages.js'
import type { Clock } from '../edge/host/clock.js'
import { newId } from '../edge/host/facts/identity.js'
import type { Log } from '../edge/host/log.js'
import { aborted } from '../edge/host/program.js'
import type { BmpReceiver } from '../edge/bmp/receiver.js'
import { logProfileFaults, type ProviderProfiles } from '../edge/host/profiles/profile-files.js'
import type { Service } from '../edge/host/systemd-notify.js'
import { watchKernel } from '../edge/kernel/news/news.js'
import { userName } from '../edge/host/facts/users.js'
import type { AuditTrail } from './access/audit-trail.js'
import { methodsOf, openAudit, serveAgent, type CallersMethods } from './callers.js'
import { openChangePorts } from './change-wiring.js'
import { openDoctor, type DoctorParts } from './doctor/open.js'
import { createEngine, type Engine } from './change/engine.js'
import type { ChangePorts } from './change/ports.js'
import type { Edges } from './edges.js'
import type { HealthMonitor } from './health/monitor.js'
import {
  openRedundancyMemories,
  type RedundancyMemories,
} from './redundancy/redundancy-memories.js'
import { connectToHub, createHubSide, type HubSide } from './hub-wiring.js'
import { openReportQueue, type PersistentReportQueue } from './hub/report-queue.js'
import { silentPlace, startReportedSessions } from './health/partial/reported-sessions.js'
import { startSending } from './metrics/send.js'
import { startMetrics } from './metrics/serve.js'
import {
  createLooks,
  createObserver,
  createTurn,
  DUE,
  LATE,
  lookPace,
  timelyTrouble,
  type Observer,
} from './observer.js'
import { openLifecycles, type LifecycleOptions, type Lifecycles } from './lifecycle/lifecycles.js'
import {
  openLightMemories,
  type LightMemories,
  type LightOptions,
} from './optics/light-memories.js'
import { createWakeTimer, startLoop, type Loop } from './router/loop.js'
import { reloadAgent } from './reload.js'
import { createReporting, createWatchers, type Reporting, type Watchers } from './reporting.js'
import { createDiskWatch } from './state/disk-watch.js'
import type { StateStore } from './state/state-store.js'
import { firstStep, statusLine, statusOf } from './status.js'

/** Wait after a change notification of the kernel, so that a burst makes one turn. */
const QUIET = millis(100)

/** Pause between two queries of the witnesses of a provisional change. */
const WITNESS_POLL_INTERVAL = millis(1000)

/**
 * How long a turn or a task may take before it counts as hung. Everything it waits for has a limit of its
 * own: answers of the kernel and FRR 30 s, a drain what the settings say.
 */
const TURN_MAX = millis(600_000)

export interface AgentLife {
  readonly service: Service
  readonly version: string
  /** Aborts when the agent is to stop. */
  readonly signal: AbortSignal
  /** The profiles of providers. */
  readonly profiles: ProviderProfiles
  /** Reads the settings file again. */
  readonly readSettings: () => Promise<Result<AgentSettings>>
  /** Gets what is to be done at each SIGHUP. */
  readonly onReload: (task: () => Promise<void>) => void
}

/** Runs until the signal aborts; then stops between two turns and leaves the router as it is. */
export async function runAgent(
  settings: AgentSettings,
  edges: Edges,
  life: AgentLife,
): Promise<void> {
  const { log } = edges
  const { service, signal, version } = life
  const router = settings.agent.id
  const agent = await openAgent(settings, edges, life)
  const { engine, loop, looks, hub, trail } = agent
  const local = await serveAgent(settings.state.socket, agent)
  const watchdog = feedWatchdog(service, loop)
  const metrics = startMetrics({ settings, log, ...agent })
  const sender = startSending({ settings, log, ...agent })
  const polls: NodeJS.Timeout[] = []
  try {
    await loop.exclusively(engine.recover)
    await connectToHub(settings, agent, { log, version, signal })
    const requestBoth = (reason: string): void => requestTurns(agent, reason)
    edges.prober.onChange(() => looks.requestTurn('probe'))
    watchKernel({ onChange: requestBoth, ...agent.notified, signal })
    const { poll, health } = settings.intervals
    polls.push(every(poll, () => loop.requestTurn('poll')))
    polls.push(every(health, () => looks.requestTurn(DUE)))
    requestBoth('start')
    life.onReload(async () =>
      reloadAgent({
        ...{ settings, read: life.readSettings, profiles: life.profiles },
        ...{ log, hub, loop, trail },
      }),
    )
    logProfileFaults(life.profiles, log)
    service.ready('managing the interconnects')
    agent.trail.started(version)
    log.info({ event: 'started', version, router }, 'demarcd has started')
    if (engine.syncState().state === 'no-intent')
      log.info({ event: 'no-intent' }, firstStep(settings))
    await aborted(signal)
    await service.stopping()
  } finally {
    await Promise.all([loop.stop(), looks.stop()])
    agent.wakeForHealth(null)
    for (const timer of [...watchdog, ...polls]) clearInterval(timer)
    await Promise.all([local.close(), metrics?.close(), agent.reported?.close(), sender?.close()])
  }
  await Promise.all([
    hub.stopped(),
    agent.lifecycles.idle(),
    agent.lights.close(),
    agent.redundancy.close(),
  ])
  log.info({ event: 'stopped' }, 'demarcd has stopped; it left the data plane as it is')
}

/** Something may have changed that is both judged and repaired. */
function requestTurns({ looks, loop }: Pick<Agent, 'looks' | 'loop'>, reason: string): void {
  looks.requestTurn(reason)
  loop.requestTurn(reason)
}

/** The parts of the agent, joined and not started yet. */
interface Agent extends CallersMethods {
  readonly clock: Clock
  readonly store: StateStore
  readonly engine: Engine
  /** Changes and repairs. */
  readonly loop: Loop
  /** Looks at the router for its health, beside the loop: a daemon that hangs holds up repairs, and no look. */
  readonly looks: Loop
  readonly hub: HubSide
  readonly reports: PersistentReportQueue
  readonly watchers: Watchers
  readonly trail: AuditTrail
  readonly observer: Observer
  readonly health: HealthMonitor
  readonly status: () => Status
  readonly lifecycles: Lifecycles
  /** What the kernel notifies; what BMP reports as well. */
  readonly notified: ReturnType<typeof createLooks>['notified']
  /** What bgpd reports over BMP; null: the settings do not want it. */
  readonly reported: BmpReceiver | null
  readonly lights: LightMemories
  readonly redundancy: RedundancyMemories
  /** Asks for a turn after this time, because a finding becomes due; null: not at all. */
  readonly wakeForHealth: (after: Millis | null) => void
}

async function openAgent(settings: AgentSettings, edges: Edges, life: AgentLife): Promise<Agent> {
  const { log, files } = edges
  const router = settings.agent.id
  const hub = createHubSide()
  const { ports, secrets, others } = await openChangePorts(settings, edges, {
    hub,
    unsettled: () => engine.running()?.ref.generation ?? null,
  })
  const { clock, records } = ports
  const [{ store }, { wall }] = [records, clock]
  const startedAt = wall().toISOString()
  const reports = await openReportQueue(files, wall, log)
  const watchers = createWatchers()
  const isConfirmed = (): boolean => engine.running() === store.lastGood()
  const of = { router, wall, isConfirmed, engine: () => engine }
  const lifecycles = await openAgentLifecycles(edges, life, of)
  const { lights, redundancy } = await openMemories({ files, log, clock })
  const kept = { lifecycles, redundancy }
  const reporting = createReporting({ log, reports, watchers, hub, ...kept, router, wall })
  const { health } = reporting
  const disk = openDiskWatch(settings, edges, clock, health)
  const loop = startLoop({ turn: (reasons) => turn(reasons), quiet: QUIET, clock })
  const { file: audit, to: auditTo, trail } = openAudit(files, router, wall)
  const looks = startLoop({ turn: (why) => look(why), quiet: QUIET, meter: lookPace(clock), clock })
  const engine = openEngine(settings, ports, life.signal, { log, reporting, loop, looks, trail })
  const wakeForHealth = createWakeTimer(() => looks.requestTurn(DUE), clock)
  const observer = createObserver({
    ...{ settings, edges, clock, lights, isConfirmed },
    ...{ context: ports.router.context, profiles: life.profiles, coexistence: others },
    ...{ running: engine.running, syncState: engine.syncState },
    bmpSilent: () => silentPlace(settings, reported),
    onLate: () => looks.requestTurn(LATE),
  })
  const onEnd = (): void => life.service.status(statusLine(engine, disk))
  const onRepaired = (): void => looks.requestTurn('repaired')
  const turn = createTurn(engine, secrets, { log, onEnd, onRepaired })
  const { look, notified } = createLooks(engine, observer, {
    ...{ log, disk, clock, onEnd, neighbor: edges.frr.neighbor },
    assess: (state) => wakeForHealth(health.assess(state, clock.now())),
    onLost: () => requestTurns({ looks, loop }, 'sessions'),
  })
  const reported = startReportedSessions({ settings, log, clock, looks, notified })
  const opened = { router, startedAt, wall, hub, reports, health, engine, store, lights }
  const status = () => statusOf({ ...opened, agentVersion: life.version, records: [disk, audit] })
  const methods = {
    ...{ ...opened, status, secrets },
    exclusively: loop.exclusively,
    ...{ newName: newId, profiles: life.profiles.profiles },
    links: async () => (await edges.kernel.read()).links,
    ...{ audit, lifecycles, clear: edges.frr.clear, maxImpact: settings.safety.maxImpact },
    look: looks.requestTurn,
    doctor: openDoctor(doctorParts({ ...opened, edges, clock, looks, look, life })),
  }
  const parts = {
    ...{ ...opened, status, clock, loop, looks },
    ...{ watchers, observer, wakeForHealth, reported, ...kept },
  }
  const callers = { hub, users: { localUser: edges.kernel.localUser, userName } }
  return { ...parts, trail, notified, ...methodsOf(settings, methods, auditTo, callers) }
}

function openDiskWatch(
  { agent, state }: AgentSettings,
  { files, log }: Pick<Edges, 'files' | 'log'>,
  clock: Clock,
  { report }: Pick<HealthMonitor, 'report'>,
) {
  const trouble = timelyTrouble(files, state.dir, clock)
  return createDiskWatch({ trouble }, { router: agent.id, log, onEvent: report })
}

/** What earlier processes have kept of the light of ports and of the redundancy of bundles. */
async function openMemories(options: LightOptions) {
  const [lights, redundancy] = await Promise.all([
    openLightMemories(options),
    openRedundancyMemories(options),
  ])
  return { lights, redundancy }
}

function doctorParts(
  of: Pick<Agent, 'clock' | 'engine' | 'looks'> & {
    readonly router: string
    readonly edges: Edges
    readonly life: AgentLife
    readonly look: (reasons: readonly string[]) => Promise<void>
    readonly health: Pick<HealthMonitor, 'look'>
  },
): DoctorParts {
  return {
    ...of,
    async look() {
      await of.looks.exclusively(() => of.look(['doctor']))
      return of.health.look()
    },
    intent: () => of.engine.running()?.intent ?? null,
    profiles: of.life.profiles.profiles,
  }
}

function openAgentLifecycles(
  { files, log }: Pick<Edges, 'files' | 'log'>,
  { profiles: { profiles } }: Pick<AgentLife, 'profiles'>,
  of: Pick<LifecycleOptions, 'router' | 'wall' | 'isConfirmed'> & { readonly engine: () => Engine },
): Promise<Lifecycles> {
  const { engine, ...rest } = of
  return openLifecycles({
    ...{ ...rest, files, log, profiles },
    running: () => engine().running(),
    syncState: () => engine().syncState(),
  })
}

function openEngine(
  settings: AgentSettings,
  ports: ChangePorts,
  signal: AbortSignal,
  to: {
    readonly log: Log
    readonly reporting: Reporting
    readonly loop: Loop
    readonly looks: Loop
    readonly trail: AuditTrail
  },
): Engine {
  const { confirmWithin, grace, drain, drift } = settings.safety
  const { log, reporting, loop, looks, trail } = to
  return createEngine({
    ...ports,
    routerId: settings.agent.id,
    limits: {
      window: toMillis(seconds(confirmWithin)),
      grace: toMillis(seconds(grace)),
      drain: seconds(drain),
    },
    schedule: {
      exclusively(task) {
        loop.exclusively(task).catch((error: unknown) => {
          log.error({ event: 'change-failed', error }, 'a step of a change failed unexpectedly')
        })
      },
      pollInterval: WITNESS_POLL_INTERVAL,
      signal,
    },
    drift: { policy: drift, onDrift: reporting.drift },
    onProgress(progress) {
      reporting.progress(progress)
      trail.progress(progress)
      // A rollback that is stuck is tried again at the next poll, not at once.
      if (progress.phase !== 'rolling-back' && progress.phase !== 'stuck') {
        loop.requestTurn('change')
        looks.requestTurn('change')
      }
    },
  })
}

/** A blocked event loop never runs this timer; a turn that hangs is caught by {@link TURN_MAX}. */
function feedWatchdog(service: Service, loop: Loop): readonly NodeJS.Timeout[] {
  if (service.watchdogInterval === null) return []
  const feed = (): void => {
    if (loop.busyFor() < TURN_MAX) service.alive()
  }
  return [setInterval(feed, service.watchdogInterval)]
}

function every(interval: number, task: () => void): NodeJS.Timeout {
  return setInterval(task, toMillis(seconds(interval)))
}
