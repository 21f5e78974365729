import { fault } from '../../core/base/fault.js'
import { SERVICE_KINDS, type LifecycleWord } from '../../core/model/health.js'
import type { ExitStatus } from '../../edge/host/program.js'
import { withAgent } from '../command/agent-client.js'
import { accepted, Refusal, show, type Context } from '../command/context.js'
import { stateText } from '../render/lifecycle.js'
import { printable } from '../render/table.js'

/** `demarc lifecycle SUBJECT WORD`: says of a connection or an attachment what the router cannot see. */
export async function sayLifecycle(
  context: Context,
  subject: string,
  said: { readonly word: LifecycleWord; readonly reason: string },
): Promise<ExitStatus> {
  const kind = SERVICE_KINDS.find((each) => subject.startsWith(`${each}/`))
  if (kind === undefined) {
    const text = `write it as ${SERVICE_KINDS.map((each) => `${each}/NAME`).join(' or ')}`
    throw new Refusal([fault('SUBJECT_UNKNOWN', subject, text)])
  }
  const name = subject.slice(kind.length + 1)
  return withAgent(context, async (agent) => {
    const notified = accepted(await agent.call('lifecycle.notify', { kind, name, ...said }))
    return show(context, notified, (done) => {
      const state = stateText(done)
      return `The ${kind} ${printable(name)} is ${state}: ${printable(done.reason)}`
    })
  })
}
