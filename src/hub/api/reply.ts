import type { ServerResponse } from 'node:http'
import type * as z from 'zod'
import { nextAfter, type Fault, type FaultCode, type Next } from '../../core/base/fault.js'
import { seconds } from '../../core/base/time.js'

/** HTTP statuses (RFC 9110); every code that is not listed is 422: the input can be mended. */
const STATUS: Partial<Record<FaultCode, number>> = {
  INTENT_SYNTAX: 400,
  UNAUTHORIZED: 401,
  ROUTER_UNKNOWN: 404,
  INTENT_UNKNOWN: 404,
  METHOD_UNKNOWN: 404,
  SUBJECT_UNKNOWN: 404,
  LIFECYCLE_STATE: 409,
  OPTIC_NO_LIGHT: 409,
  INTENT_STALE: 409,
  INTENT_EXPIRED: 409,
  CHANGE_BUSY: 409,
  CHANGE_UNKNOWN: 409,
  ROUTER_EXISTS: 409,
  BUG: 500,
  PEER_PROTOCOL: 502,
  AGENT_UNREACHABLE: 503,
  PEER_LIMIT: 503,
  STATE_UNWRITABLE: 503,
}

/** The status of a request without the operator's token. */
const UNAUTHORIZED = 401
/** The status of a request whose body is over the limit. */
export const TOO_LONG = 413
/** The status of a request without the token from an address that sends many of them. */
export const TOO_MANY = 429
/** The status of a request that may succeed later as it is; its answer has `Retry-After`. */
export const UNAVAILABLE = 503
/** Value of `Retry-After` (RFC 9110 section 10.2.3). */
export const RETRY_AFTER = seconds(5)

/** The HTTP status of an answer whose first fault has this code. */
export function statusOf(code: Fault['code'] | undefined): number {
  const isListed = code !== undefined && Object.hasOwn(STATUS, code)
  return isListed ? (STATUS[code as FaultCode] ?? 422) : 422
}

/** An answer that is one JSON document. */
export interface JsonReply {
  readonly status: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that takes the response over and resolves when it has ended. */
export interface StreamReply {
  readonly stream: (response: ServerResponse) => Promise<void>
}

/** An answer in another format than JSON, which its header `content-type` names. */
export interface TextReply {
  readonly status: number
  readonly text: string | Buffer
  readonly headers: Readonly<Record<'content-type', string>>
}

export type ApiReply = JsonReply | TextReply | StreamReply

/** A refusal: all faults at once, each with what may be done next. */
export interface FaultReply extends JsonReply {
  readonly body: { readonly faults: readonly (Fault & { readonly next: Next })[] }
}

/** A success with the body that the operation promises for its status. */
export type Success<Replies> = {
  readonly [Status in keyof Replies]: Replies[Status] extends { readonly schema: infer S }
    ? { readonly status: Status; readonly body: z.input<S> }
    : Replies[Status] extends { readonly contentType: string }
      ? TextReply
      : StreamReply
}[keyof Replies]

/** Headers that a refusal with this status must have (RFC 9110 sections 10.2.3 and 11.6.1). */
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  [UNAUTHORIZED]: { 'www-authenticate': 'Bearer realm="demarc-hub"' },
  [UNAVAILABLE]: { 'retry-after': String(RETRY_AFTER) },
}

/** Refuses a request. The first fault decides the status, unless one is given. */
export function faultReply(
  faults: readonly Fault[],
  status = statusOf(faults[0]?.code),
): FaultReply {
  const body = { faults: faults.map((fault) => ({ ...fault, next: nextAfter(fault.code) })) }
  return { status, body, headers: HEADERS[status] ?? {} }
}
