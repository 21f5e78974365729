import { seconds, toMillis } from '../core/base/time.js'
import { ok } from '../core/base/result.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { Have } from '../core/model/plan.js'
import { AGENT_METHODS, type Status } from '../core/wire/messages.js'
import { newId } from '../edge/host/facts/identity.js'
import { aborted } from '../edge/host/program.js'
import type { Service } from '../edge/host/systemd-notify.js'
import { watchKernel } from '../edge/kernel/news/news.js'
import { serveLocal } from '../edge/socket/local.js'
import { createWakeTimer, startLoop } from './loop.js'
import { hubRoute, journalSecrets, openChangePorts, type HubProbe } from './change-wiring.js'
import { createEngine } from './change/engine.js'
import type { HubLink } from './hub/link.js'
import { NO_LIVENESS } from './hub/liveness.js'
import { HUB_NOT_CONFIGURED, openHubSide } from './hub-wiring.js'
import { wantOf } from './router/want.js'
import { agentMethods } from './methods.js'
import { observe } from './health/observe.js'
import { createOpticCache } from './health/optic-cache.js'
import { openReportQueue } from './hub/report-queue.js'
import { createReporting, createWatchers } from './reporting.js'
import { createDiskWatch } from './state/disk-watch.js'
import type { Edges } from './edges.js'

/** ms of quiet after kernel news before a turn looks, so that a burst makes one turn. */
const SETTLE = 100

/** The hub knows a double among its last 64 phases, and a change has seven at most. */
const CHANGES_SAID_AGAIN = 10

/** ms between two hearings of the witnesses of a provisional change. */
const WITNESS_POLL_INTERVAL = 1000

/**
 * ms a turn or a deed may take before it counts as hung. All that it waits for has an end of its own:
 * the kernel's and FRR's answers after 30 s, a drain after what the settings say.
 */
const TURN_MAX = 600_000

export interface AgentLife {
  readonly service: Service
  readonly version: string
  /** Aborted when the agent is to stop. */
  readonly signal: AbortSignal
}

