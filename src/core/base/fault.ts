/** What a caller may do next. A program decides by nothing else of a fault. */
export type Next = 'retry' | 'fix-input' | 'operator' | 'report-bug'

/**
 * The closed table of everything that can go wrong, and what may be done next.
 * `docs/faults.md` is generated from it.
 */
export const FAULTS = {
  CONFIG_SYNTAX: { next: 'fix-input', says: 'the file is not valid TOML' },
  CONFIG_VALUE: { next: 'fix-input', says: 'a setting has a value that cannot be used' },
  CONFIG_UNKNOWN_KEY: { next: 'fix-input', says: 'a setting has a name that demarc does not know' },
  CONFIG_UNREADABLE: { next: 'operator', says: 'the file cannot be read' },
  FILE_UNREADABLE: { next: 'fix-input', says: 'a file of the command line cannot be read' },
  INTENT_SYNTAX: { next: 'fix-input', says: 'the document is not valid JSON' },
  INTENT_VALUE: { next: 'fix-input', says: 'a field has a value that cannot be used' },
  INTENT_UNKNOWN_KEY: { next: 'fix-input', says: 'a field has a name that demarc does not know' },
  INTENT_CONFLICT: { next: 'fix-input', says: 'two parts of the intent contradict each other' },
  INTENT_STALE: { next: 'fix-input', says: 'the generation is not newer than the one that runs' },
  INTENT_UNKNOWN: { next: 'fix-input', says: 'this router keeps no such intent' },
  INTENT_WRONG_ROUTER: { next: 'fix-input', says: 'the intent is for another router' },
  SECRET_MISSING: { next: 'operator', says: 'a named secret is not on this router' },
  PORT_MISSING: { next: 'operator', says: 'no such port on this router' },
  PORT_UNMANAGED: { next: 'operator', says: 'the port is not one demarc may manage' },
  NOT_OWNED: { next: 'operator', says: 'something demarc does not own is in the way' },
  HOST_CONFLICT: {
    next: 'operator',
    says: 'another program on the router would take away what the change makes',
  },
  IMPACT_TOO_HIGH: {
    next: 'operator',
    says: 'the change would do more to traffic than was allowed',
  },
  CHANGE_BUSY: { next: 'retry', says: 'another change is under way' },
  CHANGE_UNKNOWN: { next: 'fix-input', says: 'no such change waits for an answer' },
  CHANGE_NOT_CONFIRMED: { next: 'operator', says: 'the change was not confirmed and is undone' },
  CHANGE_UNHEALTHY: { next: 'operator', says: 'the change broke what worked before it' },
  CHANGE_NOT_RESTORED: {
    next: 'operator',
    says: 'the change is undone, but what was well before it is not yet',
  },
  CHANGE_STUCK: {
    next: 'operator',
    says: 'an undo did not come through; nothing else is changed until "demarc repair"',
  },
  DRIFT: { next: 'operator', says: 'someone changed what demarc keeps' },
  KERNEL_REFUSED: { next: 'operator', says: 'the kernel refused a step' },
  KERNEL_UNAVAILABLE: { next: 'retry', says: 'the kernel did not answer' },
  FRR_UNAVAILABLE: { next: 'retry', says: 'an FRR daemon cannot be reached' },
  FRR_REFUSED: { next: 'operator', says: 'FRR refused a line' },
  FRR_UNSUPPORTED: { next: 'operator', says: 'FRR is older than demarc supports' },
  READ_BACK_MISMATCH: { next: 'operator', says: 'what was applied is not what is there' },
  AGENT_UNREACHABLE: { next: 'retry', says: 'the agent does not answer' },
  HUB_UNREACHABLE: { next: 'retry', says: 'no hub answers' },
  PEER_PROTOCOL: { next: 'report-bug', says: 'the other side broke the protocol' },
  PEER_LIMIT: { next: 'operator', says: 'the other side went over a limit' },
  UNAUTHORIZED: { next: 'operator', says: 'the token was not accepted' },
  METHOD_UNKNOWN: { next: 'fix-input', says: 'no such method' },
  ROUTER_UNKNOWN: { next: 'fix-input', says: 'the hub knows no such router' },
  ROUTER_EXISTS: { next: 'fix-input', says: 'the hub has a router of that name already' },
  STATE_DAMAGED: { next: 'operator', says: 'a state file is damaged' },
  STATE_UNWRITABLE: { next: 'operator', says: 'the state directory cannot be written' },
  SSH_HOST_KEY: { next: 'operator', says: 'the host key is not the expected one' },
  SSH_AUTH: { next: 'operator', says: 'the router refused the log-in' },
  SSH_FAILED: { next: 'retry', says: 'the SSH connection or a command on it failed' },
  PLATFORM_UNSUPPORTED: {
    next: 'operator',
    says: 'the router is of a kind demarc does not support',
  },
  BUG: { next: 'report-bug', says: 'demarc broke one of its own rules' },
} as const satisfies Record<string, { next: Next; says: string }>

export type FaultCode = keyof typeof FAULTS

/** One thing that is wrong: what, where, and what to do about it. */
export interface Fault {
  readonly code: FaultCode
  /** The place: a JSON pointer or dotted path, `file:line`, an interface, a neighbour. */
  readonly at: string
  /** One sentence with the offending value where that is safe, and the remedy. Never a secret. */
  readonly message: string
}

/** Characters of a fault; what is longer is cut, so that every fault fits a message and a file. */
export const FAULT_LIMITS = { at: 512, message: 4096 } as const

/** A fault whose message is the table's own sentence, or the given detail. */
export function fault(code: FaultCode, at: string, detail?: string): Fault {
  return {
    code,
    at: cut(at, FAULT_LIMITS.at),
    message: cut(detail ?? FAULTS[code].says, FAULT_LIMITS.message),
  }
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}

/** A task that failed with a fault. Only the edges and the programs throw it; decisions return faults. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly fault: Fault

  constructor(what: Fault, cause?: unknown) {
    super(`${what.at}: ${what.message}`, cause === undefined ? undefined : { cause })
    this.fault = what
  }
}
