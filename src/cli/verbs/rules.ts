import { effective } from '../../core/providers/effective.js'
import { judge } from '../../core/providers/judge.js'
import type { Profiles } from '../../core/providers/lines.js'
import type { Intent } from '../../core/wire/intent.js'
import type { ExitStatus } from '../../edge/host/program.js'
import type { AgentClient } from '../command/agent-client.js'
import { accepted, show, type Context } from '../command/context.js'
import { renderIntentRules } from '../render/rules.js'
import { profilesFor } from './providers.js'

/** What the rules of its providers do to the running intent. */
interface IntentRules {
  readonly filled: readonly {
    readonly at: string
    readonly value: number | string
    readonly rule: string
    readonly sources: readonly string[]
  }[]
  readonly accepted: readonly {
    readonly connection: string
    readonly rule: string
    readonly reason: string
    readonly sources: readonly string[]
    /** What the intent breaks of it, with the places; empty: nothing now. */
    readonly broken: readonly { readonly at: string; readonly message: string }[]
  }[]
}

/** `demarc show rules`, by the profiles of this router as they are now. */
export async function showRules(context: Context, agent: AgentClient): Promise<ExitStatus> {
  const { intent } = accepted(await agent.call('show.intent', {}))
  const profiles = await profilesFor(context)
  const rules = intent === null ? { filled: [], accepted: [] } : rulesOf(intent, profiles)
  return show(context, rules, renderIntentRules)
}

function rulesOf(intent: Intent, profiles: Profiles): IntentRules {
  const whole = accepted(effective(intent, profiles))
  const breaches = judge(whole.intent, profiles).filter(({ reason }) => reason !== null)
  return {
    filled: whole.filled.map(({ at, value, rule }) => {
      return { at, value, rule, sources: sourcesOf(rule, profiles) }
    }),
    accepted: intent.connections.flatMap(({ name, accept = [] }, i) =>
      accept.map(({ rule, reason }) => ({
        connection: name,
        rule,
        reason,
        sources: sourcesOf(rule, profiles),
        broken: breaches
          .filter((breach) => breach.rule === rule && concerns(breach.at, i, intent))
          .map(({ at, message }) => ({ at, message })),
      })),
    ),
  }
}

/** Whether a place is of this connection, or of the whole router. */
function concerns(at: string, connection: number, { connections, attachments }: Intent): boolean {
  const [, kind, place] = /^(connections|attachments)\[(\d+)\]/.exec(at) ?? []
  if (kind === undefined) return true
  if (kind === 'connections') return Number(place) === connection
  return attachments[Number(place)]?.connection === connections[connection]?.name
}

/** The documents that a rule comes from: title, address and the day on which it was read. */
function sourcesOf(rule: string, profiles: Profiles): readonly string[] {
  const profile = profiles.get(rule.slice(0, rule.indexOf('/')))
  const ids = profile?.rules.find(({ id }) => id === rule)?.sources ?? []
  return (profile?.sources ?? [])
    .filter(({ id }) => ids.includes(id))
    .map(({ title, url, read }) => `${title}, ${url}, read ${read}`)
}
