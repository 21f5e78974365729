import { toSeconds } from '../../core/base/time.js'
import type { AgentSettings } from '../../core/config/settings.js'
import { agentFamilies } from '../../core/metrics/agent.js'
import type { Family } from '../../core/metrics/family.js'
import { unreadiness } from '../../core/metrics/readiness.js'
import type { Status } from '../../core/wire/messages.js'
import type { Clock } from '../../edge/host/clock.js'
import { limitedLog } from '../../edge/host/limited-log.js'
import type { Log } from '../../edge/host/log.js'
import { createMetricsPage } from '../../edge/metrics/page.js'
import { readProcess } from '../../edge/metrics/process-figures.js'
import { serveMetrics, type MetricsServer } from '../../edge/metrics/server.js'
import type { HealthMonitor } from '../health/monitor.js'

export interface MetricsOptions {
  readonly settings: Pick<AgentSettings, 'metrics' | 'hub' | 'intervals'>
  readonly status: () => Status
  readonly health: Pick<HealthMonitor, 'document' | 'newestLook'>
  readonly clock: Clock
  readonly log: Log
}

/** Looks that may fail before the agent is not ready any more. */
const LOOKS_MISSED = 3
/** Seconds that a look may take beside its interval. */
const LOOK_TIME = 10

/** Serves the metrics where the settings want them; null: they do not. */
export function startMetrics(options: MetricsOptions): MetricsServer | null {
  const { settings, status, health, clock } = options
  if (settings.metrics === null) return null
  return serveMetrics({
    ...settings.metrics,
    metrics: createMetricsPage(async () => readFamilies(options), clock),
    unreadiness: () =>
      unreadiness({
        status: status(),
        health: health.document(),
        lookAge: toSeconds(clock.now()) - toSeconds(health.newestLook()?.at ?? clock.now()),
        lookAgeMax: LOOKS_MISSED * settings.intervals.health + LOOK_TIME,
      }),
    clock,
    log: limitedLog(options.log, clock),
  })
}

/** The metrics now. */
export function readFamilies({
  settings,
  status,
  health,
  clock,
}: MetricsOptions): Iterable<Family> {
  return agentFamilies({
    status: status(),
    hasHub: settings.hub !== null,
    health: health.document(),
    seen: health.newestLook()?.state ?? null,
    process: readProcess(clock),
  })
}
