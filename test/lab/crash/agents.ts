import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AgentCommand, AgentReport } from './agent-process.js'

const AGENT_PROCESS = join(import.meta.dirname, 'crash-agent-process.js')

/** The agent process under test, and a spare that has loaded already and replaces it when it is killed. */
export interface Agents {
  /** Sends a command and waits for the report; null: the agent was killed before it reported. */
  readonly send: (command: AgentCommand, listener?: CommandListener) => Promise<AgentReport | null>
  /** Sends SIGKILL to the agent under test. */
  readonly kill: () => void
  /** Kills the agent and the spare. */
  readonly close: () => void
}

export interface CommandListener {
  /** The change starts. */
  readonly onStart: () => void
  /** The agent pauses at the boundary of the command, and continues when this resolves. */
  readonly onPause: () => Promise<void>
}

const NO_LISTENER: CommandListener = { onStart: () => undefined, onPause: async () => undefined }

export function startAgents(settings: string): Agents {
  let agent = startAgent(settings)
  let spare = startAgent(settings)
  return {
    async send(command, listener) {
      const report = await agent.send(command, listener)
      if (report === null) {
        agent = spare
        spare = startAgent(settings)
      }
      return report
    },
    kill: () => agent.kill(),
    close() {
      agent.kill()
      spare.kill()
    },
  }
}

function startAgent(settings: string): Agents {
  const child = spawn(process.execPath, [AGENT_PROCESS, settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'close')
  // A write to an agent that was killed meanwhile fails with EPIPE.
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function send(command: AgentCommand, listener = NO_LISTENER): Promise<AgentReport | null> {
    const output: string[] = []
    child.stdin.write(`${JSON.stringify(command)}\n`)
    for (;;) {
      const next = await lines.next()
      if (next.done === true) break
      const line = next.value
      if (line.startsWith('report ')) return JSON.parse(line.slice(7)) as AgentReport
      output.push(line)
      if (line === 'started') listener.onStart()
      if (line !== 'paused') continue
      await listener.onPause()
      child.stdin.write('continue\n')
    }
    const [status, signal] = (await exited) as [number | null, string | null]
    if (signal === 'SIGKILL') return null
    throw new Error(`the agent ended with ${status ?? signal}: ${output.join('\n')}`)
  }

  return { send, kill: () => void child.kill('SIGKILL'), close: () => void child.kill('SIGKILL') }
}
