import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { millis } from '../../core/base/time.js'
import type { Clock } from '../host/clock.js'
import type { Log } from '../host/log.js'
import { createTokenBucket } from '../socket/flow/token-bucket.js'
import { keepListening } from '../socket/listen.js'
import { CONTENT_TYPE } from './exposition.js'
import type { MetricsPage } from './page.js'

/** Connections at a time; the oldest makes room for a new one. */
const CONNECTIONS = 16
/** Octets that all scrapers get together; above it they are refused with 429. */
const OCTETS = { perSecond: 16 * 1024 * 1024, burst: 32 * 1024 * 1024 }
/** What a request costs of these octets at least, however short its answer is. */
const REQUEST_COST = 64 * 1024
/** Octets of a request's header. */
const HEADER_MAX = 8 * 1024
/** Time for a request's header, for all of it, and between two requests of a connection. */
const REQUEST_TIME = millis(5000)
/** Time for a scraper to read an answer. */
const ANSWER_TIME = millis(10_000)
/** How often Node looks for requests that are too slow. */
const CHECK_INTERVAL = millis(1000)
const PATHS: readonly string[] = ['/metrics', '/healthz', '/readyz']

export interface MetricsServerOptions {
  readonly address: string
  readonly port: number
  readonly metrics: MetricsPage
  /** Why the process is not ready, as sentences; none: it is. */
  readonly unreadiness: () => readonly string[]
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

export interface MetricsServer {
  readonly close: () => Promise<void>
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz`. An address that cannot be used is logged and tried again every
 * minute: the daemon's work does not depend on it.
 */
export function serveMetrics(options: MetricsServerOptions): MetricsServer {
  const { address, port, log } = options
  const server = createServer(
    {
      headersTimeout: REQUEST_TIME,
      requestTimeout: REQUEST_TIME,
      keepAliveTimeout: REQUEST_TIME,
      connectionsCheckingInterval: CHECK_INTERVAL,
      maxHeaderSize: HEADER_MAX,
    },
    answerer(options),
  )
  limitConnections(server)
  const place = `[metrics] ${address}:${port}`
  const listening = keepListening(server, { host: address, port }, place, {
    onListening: () =>
      log.info({ event: 'metrics', address, port }, 'metrics can be scraped at /metrics'),
    onFailed: (error) => log.warn({ event: 'metrics', error }, 'metrics cannot be scraped now'),
  })

  return {
    async close() {
      await listening.stop()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** The oldest connection makes room for a new one: somebody who holds them all keeps nobody else out. */
function limitConnections(server: Server): void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    const [oldest] = sockets
    if (sockets.size >= CONNECTIONS) oldest?.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
}

interface Answer {
  readonly status: number
  readonly body: Buffer | string
  readonly headers?: Readonly<Record<string, string>>
}

function answerer(options: MetricsServerOptions): RequestListener {
  const budget = createTokenBucket(OCTETS, options.clock)
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = budget.level() > 0 ? await answerTo(request, options) : TOO_MANY
    const { status, body, headers } = answer
    budget.take(Math.max(REQUEST_COST, body.length))
    response.writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // What is left of a refused request would be taken for the next one.
      ...(status === 200 && request.complete ? {} : { connection: 'close' }),
      ...headers,
    })
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  return (request, response) => {
    const late = setTimeout(() => response.destroy(), ANSWER_TIME)
    response.once('close', () => clearTimeout(late))
    void respond(request, response)
  }
}

const TOO_MANY: Answer = {
  status: 429,
  body: 'too many requests\n',
  headers: { 'retry-after': '1' },
}

async function answerTo(request: IncomingMessage, options: MetricsServerOptions): Promise<Answer> {
  const path = request.url?.split('?').at(0) ?? ''
  return requestFault(request, path) ?? pageAt(path, options)
}

/** Why a request is refused; undefined: it asks for one of the pages. */
function requestFault({ method = '', headers }: IncomingMessage, path: string): Answer | undefined {
  if (!PATHS.includes(path)) {
    return { status: 404, body: `this is not one of ${PATHS.join(', ')}\n` }
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, body: 'only GET and HEAD\n', headers: { allow: 'GET, HEAD' } }
  }
  const length = headers['transfer-encoding'] ?? headers['content-length'] ?? '0'
  return length === '0' ? undefined : { status: 413, body: 'a request has no body here\n' }
}

async function pageAt(
  path: string,
  { metrics, unreadiness, log }: MetricsServerOptions,
): Promise<Answer> {
  if (path === '/healthz') return { status: 200, body: 'ok\n' }
  if (path === '/readyz') return readiness(unreadiness())
  try {
    return { status: 200, body: await metrics(), headers: { 'content-type': CONTENT_TYPE } }
  } catch (error) {
    log.error({ event: 'metrics', error }, 'the metrics cannot be made')
    return { status: 500, body: 'the metrics cannot be made; the log says why\n' }
  }
}

function readiness(reasons: readonly string[]): Answer {
  if (reasons.length === 0) return { status: 200, body: 'ok\n' }
  return { status: 503, body: `${reasons.join('\n')}\n` }
}
