import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `npm run build` makes it. */
export const HUB_PROGRAM = join(process.cwd(), 'dist/demarc-hub.js')

export interface HubProcess {
  readonly child: ChildProcess
  readonly port: number
  readonly output: string[]
}

/** demarc-hub as a process of its own, up when it says so. */
export async function startProcess(dir: string): Promise<HubProcess> {
  const args = [HUB_PROGRAM, '--data', dir, '--listen', '127.0.0.1:0']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const output: string[] = []
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line)
      const { event: what, port: at } = JSON.parse(line) as { event: string; port: number }
      if (what === 'listening') resolve(at)
    })
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${output.join('\n')}`)))
  })
  return { child, port, output }
}

/** Kills it; the value is its exit status. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const gone = once(child, 'exit')
  child.kill(signal)
  const [code] = (await gone) as [number | null]
  return code
}
