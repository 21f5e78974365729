import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { VictimEnd, VictimOrder } from './victim.js'

const VICTIM = join(import.meta.dirname, 'crash-victim.js')

/** The agent that is tried, and one that has loaded already and takes its place when it dies. */
export interface Agents {
  /** null: the agent died of it. */
  readonly order: (order: VictimOrder, heard?: Heard) => Promise<VictimEnd | null>
  /** SIGKILL. */
  readonly kill: () => void
  readonly end: () => void
}

export interface Heard {
  /** The change begins. */
  readonly onBegin: () => void
  /** Awaited where the order halts. */
  readonly onHalt: () => Promise<void>
}

const DEAF: Heard = { onBegin: () => undefined, onHalt: async () => undefined }

export function startAgents(settings: string): Agents {
  let agent = startAgent(settings)
  let spare = startAgent(settings)
  return {
    async order(order, heard) {
      const end = await agent.order(order, heard)
      if (end === null) {
        agent = spare
        spare = startAgent(settings)
      }
      return end
    },
    kill: () => agent.kill(),
    end() {
      agent.kill()
      spare.kill()
    },
  }
}

function startAgent(settings: string): Agents {
  const child = spawn(process.execPath, [VICTIM, settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const died = once(child, 'close')
  // Orders may still be on their way to it when it dies.
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  async function order(what: VictimOrder, heard = DEAF): Promise<VictimEnd | null> {
    const seen: string[] = []
    child.stdin.write(`${JSON.stringify(what)}\n`)
    for (;;) {
      const next = await lines.next()
      if (next.done === true) break
      const line = next.value
      if (line.startsWith('end ')) return JSON.parse(line.slice(4)) as VictimEnd
      seen.push(line)
      if (line === 'begins') heard.onBegin()
      if (line !== 'halt') continue
      await heard.onHalt()
      child.stdin.write('on\n')
    }
    const [status, signal] = (await died) as [number | null, string | null]
    if (signal === 'SIGKILL') return null
    throw new Error(`the agent ended with ${status ?? signal}: ${seen.join('\n')}`)
  }

  return { order, kill: () => void child.kill('SIGKILL'), end: () => void child.kill('SIGKILL') }
}
