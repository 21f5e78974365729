import type { Result } from '../../core/base/result.js'
import { seconds, toMillis } from '../../core/base/time.js'
import type { Collected } from '../../edge/host/collect/collected.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { Refusal, type Context } from '../command/context.js'
import { ENTRY_MAX, LONG_ENTRY_MAX, plainName, type Source } from './source.js'

type Ask = (agent: AgentClient) => Promise<Result<unknown>>

/** Attachments whose ladder is walked; each takes 3 to 15 s. */
const DOCTORS_MAX = 8
const DOCTOR_TIMEOUT = toMillis(seconds(40))

/** Events and audited calls. */
const NEWEST = 999

/** What the agent answers. One that does not answer is a reason for each of them. */
export function agentSources(context: Context): readonly Source[] {
  return [
    answer(context, 'status.json', 'show.status', (agent) => agent.call('show.status', {})),
    answer(context, 'history.json', 'show.history', (agent) => agent.call('show.history', {})),
    answer(context, 'events.json', 'show.events', (agent) =>
      agent.call('show.events', { limit: NEWEST }),
    ),
    answer(context, 'audit.json', 'show.audit', (agent) =>
      agent.call('show.audit', { limit: NEWEST }),
    ),
    answer(context, 'intent.json', 'show.intent', (agent) => agent.call('show.intent', {})),
    answer(context, 'plan.json', 'intent.push of the intent in force, as a dry run', planAgain),
  ]
}

/** The plan that would put right what differs from the intent in force. */
async function planAgain(agent: AgentClient): Promise<Result<unknown>> {
  const shown = await agent.call('show.intent', {})
  if (!shown.ok || shown.value.intent === null) return shown
  return agent.call('intent.push', { intent: shown.value.intent, dryRun: true })
}

/** The ladder of each attachment, as `demarc doctor` walks it. */
export async function doctorSources(context: Context): Promise<readonly Source[]> {
  const named = await attachmentsOf(context).catch(() => [])
  return named.slice(0, DOCTORS_MAX).map((attachment) => ({
    ...answer(context, '', `doctor ${attachment}`, (agent) =>
      agent.call('doctor', { attachment, ticket: true }, { timeout: DOCTOR_TIMEOUT }),
    ),
    name: `doctor/${plainName(attachment)}.json`,
  }))
}

/** Of an agent that does not answer `agent/status.json` says why. */
async function attachmentsOf(context: Context): Promise<readonly string[]> {
  const status = await withAgent(context, (agent) => agent.call('show.status', {}))
  return status.ok ? Object.keys(status.value.health.attachments ?? {}) : []
}

function answer(context: Context, name: string, from: string, ask: Ask): Source {
  return {
    name: `agent/${name}`,
    from: `demarcd: ${from}`,
    async collect() {
      try {
        const answered = await withAgent(context, ask)
        if (!answered.ok) throw new Refusal(answered.faults)
        const text = `${JSON.stringify(answered.value, null, 2)}\n`
        if (text.length <= LONG_ENTRY_MAX) return { kind: 'text', text, cut: false }
        return missing(`its ${text.length} characters are more than ${LONG_ENTRY_MAX}`)
      } catch (error) {
        return missing(error instanceof Error ? error.message : String(error))
      }
    },
  }
}

function missing(reason: string): Collected {
  return { kind: 'missing', reason: reason.slice(0, ENTRY_MAX) }
}
