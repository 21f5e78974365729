import type { Log } from './log.js'

/**
 * The last net of a daemon: a task whose failure nobody awaits is logged as a defect, and the process goes
 * on, because other routers and the data plane need it. What is thrown outside of a task still ends it.
 */
export function surviveRejections(log: Pick<Log, 'error'>): void {
  process.on('unhandledRejection', (error) => {
    log.error({ event: 'bug', error }, 'a task failed that nobody waited for; please report it')
  })
}
