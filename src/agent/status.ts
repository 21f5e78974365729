import type { AgentSettings } from '../core/config/settings.js'
import type { Status } from '../core/wire/messages.js'
import type { Engine } from './change/engine.js'
import type { HealthMonitor } from './health/monitor.js'
import type { HubSide } from './hub-wiring.js'
import type { PersistentReportQueue } from './hub/report-queue.js'
import type { DiskWatch } from './state/disk-watch.js'
import type { StateStore } from './state/state-store.js'

export interface StatusSources {
  readonly router: string
  readonly agentVersion: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly wall: () => Date
  readonly engine: Engine
  readonly store: StateStore
  readonly hub: Pick<HubSide, 'state'>
  readonly reports: Pick<PersistentReportQueue, 'waiting'>
  /** What is kept on the disk, each with its faults. */
  readonly records: readonly Pick<DiskWatch, 'faults'>[]
  readonly health: Pick<HealthMonitor, 'document'>
}

/** The status document that `demarc status` and the hub read. */
export function statusOf(sources: StatusSources): Status {
  const { router, agentVersion, startedAt, wall, engine, store, records } = sources
  const { state, faults } = engine.syncState()
  return {
    router,
    agentVersion,
    at: wall().toISOString(),
    startedAt,
    state,
    running: engine.running()?.ref ?? null,
    lastGood: store.lastGood()?.ref ?? null,
    hub: { ...sources.hub.state(), unacknowledged: sources.reports.waiting() },
    change: engine.progress(),
    faults: [...faults, ...records.flatMap((record) => record.faults())],
    health: { ...sources.health.document() },
  }
}

/** The line that `systemctl status` shows. */
export function statusLine(engine: Engine, disk: DiskWatch): string {
  const running = engine.running()
  const { state } = engine.syncState()
  const line = running === null ? state : `${state}, generation ${running.ref.generation}`
  return disk.faults().length === 0 ? line : `${line}; the state directory takes no writes`
}

/** What somebody does next on a router without an intent. */
export function firstStep({ hub }: AgentSettings): string {
  return hub === null
    ? 'there is no intent yet: list the ports in [ports] manage, then run "demarc apply FILE", or name a control plane in [hub]'
    : 'there is no intent yet: the hub pushes one'
}
