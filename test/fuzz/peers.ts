import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

/** A WebSocket of a third party: it has none of demarc's code and no limits of its own. */
export async function openSocket(port: number, router: string, token: string): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/agent`, 'demarc.v1', {
    headers: { authorization: `Bearer ${token}`, 'demarc-router': router },
    perMessageDeflate: false,
  })
  ws.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    ws.once('open', () => resolve())
    ws.once('close', () => reject(new Error('the WebSocket was refused')))
  })
  return ws
}

/** `hello` of an agent, from docs/protocol.md. */
export function hello(router: string, lastSequence = 0): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id: 'hello',
    method: 'hello',
    params: {
      router,
      agentVersion: '0.1.0',
      protocols: [1],
      bootId: 'boot-1',
      platform: { os: 'Debian', kernel: '6.1', node: 'v20', frr: '8.4.4' },
      running: null,
      lastGood: null,
      capabilities: [],
      lastSequence,
    },
  })
}

/** Sends a frame and resolves with the next message, parsed; undefined: the connection ended. */
export async function ask(ws: WebSocket, frame: string): Promise<unknown> {
  return new Promise<unknown>((resolve) => {
    const answered = (data: Buffer): void => {
      ws.off('close', closed)
      resolve(JSON.parse(data.toString()))
    }
    const closed = (): void => {
      ws.off('message', answered)
      resolve(undefined)
    }
    ws.once('message', answered)
    ws.once('close', closed)
    ws.send(frame)
  })
}

/** An honest router that pings all the time. */
export interface Honest {
  /** Times of its pings so far, ms. */
  readonly waits: readonly number[]
  readonly stop: () => Promise<void>
}

const PAUSE = 20

export async function startHonest(port: number, router: string, token: string): Promise<Honest> {
  const ws = await openSocket(port, router, token)
  await ask(ws, hello(router))
  const waits: number[] = []
  const stop = new AbortController()
  async function run(): Promise<void> {
    while (!stop.signal.aborted && ws.readyState === ws.OPEN) {
      const asked = performance.now()
      await ask(ws, '{"jsonrpc":"2.0","id":1,"method":"ping"}')
      waits.push(performance.now() - asked)
      await sleep(PAUSE)
    }
  }
  const running = run()
  return {
    waits,
    async stop() {
      stop.abort()
      await running
      ws.terminate()
    },
  }
}

/** A quantile of some times; 0 of none. */
export function quantile(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
}
