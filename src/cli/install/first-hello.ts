import { setTimeout as sleep } from 'node:timers/promises'
import { fault, FaultError } from '../../core/base/fault.js'
import { millis, toMillis, type Seconds } from '../../core/base/time.js'
import { Status } from '../../core/wire/messages.js'
import type { RootShell } from './privilege.js'
import { worseThan } from './well-being.js'

/** What an agent reports about itself in its first answer. */
export interface FirstHello {
  readonly version: string
  readonly state: Status['state']
  /** null: its settings name no hub. */
  readonly hub: string | null
}

/** Between two questions to the agent. */
const PAUSE = millis(1_000)

/** Lines of the journal that a failure is explained with. */
const JOURNAL_LINES = '10'

interface Waiting {
  /** Whether the settings name a hub, which the agent then has to connect to. */
  readonly hub: boolean
  /** How the router was before; null: its agent did not answer, or there was none. */
  readonly before: Status | null
  readonly timeout: Seconds
  /** How long it has to be well before that is believed. */
  readonly soak: Seconds
  /** The router, as faults name it. */
  readonly place: string
}

/**
 * Asks the agent on its local socket until it is connected to its hub, or answers where there is no hub, and
 * until the router has been as well as before for the time `soak`. Throws a FaultError with the reason when the time is over:
 * CHANGE_UNHEALTHY where the router is worse than before.
 */
export async function waitForHello(root: RootShell, options: Waiting): Promise<FirstHello> {
  const end = performance.now() + toMillis(options.timeout)
  let wellSince: number | null = null
  for (;;) {
    const status = await askStatus(root)
    const now = performance.now()
    if (status !== undefined && isWell(status, options)) {
      wellSince ??= now
      if (options.before === null || now - wellSince >= toMillis(options.soak)) {
        const { agentVersion: version, state, hub } = status
        return { version, state, hub: options.hub ? hub.url : null }
      }
    } else {
      wellSince = null
      if (now >= end) throw await explain(root, status, options)
    }
    await sleep(PAUSE)
  }
}

function isWell(status: Status, { hub, before }: Waiting): boolean {
  if (hub && !status.hub.connected) return false
  return before === null || worseThan(before, status).length === 0
}

/** What the agent says of the router; undefined: it does not answer. */
export async function askStatus(root: RootShell): Promise<Status | undefined> {
  const { stdout } = await root.attempt(['/usr/bin/demarc', '--json', 'status'])
  try {
    return Status.safeParse(JSON.parse(stdout)).data
  } catch {
    // The agent does not answer yet: the command printed no JSON.
    return undefined
  }
}

async function explain(
  root: RootShell,
  status: Status | undefined,
  { timeout, place, before, hub }: Waiting,
): Promise<FaultError> {
  if (status !== undefined && hub && !status.hub.connected) {
    const why = status.hub.lastError ?? 'the reason is not known'
    const what = `the agent runs, but has not connected to its hub within ${timeout} s: ${why}`
    return new FaultError(fault('HUB_UNREACHABLE', place, what))
  }
  if (status !== undefined && before !== null) {
    const worse = worseThan(before, status).join('; ')
    const what = `the router has not been as well as before within ${timeout} s: ${worse}`
    return new FaultError(fault('CHANGE_UNHEALTHY', place, what))
  }
  const journal = ['journalctl', '-u', 'demarcd', '-n', JOURNAL_LINES, '-o', 'cat', '--no-pager']
  const { stdout } = await root.attempt(journal)
  const what = `the agent has not answered within ${timeout} s; its last log lines: ${stdout.trim()}`
  return new FaultError(fault('AGENT_UNREACHABLE', place, what))
}
