import type * as z from 'zod'
import { FAULTS, type FaultCode } from '../../core/base/fault.js'
import { statusOf, TOO_LONG, TOO_MANY } from './reply.js'

/** A reply that is one JSON document. */
interface JsonShape {
  readonly description: string
  readonly schema: z.ZodType
}

/** A reply in another format than JSON. */
interface TextShape {
  readonly description: string
  readonly contentType: string
}

/** A reply that is a stream of server-sent events: event name to the JSON of its `data` line. */
interface StreamShape {
  readonly description: string
  readonly events: Readonly<Record<string, z.ZodType>>
}

/**
 * One operation of the HTTP API, as data. The router that answers requests and the page
 * `docs/openapi.json` are both made from it, so that neither can say what the other does not.
 */
export interface Operation {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** A path template of OpenAPI: `{id}` and `{change}` each stand for one segment. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  /** It is answered without the operator's token. */
  readonly isPublic?: true
  /** It is answered with the token of `[metrics]` as well. */
  readonly isScrape?: true
  /** Every other query parameter is refused. */
  readonly query: z.ZodObject
  /** null: a body is not read. */
  readonly body: z.ZodType | null
  /** Octets of the body; without it those of an intent. */
  readonly bodyLimit?: number
  /** Status of a success to what is answered. */
  readonly replies: Readonly<Record<number, JsonShape | TextShape | StreamShape>>
  /** Codes of its refusals beyond those that follow from its parts; see {@link faultCodes}. */
  readonly faults: readonly FaultCode[]
  /** It is passed on to the router's agent, which may faultReply it with any code. */
  readonly isForwarded?: true
  /** The body of a refusal, where that says more than the faults. */
  readonly refusal?: z.ZodType
}

const FROM_QUERY = ['INTENT_UNKNOWN_KEY', 'INTENT_VALUE'] as const
const FROM_BODY = ['INTENT_SYNTAX', 'INTENT_UNKNOWN_KEY', 'INTENT_VALUE', 'PEER_PROTOCOL'] as const
const ALL_CODES = Object.keys(FAULTS) as FaultCode[]

/** The codes an operation may faultReply with, by HTTP status. */
export function faultCodes(operation: Operation): ReadonlyMap<number, readonly FaultCode[]> {
  const codes = new Set<FaultCode>([
    ...(operation.isPublic === true ? [] : (['UNAUTHORIZED'] as const)),
    ...(operation.path.includes('{id}') ? (['ROUTER_UNKNOWN'] as const) : []),
    ...FROM_QUERY,
    ...(operation.body === null ? [] : FROM_BODY),
    ...operation.faults,
    'BUG',
    ...(operation.isForwarded === true ? ALL_CODES : []),
  ])
  const byStatus = new Map<number, FaultCode[]>()
  for (const code of codes) {
    byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code])
  }
  if (operation.body !== null) byStatus.set(TOO_LONG, ['PEER_LIMIT'])
  if (operation.isPublic !== true) byStatus.set(TOO_MANY, ['UNAUTHORIZED'])
  return new Map([...byStatus].sort(([a], [b]) => a - b))
}
