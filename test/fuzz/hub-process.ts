import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `npm run build` makes it. */
const MAIN = join(process.cwd(), 'dist/demarc-hub.js')

/** The built demarc-hub as a process of its own. */
export interface HubProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Lines of its log, as they come. */
  readonly log: string[]
  readonly isAlive: () => boolean
  readonly operator: string
  readonly stop: () => Promise<void>
}

export interface HubProcessOptions {
  /** The most files that it may have open. */
  readonly openFiles?: number
}

/** Resolves when the hub listens; rejects with its log where it ends before. */
export async function startHubProcess(
  dir: string,
  { openFiles }: HubProcessOptions = {},
): Promise<HubProcess> {
  const words = [process.execPath, MAIN, '--data', dir, '--listen', '127.0.0.1:0']
  const limited = openFiles === undefined ? '' : `ulimit -n ${openFiles}; `
  const child = spawn('sh', ['-c', `${limited}exec "$@"`, 'sh', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  let ended = false
  child.once('exit', () => (ended = true))
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line)
      const { event, port: at } = JSON.parse(line) as { event: string; port: number }
      if (event === 'listening') resolve(at)
    })
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${log.join('\n')}`)))
  })
  return {
    child,
    port,
    log,
    isAlive: () => !ended,
    operator: readFileSync(join(dir, 'operator-token'), 'utf8').trim(),
    async stop() {
      if (ended) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

export async function register(hub: HubProcess, id: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${hub.port}/v1/routers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.operator}` },
    body: JSON.stringify({ id }),
  })
  return ((await response.json()) as { readonly token: string }).token
}
