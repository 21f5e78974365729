import type { ServerResponse } from 'node:http'
import type * as z from 'zod'
import { nextAfter, type Fault, type Next } from '../../core/base/fault.js'
import { RETRY_AFTER, statusOf, UNAUTHORIZED, UNAVAILABLE } from './fault-status.js'

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
