import * as z from 'zod'
import { DoctorProgress } from '../../core/wire/doctor.js'
import { HealthReading, EventRecord } from '../../core/wire/health-reading.js'
import { AGENT_METHODS, Empty, HUB_METHODS } from '../../core/wire/messages.js'
import { connectLocal } from '../../edge/socket/local.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { RpcPeer } from '../../edge/socket/peer.js'
import { accepted, Refusal, type Context } from './context.js'
import { readSettings } from './files.js'

/** Where the socket is when neither the command line nor readable settings name one. */
const DEFAULT_SOCKET = '/run/demarc/demarcd.sock'

export type AgentClient = RpcPeer<typeof AGENT_METHODS>

/** What an agent sends to a command that watches: the calls that it makes at its hub. */
export const WATCHED = {
  'change.progress': HUB_METHODS['change.progress'],
  'doctor.progress': { params: DoctorProgress, result: Empty },
  'report.events': { params: z.object({ events: z.array(EventRecord) }), result: Empty },
  'report.health': {
    params: z.object({ health: HealthReading }),
    result: Empty,
  },
} as const

/** Connects to the agent of this router, runs the task, and closes the connection. */
export async function withAgent<T>(
  context: Context,
  task: (agent: AgentClient) => Promise<T>,
  handlers: Handlers<typeof WATCHED> = {},
): Promise<T> {
  const agent = accepted(
    await connectLocal({
      path: await socketPath(context),
      mine: WATCHED,
      theirs: AGENT_METHODS,
      handlers: () => handlers,
    }),
  )
  try {
    return await task(agent)
  } finally {
    agent.hangUp(1000, 'done')
  }
}

async function socketPath(context: Context): Promise<string> {
  if (context.socket !== null) return context.socket
  try {
    const { state } = await readSettings(context)
    return state.socket
  } catch (error) {
    if (error instanceof Refusal) return DEFAULT_SOCKET
    throw error
  }
}
