import type { FaultCode } from '../core/base/fault.js'

/** Exit codes of every verb: 0-2 are demarc's, the rest are sysexits (`sysexits.h`). */
export const EXIT = {
  done: 0,
  failed: 1,
  /** `plan`: there is something to do. `status`: something is not well. */
  differs: 2,
  usage: 64,
  refused: 65,
  unreachable: 69,
  tryAgain: 75,
  notPermitted: 77,
  config: 78,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_FAULT: Partial<Record<FaultCode, ExitCode>> = {
  CONFIG_SYNTAX: EXIT.config,
  CONFIG_VALUE: EXIT.config,
  CONFIG_UNKNOWN_KEY: EXIT.config,
  CONFIG_UNREADABLE: EXIT.config,
  INTENT_SYNTAX: EXIT.refused,
  INTENT_VALUE: EXIT.refused,
  INTENT_UNKNOWN_KEY: EXIT.refused,
  INTENT_CONFLICT: EXIT.refused,
  INTENT_STALE: EXIT.refused,
  INTENT_WRONG_ROUTER: EXIT.refused,
  SECRET_MISSING: EXIT.refused,
  PORT_MISSING: EXIT.refused,
  PORT_UNMANAGED: EXIT.refused,
  FOREIGN_CLASH: EXIT.refused,
  IMPACT_TOO_HIGH: EXIT.refused,
  CHANGE_NOT_PENDING: EXIT.refused,
  CHANGE_STUCK: EXIT.refused,
  CHANGE_BUSY: EXIT.tryAgain,
  FRR_UNAVAILABLE: EXIT.tryAgain,
  KERNEL_UNAVAILABLE: EXIT.tryAgain,
  HUB_UNREACHABLE: EXIT.unreachable,
  AGENT_UNREACHABLE: EXIT.unreachable,
  SSH_FAILED: EXIT.unreachable,
  UNAUTHORIZED: EXIT.notPermitted,
  SSH_AUTH: EXIT.notPermitted,
  SSH_HOST_KEY: EXIT.notPermitted,
}

/** The code of the first fault decides; a fault without a code of its own is a failure. */
export function exitFor(code: FaultCode | undefined): ExitCode {
  return code === undefined ? EXIT.failed : (BY_FAULT[code] ?? EXIT.failed)
}
