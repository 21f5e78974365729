import { WATCHED } from '../../../src/cli/agent-client.js'
import type { Fault } from '../../../src/core/base/fault.js'
import { ok } from '../../../src/core/base/result.js'
import { AGENT_METHODS, type ChangeProgress, type Status } from '../../../src/core/wire/messages.js'
import { connectLocal } from '../../../src/edge/socket/local.js'
import { waitFor } from '../../support/wait.js'

/** A conversation with demarcd over its own socket, as a hub or the command has it, unchecked. */
export interface AgentLine {
  /** The faults of the refusal; none when the intent was taken. */
  readonly push: (intent: unknown) => Promise<readonly Fault[]>
  /** Pushes and waits for the end of the change. */
  readonly change: (intent: { readonly generation: number }) => Promise<ChangeProgress>
  /** Every progress of every change, as it comes. */
  readonly seen: readonly ChangeProgress[]
  readonly status: () => Promise<Status>
  readonly close: () => void
}

export async function openAgentLine(path: string): Promise<AgentLine> {
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

  return {
    push,
    seen,
    async change(intent) {
      const faults = await push(intent)
      if (faults.length > 0) throw new Error(JSON.stringify(faults))
      const end = await waitFor(
        `generation ${intent.generation} ends`,
        () => seen.findLast(({ generation }) => generation === intent.generation),
        { until: (last) => last !== undefined && ENDS.includes(last.phase), within: 120 },
      )
      if (end === undefined) throw new Error('no end')
      return end
    },
    async status() {
      const status = await agent.call('show.status', {})
      if (!status.ok) throw new Error(JSON.stringify(status.faults))
      return status.value
    },
    close: () => agent.hangUp(1000, 'done'),
  }
}

const ENDS: readonly ChangeProgress['phase'][] = ['confirmed', 'rolled-back', 'refused', 'stuck']
