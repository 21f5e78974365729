import * as z from 'zod'
import type { Result } from '../../core/base/result.js'
import { parseAgentSettings } from '../../core/config/agent-file.js'
import { HealthReading } from '../../core/wire/health-reading.js'
import { AGENT_METHODS, Empty, EventRecord, HUB_METHODS } from '../../core/wire/messages.js'
import { connectLocal } from '../../edge/socket/local.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { RpcPeer } from '../../edge/socket/peer.js'
import { readFile } from 'node:fs/promises'
import { Refusal, type Context } from './context.js'

/** Where the socket is when neither the command line nor a readable TOML says. */
const DEFAULT_SOCKET = '/run/demarc/demarcd.sock'

export type AgentClient = RpcPeer<typeof AGENT_METHODS>

/** What an agent tells a watching command: the calls it makes at its hub. */
export const WATCHED = {
  'change.progress': HUB_METHODS['change.progress'],
  'report.events': { params: z.strictObject({ events: z.array(EventRecord) }), result: Empty },
  'report.health': {
    params: z.strictObject({ health: HealthReading }),
    result: Empty,
  },
} as const

/** Connects to the agent of this router, calls, and hangs up. */
export async function withAgent<T>(
  context: Context,
  deed: (agent: AgentClient) => Promise<T>,
  handlers: Handlers<typeof WATCHED> = {},
): Promise<T> {
  const agent = await connectLocal({
    path: await socketPath(context),
    mine: WATCHED,
    theirs: AGENT_METHODS,
    handlers: () => handlers,
  })
  if (!agent.ok) throw new Refusal(agent.faults)
  try {
    return await deed(agent.value)
  } finally {
    agent.value.hangUp(1000, 'done')
  }
}

/** The value of an answer, or a refusal with its faults. */
export function answered<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Refusal(result.faults)
}

async function socketPath(context: Context): Promise<string> {
  if (context.socket !== null) return context.socket
  const text = await readFile(context.configFile, 'utf8').catch(() => undefined)
  const settings = text === undefined ? undefined : parseAgentSettings(text, context.configFile)
  return settings?.ok === true ? settings.value.state.socket : DEFAULT_SOCKET
}
