import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket } from 'ws'
import * as z from 'zod'
import { fault } from '../../../src/core/base/fault.js'
import { ok, refused, type Result } from '../../../src/core/base/result.js'
import { millis } from '../../../src/core/base/time.js'
import { SUBPROTOCOL } from '../../../src/core/wire/rpc.js'
import type { Clock } from '../../../src/edge/host/clock.js'
import { connect, ROUTER_HEADER, type DialOptions } from '../../../src/edge/socket/client.js'
import { openEndpoint, type Endpoint } from '../../../src/edge/socket/endpoint.js'
import type { RpcPeer } from '../../../src/edge/socket/peer.js'
import type { Handlers } from '../../../src/edge/socket/method-table.js'

/** A table with every kind of answer. */
export const METHODS = {
  echo: {
    params: z.strictObject({ text: z.string() }),
    result: z.strictObject({ text: z.string() }),
  },
  refuse: { params: z.strictObject({}), result: z.strictObject({}) },
  explode: { params: z.strictObject({}), result: z.strictObject({}) },
  never: { params: z.strictObject({}), result: z.strictObject({}) },
  unimplemented: { params: z.strictObject({}), result: z.strictObject({}) },
  count: { params: z.strictObject({}), result: z.strictObject({ count: z.int() }) },
} as const

export type BenchPeer = RpcPeer<typeof METHODS>

export const TOKEN = 'a-token-of-the-lab-0123456789'

export interface Bench {
  readonly url: string
  readonly port: number
  readonly server: Server
  readonly endpoint: Endpoint
  /** Peers as the server sees them, oldest first. */
  readonly peers: BenchPeer[]
  readonly bugs: string[]
  readonly counted: () => number
  readonly close: () => Promise<void>
}

export interface BenchOptions {
  /** ms. */
  readonly silence?: number
  /** ms. */
  readonly helloTimeout?: number
  readonly connections?: number
  /** Of the server. */
  readonly clock?: Clock
}

/** A real server with a real endpoint on a free port of the loopback. */
export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const server = createServer((_, response) => response.writeHead(404).end())
  const peers: BenchPeer[] = []
  const bugs: string[] = []
  let count = 0
  const clock = options.clock === undefined ? {} : { clock: options.clock }
  const endpoint = openEndpoint<string, typeof METHODS, typeof METHODS>({
    server,
    path: '/agent',
    authenticate: (request) => {
      const router = String(request.headers[ROUTER_HEADER])
      return request.headers.authorization === `Bearer ${TOKEN}`
        ? ok(router)
        : refused({
            status: '401 Unauthorized',
            fault: fault('UNAUTHORIZED', `router ${router}`),
          })
    },
    peer: (_, onHello) => ({
      mine: METHODS,
      theirs: METHODS,
      unreachable: 'AGENT_UNREACHABLE',
      ...(options.silence === undefined ? {} : { silence: millis(options.silence) }),
      handlers: () => answers(() => (count += 1), onHello),
      onBug: (method) => bugs.push(method),
      ...clock,
    }),
    ...(options.helloTimeout === undefined ? {} : { helloTimeout: millis(options.helloTimeout) }),
    ...clock,
    onPeer: (peer) => peers.push(peer),
    connections: options.connections ?? 10,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}/agent`,
    port,
    server,
    endpoint,
    peers,
    bugs,
    counted: () => count,
    async close() {
      await endpoint.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function answers(counted: () => number, onHello: () => void): Handlers<typeof METHODS> {
  return {
    echo: ({ text }) => {
      onHello()
      return ok({ text })
    },
    refuse: () => refused(fault('CHANGE_BUSY', 'change one'), fault('PORT_MISSING', 'eth7')),
    explode: () => {
      throw new TypeError('a bug with a secret in its text')
    },
    never: () => new Promise<Result<Record<string, never>>>(() => undefined),
    count: () => ok({ count: counted() }),
  }
}

export function dial(
  at: Bench,
  over: Partial<DialOptions<typeof METHODS, typeof METHODS>> = {},
): Promise<Result<BenchPeer>> {
  return connect({
    url: at.url,
    token: TOKEN,
    router: 'par-edge-1',
    mine: METHODS,
    theirs: METHODS,
    handlers: () =>
      answers(
        () => 0,
        () => undefined,
      ),
    unreachable: 'HUB_UNREACHABLE',
    signal: new AbortController().signal,
    ...over,
  })
}

/** The value of a result that must be good. */
export function good<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.faults))
  return result.value
}

export async function until(condition: () => boolean, ms = 5000): Promise<boolean> {
  const end = Date.now() + ms
  while (!condition()) {
    if (Date.now() > end) return false
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return true
}

/** A WebSocket without demarc's own client behind it. */
export async function openRaw(url: string): Promise<WebSocket> {
  const ws = new WebSocket(url, SUBPROTOCOL, { headers: { authorization: `Bearer ${TOKEN}` } })
  await new Promise((resolve) => ws.once('open', resolve))
  return ws
}
