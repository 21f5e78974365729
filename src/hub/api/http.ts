import type { IncomingMessage, ServerResponse } from 'node:http'
import { FAULTS, fault, FaultError, type Fault, type FaultCode } from '../../core/base/fault.js'
import { quote } from '../../core/base/quote.js'
import { ok, refused, type Result } from '../../core/base/result.js'

/** One call of the API, as its deed sees it. */
export interface ApiCall {
  /** What stands where the path has `:name`. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** Reads the body, within its limit. */
  readonly body: () => Promise<Result<string>>
}

/** What a deed answers: JSON, or a stream that takes the response over. */
export type ApiReply =
  | { readonly status: number; readonly body: object; readonly headers?: Record<string, string> }
  | { readonly stream: (response: ServerResponse) => Promise<void> }

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Segments; `:name` matches one segment of anything. */
  readonly path: string
  /** Whether it is for everybody; all others need the operator's token. */
  readonly open?: true
  readonly deed: (call: ApiCall) => Promise<ApiReply> | ApiReply
}

export interface ApiOptions {
  readonly routes: readonly Route[]
  /** Octets of a body. */
  readonly bodyLimit: number
  readonly mayEnter: (authorization: string | undefined) => boolean
  readonly onBug: (path: string, error: unknown) => void
}

/** Answers every request, whatever it is, with JSON. */
export function createApi(
  options: ApiOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  async function answer(request: IncomingMessage): Promise<ApiReply> {
    const url = new URL(request.url ?? '/', 'http://hub')
    const found = options.routes.flatMap((route) => {
      const params = match(route.path, url.pathname)
      return params === undefined ? [] : [{ route, params }]
    })
    const chosen = found.find(({ route }) => route.method === request.method)
    const open = chosen?.route.open === true
    if (!open && !options.mayEnter(request.headers.authorization)) return unauthorized()
    if (chosen === undefined) return lost(found, url.pathname)
    return chosen.route.deed({
      params: chosen.params,
      query: url.searchParams,
      headers: request.headers,
      body: async () => readBody(request, options.bodyLimit),
    })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await answer(request)
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

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [place, want] of wanted.entries()) {
    const value = given[place] ?? ''
    if (want.startsWith(':') && value !== '') params[want.slice(1)] = plain(value)
    else if (want !== value) return undefined
  }
  return params
}

/** A segment that is not valid percent-encoding names nothing. */
function plain(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function unauthorized(): ApiReply {
  const detail = 'send the operator token: Authorization: Bearer TOKEN'
  const reply = faultReply([fault('UNAUTHORIZED', 'authorization', detail)])
  return { ...reply, headers: { 'www-authenticate': 'Bearer realm="demarc-hub"' } }
}

function lost(found: readonly { readonly route: Route }[], path: string): ApiReply {
  if (found.length === 0) {
    return faultReply([fault('METHOD_UNKNOWN', 'path', `nothing is at ${quote(path)}`)])
  }
  const allow = found.map(({ route }) => route.method).join(', ')
  const faults = [fault('METHOD_UNKNOWN', 'method', `only ${allow} here`)]
  return { status: 405, body: faultBody(faults), headers: { allow } }
}

/** The HTTP status (RFC 9110) of the first fault; input that can be mended is 422 unless listed. */
const STATUS: Partial<Record<FaultCode, number>> = {
  INTENT_SYNTAX: 400,
  UNAUTHORIZED: 401,
  ROUTER_UNKNOWN: 404,
  METHOD_UNKNOWN: 404,
  INTENT_STALE: 409,
  CHANGE_BUSY: 409,
  CHANGE_UNKNOWN: 409,
  ROUTER_EXISTS: 409,
  PEER_LIMIT: 413,
  BUG: 500,
  PEER_PROTOCOL: 502,
  AGENT_UNREACHABLE: 503,
  STATE_UNWRITABLE: 503,
}

export type JsonReply = Extract<ApiReply, { readonly status: number }>

/** All faults, each with what may be done next. */
export function faultReply(faults: readonly Fault[]): JsonReply {
  const code = faults[0]?.code
  return { status: (code && STATUS[code]) ?? 422, body: faultBody(faults) }
}

function faultBody(faults: readonly Fault[]): object {
  return { faults: faults.map((one) => ({ ...one, next: FAULTS[one.code].next })) }
}

function send(request: IncomingMessage, response: ServerResponse, reply: JsonReply): void {
  const text = `${JSON.stringify(reply.body)}\n`
  // What was not read of a body would be taken for the next request.
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
