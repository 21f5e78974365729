import { setTimeout as sleep } from 'node:timers/promises'
import { fault, FaultError } from '../../core/base/fault.js'
import { millis, toMillis, type Seconds } from '../../core/base/time.js'
import { Status } from '../../core/wire/messages.js'
import { INSTALL_DIR } from './observe.js'
import type { RootShell } from './privilege.js'

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
  readonly timeout: Seconds
  /** The router, as faults name it. */
  readonly place: string
}

/**
 * Asks the agent on its local socket until it is connected to its hub, or answers where there is no hub.
 * Throws a FaultError with the reason when the time is over.
 */
export async function waitForHello(root: RootShell, options: Waiting): Promise<FirstHello> {
  const end = performance.now() + toMillis(options.timeout)
  for (;;) {
    const status = await askStatus(root)
    if (status !== undefined && (status.hub.connected || !options.hub)) {
      const { agentVersion: version, state, hub } = status
      return { version, state, hub: options.hub ? hub.url : null }
    }
    if (performance.now() >= end) throw await explain(root, status, options)
    await sleep(PAUSE)
  }
}

async function askStatus(root: RootShell): Promise<Status | undefined> {
  const program = `${INSTALL_DIR}/current/dist/demarc.js`
  const { stdout } = await root.attempt([program, '--json', 'status'])
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
  { timeout, place }: Waiting,
): Promise<FaultError> {
  if (status !== undefined) {
    const why = status.hub.lastError ?? 'the reason is not known'
    const what = `the agent runs, but has not connected to its hub within ${timeout} s: ${why}`
    return new FaultError(fault('HUB_UNREACHABLE', place, what))
  }
  const journal = ['journalctl', '-u', 'demarcd', '-n', JOURNAL_LINES, '-o', 'cat', '--no-pager']
  const { stdout } = await root.attempt(journal)
  const what = `the agent has not answered within ${timeout} s; its last log lines: ${stdout.trim()}`
  return new FaultError(fault('AGENT_UNREACHABLE', place, what))
}
