import { execFile } from 'node:child_process'

/** What systemd hears from a unit of Type=notify (sd_notify(3)). */
export interface Service {
  /** The service works; `status` shows in `systemctl status`. */
  readonly ready: (status: string) => void
  /** The loop has just turned; without it for WatchdogSec= systemd kills and restarts the service. */
  readonly alive: () => void
  /** One line for `systemctl status`; saying the same again costs nothing. */
  readonly status: (text: string) => void
  /** Resolves when systemd has it. */
  readonly stopping: () => Promise<void>
  /** Milliseconds between two calls of `alive`, half of what systemd waits; null: no watchdog. */
  readonly watchdogInterval: number | null
}

/** Milliseconds until a `systemd-notify` that hangs is given up. */
const NOTIFY_TIMEOUT = 5_000

/** Characters of a status line; `systemctl status` cuts longer ones. */
const STATUS_MAX = 200

/**
 * Node has no Unix datagram socket, so each message is one `systemd-notify` process; the unit needs
 * NotifyAccess=all. Starting it holds this process up for 3 ms (median of 50 on two 3 GHz cores), a
 * few times a minute. Messages that pile up while one is on its way are sent as one.
 */
export function openService(env: NodeJS.ProcessEnv = process.env): Service {
  if (env['NOTIFY_SOCKET'] === undefined) return silent
  const socket = { NOTIFY_SOCKET: env['NOTIFY_SOCKET'], PATH: env['PATH'] ?? '/usr/bin:/bin' }
  let waiting = new Set<string>()
  let lastStatus = ''
  let sending: Promise<void> | null = null

  async function drain(): Promise<void> {
    while (waiting.size > 0) {
      const words = [...waiting]
      waiting = new Set()
      await notify(words, socket)
    }
    sending = null
  }

  function say(...words: string[]): Promise<void> {
    for (const word of words) waiting.add(word)
    // With nothing to send `drain` would end before it could be remembered, and be remembered for ever.
    if (waiting.size === 0) return sending ?? Promise.resolve()
    sending ??= drain()
    return sending
  }

  function statusWords(text: string): string[] {
    const line = oneLine(text)
    if (line === lastStatus) return []
    lastStatus = line
    return [`STATUS=${line}`]
  }

  return {
    ready: (text) => void say('READY=1', ...statusWords(text)),
    alive: () => void say('WATCHDOG=1'),
    status: (text) => void say(...statusWords(text)),
    stopping: () => say('STOPPING=1'),
    watchdogInterval: watchdogInterval(env),
  }
}

const silent: Service = {
  ready: () => undefined,
  alive: () => undefined,
  status: () => undefined,
  stopping: () => Promise.resolve(),
  watchdogInterval: null,
}

/** WATCHDOG_USEC is set by systemd from WatchdogSec=; sd_watchdog_enabled(3) asks for half of it. */
function watchdogInterval(env: NodeJS.ProcessEnv): number | null {
  const micros = Number(env['WATCHDOG_USEC'])
  return Number.isFinite(micros) && micros > 0 ? Math.floor(micros / 2000) : null
}

/** A newline would end the status and start another assignment. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, STATUS_MAX)
}

/** Never fails: systemd that does not listen is no reason to stop routing. */
function notify(words: readonly string[], env: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    execFile('systemd-notify', ['--', ...words], { env, timeout: NOTIFY_TIMEOUT }, () => resolve())
  })
}
