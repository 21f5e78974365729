import { fault } from '../../core/base/fault.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { accepted, Refusal, show, type Context } from '../command/context.js'
import { renderAudit } from '../render/audit.js'
import { renderHistory, renderRelease } from '../render/change.js'

/** How each of the two verbs ends a provisional change. */
const DECISIONS = {
  confirm: { method: 'change.confirm', phase: 'confirmed' },
  cancel: { method: 'change.cancel', phase: 'rolled-back' },
} as const

/**
 * `demarc confirm [CHANGE]` and `demarc cancel [CHANGE]`: end a provisional change. Without a name
 * the change that waits; there is never more than one.
 */
export async function decide(
  context: Context,
  verb: keyof typeof DECISIONS,
  name: string | undefined,
): Promise<ExitStatus> {
  const { method, phase } = DECISIONS[verb]
  return withAgent(context, async (agent) => {
    const change = name ?? (await waitingChange(agent, verb))
    accepted(await agent.call(method, { change }, { timeout: CHANGE_TIMEOUT }))
    return show(context, { change, phase }, () => `Change ${change} is ${phase}.`)
  })
}

async function waitingChange(agent: AgentClient, verb: string): Promise<string> {
  const { change } = accepted(await agent.call('show.status', {}))
  if (change?.phase === 'provisional') return change.change
  const last = change === null ? '' : `; the last one, ${change.change}, is ${change.phase}`
  throw new Refusal([fault('CHANGE_UNKNOWN', verb, `no change waits to be confirmed${last}`)])
}

/** `demarc repair`: rolls a stuck change back once more; with `accept` takes the router as it is. */
export async function repair(context: Context, accept: boolean): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const answer = await agent.call('change.repair', { accept }, { timeout: CHANGE_TIMEOUT })
    const { change, phase } = accepted(answer)
    show(context, { change, phase }, () =>
      change === null
        ? 'No change is stuck. Repairs that waited were tried now; see "demarc status".'
        : `Change ${change} is ${phase ?? 'not finished'}.`,
    )
    return phase === 'stuck' ? EXIT.failed : EXIT.done
  })
}

/** `demarc release`: takes demarc's marks off the router and leaves everything in place. */
export async function release(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const released = accepted(await agent.call('router.release', {}, { timeout: CHANGE_TIMEOUT }))
    return show(context, released, renderRelease)
  })
}

/** `demarc audit`: who asked the agent for what, the newest last. */
export async function audit(context: Context, limit: number): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const { records } = accepted(await agent.call('show.audit', { limit }))
    return show(context, records, renderAudit)
  })
}

/** `demarc history`: finished changes, the newest last. */
export async function history(context: Context): Promise<ExitStatus> {
  return withAgent(context, async (agent) => {
    const { changes } = accepted(await agent.call('show.history', {}))
    return show(context, changes, renderHistory)
  })
}
