import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { quote } from '../../core/base/quote.js'
import { faultsOf, ok, refused, type Result } from '../../core/base/result.js'
import type { Seconds } from '../../core/base/time.js'
import type { RouterRecord } from '../store/records.js'
import { audited, type AuditOptions } from './audited.js'
import { parseQuery } from './queries.js'
import {
  faultReply,
  TOO_LONG,
  TOO_MANY,
  type ApiReply,
  type JsonReply,
  type TextReply,
} from './reply.js'
import { matchRoutes, type Route, type RouteMatch } from './route.js'

export interface ApiOptions extends AuditOptions {
  readonly routes: readonly Route[]
  readonly routerOf: (id: string) => Result<RouterRecord>
  /** Octets of a body. */
  readonly bodyLimit: number
  /** The name of the operator whose token an `Authorization` header holds; undefined: it holds none. */
  readonly operatorOf: (authorization: string | undefined, isScrape: boolean) => string | undefined
  /** Called for each request with the operator's token. */
  readonly onOperator: (socket: Socket) => void
  /** Called for each other request that needs it; the time that the caller should wait, or null. */
  readonly onWrongToken: (request: IncomingMessage) => Seconds | null
  /** A request failed with something that is not a fault. */
  readonly onBug: (path: string, error: unknown) => void
}

/** Answers every request of an HTTP server, with JSON unless the operation is a stream. */
export function createApi(
  options: ApiOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await answer(options, request)
      if ('stream' in reply) await reply.stream(response)
      else send(request, response, reply)
    } catch (error) {
      if (!(error instanceof FaultError)) options.onBug(request.url ?? '', error)
      const what = error instanceof FaultError ? error.fault : fault('BUG', 'hub')
      if (response.headersSent) response.destroy()
      else send(request, response, faultReply([what]))
    }
  }
  return (request, response) => void serve(request, response)
}

async function answer(options: ApiOptions, request: IncomingMessage): Promise<ApiReply> {
  const url = parseTarget(request.url ?? '/')
  const found = matchRoutes(options.routes, url.pathname)
  const chosen = found.find(({ route }) => route.operation.method === request.method)
  const { isPublic = false, isScrape = false } = chosen?.route.operation ?? {}
  const operator = options.operatorOf(request.headers.authorization, isScrape)
  if (!isPublic) {
    if (operator === undefined) return unauthorized(options.onWrongToken(request))
    options.onOperator(request.socket)
  }
  if (chosen === undefined) return noSuchRoute(found, url.pathname)
  return audited(options, request, { operator: operator ?? '', match: chosen }, async () =>
    call(options, request, chosen, url.searchParams),
  )
}

/** Checks what the path, the query and the body hold, and calls the handler. */
async function call(
  options: ApiOptions,
  request: IncomingMessage,
  { route, segments }: RouteMatch,
  parameters: URLSearchParams,
): Promise<ApiReply> {
  const { operation, handler } = route
  const id = segments['id']
  const router = id === undefined ? ok(null) : options.routerOf(id)
  const query = parseQuery(operation.query, parameters)
  if (!router.ok || !query.ok) return faultReply([...faultsOf(router), ...faultsOf(query)])
  const limit = operation.bodyLimit ?? options.bodyLimit
  const text = operation.body === null ? ok('') : await readBody(request, limit)
  if (!text.ok) return faultReply(text.faults, TOO_LONG)
  return handler({
    router: router.value,
    change: segments['change'] ?? '',
    query: query.value,
    headers: request.headers,
    text: text.value,
  })
}

/** The target of a request (RFC 9112 section 3.2); one that is no URL has a path that names nothing. */
function parseTarget(target: string): URL {
  const base = 'http://hub'
  return URL.canParse(target, base) ? new URL(target, base) : new URL('/not-a-url', base)
}

function unauthorized(retryAfter: Seconds | null): ApiReply {
  const detail = 'send the operator token: Authorization: Bearer TOKEN'
  const wrong = fault('UNAUTHORIZED', 'authorization', detail)
  if (retryAfter === null) return faultReply([wrong])
  return {
    ...faultReply([wrong], TOO_MANY),
    headers: { 'retry-after': String(retryAfter) },
  }
}

function noSuchRoute(found: readonly RouteMatch[], path: string): ApiReply {
  if (found.length === 0) {
    return faultReply([
      fault('METHOD_UNKNOWN', 'path', `the hub has no ${quote(path)}; see docs/hub.md`),
    ])
  }
  const allow = found.map(({ route }) => route.operation.method).join(', ')
  const wrongMethod: Fault = fault('METHOD_UNKNOWN', 'method', `this path has only ${allow}`)
  return { ...faultReply([wrongMethod], 405), headers: { allow } }
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: JsonReply | TextReply,
): void {
  const text = 'text' in reply ? reply.text : `${JSON.stringify(reply.body)}\n`
  // The rest of a body that was not read would be taken for the next request.
  const close = request.complete ? {} : { connection: 'close' }
  response.writeHead(reply.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...close,
    ...reply.headers,
  })
  response.end(text)
}

/** Refuses a body that is longer than `limit` octets. */
async function readBody(request: IncomingMessage, limit: number): Promise<Result<string>> {
  const tooLong = refused(fault('PEER_LIMIT', 'body', `may have ${limit} octets`))
  if (Number(request.headers['content-length'] ?? 0) > limit) return tooLong
  const chunks: Buffer[] = []
  let octets = 0
  try {
    for await (const chunk of request.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      octets += chunk.length
      if (octets > limit) return tooLong
      chunks.push(chunk)
    }
  } catch (error) {
    throw new FaultError(fault('PEER_PROTOCOL', 'body', 'broke off'), error)
  }
  return ok(Buffer.concat(chunks).toString('utf8'))
}
