import type { Fault, FaultCode } from '../../core/base/fault.js'
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
export const UNAUTHORIZED = 401
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
