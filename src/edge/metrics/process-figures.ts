import type { ProcessFigures } from '../../core/metrics/exposed.js'
import type { Clock } from '../host/clock.js'

/** What this process uses, as the kernel counts it. */
export function readProcess(clock: Pick<Clock, 'wall'>): ProcessFigures {
  const { user, system } = process.cpuUsage()
  return {
    cpu: (user + system) / 1e6,
    memory: process.memoryUsage.rss(),
    startedAt: clock.wall().getTime() / 1000 - process.uptime(),
  }
}
