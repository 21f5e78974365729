import { WATCHED } from '../../../src/cli/command/agent-client.js'
import type { Fault } from '../../../src/core/base/fault.js'
import { ok } from '../../../src/core/base/result.js'
import { millis } from '../../../src/core/base/time.js'
import {
  AGENT_METHODS,
  type AgentMethod,
  type AgentParams,
  type AgentResult,
  type ChangeProgress,
  type Status,
} from '../../../src/core/wire/messages.js'
import { connectLocal } from '../../../src/edge/socket/local.js'
import { waitFor } from '../../support/process/wait.js'

/** A conversation with demarcd over its own socket, as a hub or the command has it, unchecked. */
export interface AgentLine {
  /** The faults of the refusal; none when the intent was taken. */
  readonly push: (intent: unknown) => Promise<readonly Fault[]>
  /** Pushes and waits for the end of the change, or until it is to be confirmed. */
  readonly change: (
    intent: { readonly generation: number },
    terms?: Terms,
  ) => Promise<ChangeProgress>
  /** Waits for the end of a change. */
  readonly ended: (generation: number) => Promise<ChangeProgress>
  /** Every progress of every change, as it comes. */
  readonly seen: readonly ChangeProgress[]
  readonly status: () => Promise<Status>
  /** Any of its methods, with the value of the answer. */
  readonly ask: <M extends AgentMethod>(
    method: M,
    params: AgentParams<M>,
  ) => Promise<AgentResult<M>>
  readonly close: () => void
}

type Terms = Omit<AgentParams<'intent.push'>, 'intent'>

/** `patience`: s that a change may take. */
export async function openAgentLine(path: string, patience = 120): Promise<AgentLine> {
  const seen: ChangeProgress[] = []
  const line = await connectLocal({
    path,
    mine: WATCHED,
    theirs: AGENT_METHODS,
    handlers: () => ({
      'change.progress': (progress: ChangeProgress) => {
        seen.push(progress)
        return ok({})
      },
    }),
  })
  if (!line.ok) throw new Error(JSON.stringify(line.faults))
  const agent = line.value
  await agent.call('watch', {})

  async function push(intent: unknown): Promise<readonly Fault[]> {
    const pushed = await agent.call('intent.push', { intent })
    return pushed.ok ? [] : pushed.faults
  }

  async function ask<M extends AgentMethod>(method: M, params: AgentParams<M>) {
    const answer = await agent.call(method, params, { timeout: millis(patience * 1000) })
    if (!answer.ok) throw new Error(JSON.stringify(answer.faults))
    return answer.value
  }

  async function reached(generation: number, phases: readonly string[]): Promise<ChangeProgress> {
    const end = await waitFor(
      `generation ${generation} is ${phases.join(' or ')}`,
      () => seen.findLast((one) => one.generation === generation),
      { until: (last) => last !== undefined && phases.includes(last.phase), within: patience },
    )
    if (end === undefined) throw new Error('no end')
    return end
  }

  return {
    push,
    ask,
    ended: (generation) => reached(generation, ENDS),
    seen,
    async change(intent, terms = {}) {
      await ask('intent.push', { intent, ...terms })
      const ends = terms.confirmWithin === undefined ? ENDS : [...ENDS, 'provisional']
      return reached(intent.generation, ends)
    },
    status: () => ask('show.status', {}),
    close: () => agent.hangUp(1000, 'done'),
  }
}

const ENDS: readonly string[] = ['confirmed', 'rolled-back', 'stuck']
