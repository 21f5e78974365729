import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketServer, type WebSocket } from 'ws'
import { memoryReports, startSide } from '../hub/side.js'
import { hostileFrame } from './frames.js'
import { readPublished } from './from-schema.js'
import { randomFrom, type Random } from './random.js'

/** Frames that are sent at the least, and the longest time in ms that they may take besides. */
const FRAMES_MIN = 60
const LONGER = 60_000

/** A hub that answers every call of an agent, and calls it, with what its seed says. */
export async function fuzzAgent({
  seed,
  seconds,
}: {
  readonly seed: number
  readonly seconds: number
}): Promise<{ readonly frames: number; readonly answered: number; readonly connections: number }> {
  const published = readPublished()
  const random = randomFrom(seed)
  const counts = { frames: 0, answered: 0, connections: 0 }
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'demarc.v1',
  })
  await once(server, 'listening')
  server.on('connection', (ws) => {
    counts.connections += 1
    ws.on('error', () => undefined)
    ws.on('message', (data: Buffer) => {
      const { id, method } = JSON.parse(data.toString()) as { id?: unknown; method?: string }
      if (method === undefined) counts.answered += 1
      else answer(ws, { id, method }, random)
    })
    void flood(ws)
  })

  function answer(
    ws: WebSocket,
    { id, method }: { readonly id: unknown; readonly method: string },
    of: Random,
  ): void {
    const made = published.value(`hub.${method}.result`, of)
    const acknowledged = of.pick([0, 1, 2 ** 32, 2 ** 48, 2 ** 53 - 1, -1, 1e308])
    const honest = { hub: 'h', hubVersion: '1', protocol: 1, acknowledged: 0 }
    const result = of.once(3) ? made : { ...honest, ...(of.once(4) ? { acknowledged } : {}) }
    ws.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
  }

  async function flood(ws: WebSocket): Promise<void> {
    while (ws.readyState === ws.OPEN) {
      ws.send(hostileFrame(published, 'agent', random), { binary: false })
      counts.frames += 1
      await sleep(2)
    }
  }

  const reports = memoryReports()
  const { port } = server.address() as { readonly port: number }
  const side = startSide([`ws://127.0.0.1:${port}/agent`], 'a-token-of-the-lab-0123456789', reports)
  const end = Date.now() + seconds * 1000
  // A slow machine gets more time for the same number of frames.
  const isOver = () =>
    Date.now() >= end && (counts.frames > FRAMES_MIN || Date.now() >= end + LONGER)
  for (; !isOver(); await sleep(50)) reports.add('X')
  side.stop.abort()
  await side.link.stopped
  for (const ws of server.clients) ws.terminate()
  server.close()
  return counts
}
