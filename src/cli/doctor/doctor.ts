import { fault } from '../../core/base/fault.js'
import { ok } from '../../core/base/result.js'
import { type DoctorResult } from '../../core/wire/doctor.js'
import { EXIT, type ExitStatus } from '../../edge/host/program.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { withAgent, type AgentClient } from '../command/agent-client.js'
import { accepted, Refusal, type Context } from '../command/context.js'
import { renderRung, renderTicket, renderVerdict } from './render.js'

/** The options of the verb. */
export interface DoctorWords {
  readonly ping?: readonly string[]
  readonly ticket: boolean
}

/**
 * `demarc doctor`: one line for each rung as soon as it is known, and one sentence at the end of each attachment; with
 * `--json` one document at the end. With `--ticket` only the ticket is on stdout.
 */
export async function doctor(
  context: Context,
  attachments: readonly string[],
  { ping = [], ticket }: DoctorWords,
): Promise<ExitStatus> {
  const isQuiet = context.json || ticket
  return withAgent(
    context,
    async (agent) => {
      const results: DoctorResult[] = []
      for (const attachment of await namesOf(agent, attachments)) {
        if (!isQuiet) context.out(`${attachment}:`)
        const params = { attachment, hosts: [...ping], ticket }
        const result = accepted(await agent.call('doctor', params, { timeout: CHANGE_TIMEOUT }))
        results.push(result)
        if (!context.json) context.out(ticket ? renderTicket(result) : renderVerdict(result))
      }
      if (context.json) context.out(JSON.stringify({ attachments: results }, null, 2))
      return results.every(({ result }) => result === 'works') ? EXIT.done : EXIT.differs
    },
    {
      'doctor.progress'({ rung }) {
        if (!isQuiet) context.out(renderRung(rung))
        return ok({})
      },
    },
  )
}

/** The attachments that were named, or all that the intent has. */
async function namesOf(agent: AgentClient, named: readonly string[]): Promise<readonly string[]> {
  if (named.length > 0) return named
  const { health } = accepted(await agent.call('show.status', {}))
  const all = Object.keys(health.attachments ?? {})
  if (all.length > 0) return all
  throw new Refusal([fault('SUBJECT_UNKNOWN', 'attachments', 'the intent has no attachments')])
}
