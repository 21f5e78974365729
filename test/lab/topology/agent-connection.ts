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

/** A connection to demarcd's local socket, as the `demarc` command opens it. Intents are sent unchecked. */
export interface AgentConnection {
  /** Pushes an intent; returns the faults of the refusal, none when it was accepted. */
  readonly push: (intent: unknown) => Promise<readonly Fault[]>
  /** Pushes an intent and waits until the change has ended or, with `confirmWithin`, is provisional. */
  readonly change: (
    intent: { readonly generation: number },
    terms?: Terms,
  ) => Promise<ChangeProgress>
  /** Waits until the change of this generation has ended. */
  readonly ended: (generation: number) => Promise<ChangeProgress>
  /** Every progress report received so far, of every change. */
  readonly seen: readonly ChangeProgress[]
  readonly status: () => Promise<Status>
  /** Calls a method and returns the value of the answer; throws the faults of a refusal. */
  readonly ask: <M extends AgentMethod>(
    method: M,
    params: AgentParams<M>,
  ) => Promise<AgentResult<M>>
  readonly close: () => void
}

type Terms = Omit<AgentParams<'intent.push'>, 'intent'>

/** `patience`: seconds to wait for an answer or for the end of a change. */
export async function openAgentConnection(path: string, patience = 120): Promise<AgentConnection> {
  const seen: ChangeProgress[] = []
  const opened = await connectLocal({
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
  if (!opened.ok) throw new Error(JSON.stringify(opened.faults))
  const agent = opened.value
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
      () => seen.findLast((progress) => progress.generation === generation),
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
