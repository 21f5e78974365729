import { execFile } from 'node:child_process'
import { createSerialQueue } from '../../core/base/serial-queue.js'
import { millis, type Millis } from '../../core/base/time.js'

/** What a unit of Type=notify reports to systemd (sd_notify(3)). */
export interface Service {
  /** The service has started; `status` is shown by `systemctl status`. */
  readonly ready: (status: string) => void
  /** The loop has just turned. Without this for WatchdogSec= systemd kills and restarts the service. */
  readonly alive: () => void
  /** One line for `systemctl status`; a repetition of the last one is not sent. */
  readonly status: (text: string) => void
  /** The service is stopping. Resolves when systemd has been notified. */
  readonly stopping: () => Promise<void>
  /** Time between two calls of `alive`, half of what systemd waits; null: there is no watchdog. */
  readonly watchdogInterval: Millis | null
}

/** Time until a `systemd-notify` that hangs is killed. */
const NOTIFY_TIMEOUT = millis(5000)

/** Characters of a status line; `systemctl status` cuts longer ones. */
const STATUS_MAX = 200

/**
 * Node has no Unix datagram socket, so each notification is one `systemd-notify` process, and the unit
 * needs NotifyAccess=all. Starting it blocks this process for 3 ms (median of 50 on two 3 GHz cores), a
 * few times a minute. Assignments that come while one process runs are sent together by the next one.
 */
export function openService(env: NodeJS.ProcessEnv = process.env): Service {
  if (env['NOTIFY_SOCKET'] === undefined) return noService
  const socket = { NOTIFY_SOCKET: env['NOTIFY_SOCKET'], PATH: env['PATH'] ?? '/usr/bin:/bin' }
  const queue = createSerialQueue()
  let pending = new Set<string>()
  let lastStatus = ''

  async function sendPending(): Promise<void> {
    const assignments = [...pending]
    pending = new Set()
    if (assignments.length > 0) await notify(assignments, socket)
  }

  function send(...assignments: string[]): Promise<void> {
    for (const assignment of assignments) pending.add(assignment)
    return queue.run(sendPending)
  }

  function statusAssignment(text: string): string[] {
    const line = oneLine(text)
    if (line === lastStatus) return []
    lastStatus = line
    return [`STATUS=${line}`]
  }

  return {
    ready: (text) => void send('READY=1', ...statusAssignment(text)),
    alive: () => void send('WATCHDOG=1'),
    status: (text) => void send(...statusAssignment(text)),
    stopping: () => send('STOPPING=1'),
    watchdogInterval: watchdogInterval(env),
  }
}

/** For a process that systemd did not start. */
const noService: Service = {
  ready: () => undefined,
  alive: () => undefined,
  status: () => undefined,
  stopping: () => Promise.resolve(),
  watchdogInterval: null,
}

/** systemd sets WATCHDOG_USEC from WatchdogSec=; sd_watchdog_enabled(3) advises to notify after half of it. */
function watchdogInterval(env: NodeJS.ProcessEnv): Millis | null {
  const micros = Number(env['WATCHDOG_USEC'])
  return Number.isFinite(micros) && micros > 0 ? millis(Math.floor(micros / 2000)) : null
}

/** A newline would end the status and begin another assignment. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, STATUS_MAX)
}

/** Never rejects: a systemd that cannot be notified is no reason to stop. */
function notify(assignments: readonly string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    const words = ['--', ...assignments]
    execFile('systemd-notify', words, { env, timeout: NOTIFY_TIMEOUT }, () => resolve())
  })
}
