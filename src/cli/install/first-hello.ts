import { setTimeout as sleep } from 'node:timers/promises'
import { fault, FaultError } from '../../core/base/fault.js'
import { Status } from '../../core/wire/messages.js'
import { INSTALL_DIR } from './observe.js'
import type { RootShell } from './privilege.js'

/** What the agent says of itself once it is heard. */
export interface FirstHello {
  readonly version: string
  readonly state: Status['state']
  /** null: its settings name no hub. */
  readonly hub: string | null
}

/** Milliseconds between two questions. */
const PAUSE = 1_000

/** Lines of the journal that explain a failure. */
const LINES = '10'

/** Asks the agent's own socket until it has said hello to its hub, or answers where there is none. */
export async function waitForHello(
  root: RootShell,
  options: { readonly hub: boolean; readonly seconds: number; readonly place: string },
): Promise<FirstHello> {
  const end = performance.now() + options.seconds * 1_000
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
    // Not there yet: the command has printed no JSON.
    return undefined
  }
}

async function explain(
  root: RootShell,
  status: Status | undefined,
  { seconds, place }: { readonly seconds: number; readonly place: string },
): Promise<FaultError> {
  if (status !== undefined) {
    const why = status.hub.lastError ?? 'no reason known'
    const what = `the agent runs, but has not reached its hub within ${seconds} s: ${why}`
    return new FaultError(fault('HUB_UNREACHABLE', place, what))
  }
  const journal = ['journalctl', '-u', 'demarcd', '-n', LINES, '-o', 'cat', '--no-pager']
  const { stdout } = await root.attempt(journal)
  const what = `the agent has not answered within ${seconds} s; its last words: ${stdout.trim()}`
  return new FaultError(fault('AGENT_UNREACHABLE', place, what))
}