/** Runs until the signal aborts; then stops between two turns and leaves the router as it is. */
export async function runAgent(
  settings: AgentSettings,
  world: Edges,
  life: AgentLife,
): Promise<void> {
  const { log, kernel, frr } = world
  const { service, signal } = life
  let link: HubLink | null = null
  const ear: HubProbe = {
    liveness: () => link?.liveness() ?? NO_LIVENESS,
    requestPing: () => link?.requestPing(),
  }
  const { secrets, others, ...changePorts } = await openChangePorts(settings, world, {
    ear,
    unsettled: () => engine.running()?.ref.generation ?? null,
  })
  const { clock, memory, context } = changePorts
  const startedAt = clock.wall().toISOString()
  const outbox = await openReportQueue(world.files, clock.wall, log)
  const watchers = createWatchers()
  const router = settings.agent.id
  const reporting = createReporting({ log, outbox, watchers, router, wall: clock.wall })
  const disk = createDiskWatch(world.files, { router, log, tell: reporting.health.report })
  const { maxImpact: ceiling, confirmWithin, grace, drain, drift } = settings.safety
  const engine = createEngine({
    ...changePorts,
    ...journalSecrets(world),
    routerId: router,
    ceiling,
    safety: { window: toMillis(seconds(confirmWithin)), grace: toMillis(seconds(grace)), drain },
    drift,
    hubRoute: hubRoute(world, ear),
    pollInterval: WITNESS_POLL_INTERVAL,
    onProgress(progress) {
      reporting.progress(progress)
      // An undo that is stuck is tried again at the next poll, not at once.
      if (progress.phase !== 'rolling-back' && progress.phase !== 'stuck') loop.lookAgain('change')
    },
    onDrift: reporting.drift,
    exclusively(deed) {
      loop.exclusively(deed).catch((error: unknown) => {
        log.error({ event: 'change-failed', error }, 'a step of a change failed unexpectedly')
      })
    },
  })
  const optic = createOpticCache({
    eeprom: kernel.moduleEeprom,
    maxAge: settings.intervals.optics * 1000,
    now: clock.now,
  })
  const wake = createWakeTimer(() => loop.lookAgain('health'))
  let hub = HUB_NOT_CONFIGURED
  let frrVersion: string | null = null

  async function turn(reasons: readonly string[]): Promise<void> {
    try {
      const whole = reasons.some((reason) => reason !== 'health')
      await disk.look()
      await look(whole ? await engine.reconcile() : null)
      await secrets.tidy()
    } catch (error) {
      log.error({ event: 'turn-failed', reasons, error }, 'a turn failed; the next one tries again')
    }
    service.status(inShort())
  }

  /** What `systemctl status` shows. */
  function inShort(): string {
    const running = engine.running()
    const { state } = engine.syncState()
    const short = running === null ? state : `${state}, generation ${running.ref.generation}`
    return disk.faults().length === 0 ? short : `${short}; the state directory takes no writes`
  }

  /** `known` spares a second read of what a turn has just read. */
  async function look(known: Have | null): Promise<void> {
    const intent = engine.running()?.intent ?? null
    const want = intent === null ? null : await wantOf(intent, context)
    const state = await observe(intent, want?.ok === true ? want.value : null, {
      read: async () => known ?? { ...(await kernel.read()), frr: await frr.pulse() },
      ports: kernel.ports,
      lacp: kernel.lacp,
      optic,
      neighbors: frr.neighbors,
      host: world.readHost,
      conflicts: (wanted, have) =>
        others.conflicts(wanted, have, engine.running() === memory.lastGood()),
      wall: clock.wall,
      router,
    })
    frrVersion = state.frr.reachable ? state.frr.version : null
    wake(reporting.health.assess(state, clock.now()))
  }

  function status(): Status {
    const { state, faults } = engine.syncState()
    return {
      router,
      agentVersion: life.version,
      at: clock.wall().toISOString(),
      startedAt,
      state,
      running: engine.running()?.ref ?? null,
      lastGood: memory.lastGood()?.ref ?? null,
      hub: { ...hub, unacknowledged: outbox.waiting() },
      change: engine.progress(),
      faults: [...faults, ...disk.faults()],
      health: { ...reporting.health.document() },
    }
  }

  const loop = startLoop(turn, SETTLE)
  const methods = agentMethods({
    engine,
    memory,
    health: reporting.health,
    secrets,
    exclusively: loop.exclusively,
    status,
    newName: newId,
    ceiling,
    wall: clock.wall,
  })
  const local = await serveLocal({
    path: settings.state.socket,
    mine: AGENT_METHODS,
    theirs: {},
    handlers: (peer) => ({
      ...methods,
      watch() {
        watchers.add(peer)
        return ok({})
      },
    }),
  })
  const timers: NodeJS.Timeout[] = []
  if (service.watchdogInterval !== null) {
    // A loop that is blocked does not get here, and one that waits for ever is found out.
    const feed = () => {
      if (loop.busyFor() < TURN_MAX) service.alive()
    }
    timers.push(setInterval(feed, service.watchdogInterval))
  }
  try {
    await loop.exclusively(engine.recover)
    if (settings.hub !== null) {
      link = await openHubSide(settings.hub, {
        settings,
        engine,
        memory,
        outbox,
        methods,
        log,
        clock,
        agentVersion: life.version,
        frrVersion: () => frrVersion,
        onState: (state) => (hub = state),
        signal,
      })
      reporting.attach(link)
      // What became of the last changes may not have reached the hub before a stop; doubles do no harm.
      for (const progress of memory.history().slice(-CHANGES_SAID_AGAIN)) link.progress(progress)
    }
    watchKernel({ onChange: (change) => loop.lookAgain(change), signal })
    timers.push(
      setInterval(() => loop.lookAgain('poll'), settings.intervals.poll * 1000),
      setInterval(() => loop.lookAgain('health'), settings.intervals.health * 1000),
    )
    loop.lookAgain('start')
    service.ready('looking after the interconnects')
    log.info({ event: 'started', version: life.version, router }, 'started')
    await aborted(signal)
    await service.stopping()
  } finally {
    await loop.stop()
    timers.forEach((timer) => clearInterval(timer))
    await local.close()
  }
  await link?.stopped
  log.info({ event: 'stopped' }, 'stopped; the data plane is untouched')
}
