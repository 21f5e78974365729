/** What a caller may do next. Programs decide by this and by the code, never by the message. */
export type Next = 'retry' | 'fix-input' | 'operator' | 'report-bug'

/**
 * All faults: what is wrong, and what may be done next. `summary` is the message of a fault that has no
 * detail. `docs/faults.md` is generated from this table.
 */
export const FAULTS = {
  CONFIG_SYNTAX: { next: 'fix-input', summary: 'the settings file is not valid TOML' },
  CONFIG_VALUE: { next: 'fix-input', summary: 'a setting has a value that is not allowed' },
  CONFIG_UNKNOWN_KEY: { next: 'fix-input', summary: 'demarc has no setting of this name' },
  CONFIG_UNREADABLE: { next: 'operator', summary: 'the settings file cannot be read' },
  FILE_UNREADABLE: { next: 'fix-input', summary: 'a file that the command names cannot be read' },
  FILE_UNWRITABLE: {
    next: 'fix-input',
    summary: 'a file that the command names cannot be written',
  },
  INTENT_SYNTAX: { next: 'fix-input', summary: 'the document is not valid JSON' },
  INTENT_VALUE: { next: 'fix-input', summary: 'a field has a value that is not allowed' },
  INTENT_UNKNOWN_KEY: { next: 'fix-input', summary: 'the schema has no field of this name' },
  INTENT_CONFLICT: { next: 'fix-input', summary: 'two parts of the intent contradict each other' },
  PROVIDER_RULE: {
    next: 'fix-input',
    summary: 'the intent breaks a rule of the provider',
  },
  PROVIDER_PROFILE: {
    next: 'operator',
    summary: 'the file with the profile of a provider cannot be used',
  },
  INTENT_STALE: {
    next: 'fix-input',
    summary: 'the generation is not higher than that of the intent in force',
  },
  INTENT_EXPIRED: {
    next: 'fix-input',
    summary: 'the intent was valid until a time that has passed',
  },
  INTENT_UNKNOWN: { next: 'fix-input', summary: 'the router has stored no such intent' },
  INTENT_WRONG_ROUTER: { next: 'fix-input', summary: 'the intent is for another router' },
  SECRET_MISSING: {
    next: 'operator',
    summary: 'a secret that the intent or a setting names is not on this router, or cannot be read',
  },
  PORT_MISSING: { next: 'operator', summary: 'the router has no such port' },
  PORT_UNMANAGED: {
    next: 'operator',
    summary: 'the settings do not allow demarc to manage this port',
  },
  NOT_OWNED: {
    next: 'operator',
    summary: 'a link, an address or a part of FRR that demarc does not own is in the way',
  },
  HOST_CONFLICT: {
    next: 'operator',
    summary: 'another program on the router would remove what the change makes',
  },
  IMPACT_TOO_HIGH: {
    next: 'operator',
    summary: 'the change would affect traffic more than is allowed',
  },
  CHANGE_BUSY: { next: 'retry', summary: 'another change is not finished' },
  CHANGE_UNKNOWN: {
    next: 'fix-input',
    summary: 'no such change waits to be confirmed or cancelled',
  },
  CHANGE_NOT_CONFIRMED: {
    next: 'operator',
    summary: 'the change was not confirmed in time and is rolled back',
  },
  CHANGE_UNHEALTHY: {
    next: 'operator',
    summary: 'something that worked before the change does not work after it',
  },
  CHANGE_NOT_RESTORED: {
    next: 'operator',
    summary: 'the change is rolled back, but something that worked before it does not work yet',
  },
  CHANGE_STUCK: {
    next: 'operator',
    summary: 'a rollback failed; run "demarc repair", no other change is made before that',
  },
  DRIFT: { next: 'operator', summary: 'somebody changed what demarc manages' },
  KERNEL_REFUSED: { next: 'operator', summary: 'the kernel refused a step' },
  KERNEL_UNAVAILABLE: { next: 'retry', summary: 'the kernel did not answer' },
  FRR_UNAVAILABLE: { next: 'retry', summary: 'an FRR daemon did not answer' },
  FRR_REFUSED: { next: 'operator', summary: 'FRR refused a configuration line' },
  FRR_UNSUPPORTED: {
    next: 'operator',
    summary:
      'this release of FRR is older than demarc supports, or than a word of the intent needs',
  },
  READ_BACK_MISMATCH: {
    next: 'operator',
    summary: 'the router does not have what was just applied',
  },
  AGENT_UNREACHABLE: { next: 'retry', summary: 'the agent did not answer' },
  HUB_UNREACHABLE: { next: 'retry', summary: 'no hub answered' },
  PEER_PROTOCOL: {
    next: 'report-bug',
    summary: 'the other side sent a message that the protocol does not allow',
  },
  PEER_LIMIT: { next: 'operator', summary: 'a limit of the connection was exceeded' },
  UNAUTHORIZED: {
    next: 'operator',
    summary: 'the caller may not do this: a token was not accepted, or a permission is missing',
  },
  SUBJECT_UNKNOWN: {
    next: 'fix-input',
    summary: 'the router knows no such port, connection, attachment or neighbor',
  },
  LIFECYCLE_STATE: {
    next: 'fix-input',
    summary: 'the word does not fit the state of the connection or attachment',
  },
  OPTIC_NO_LIGHT: {
    next: 'operator',
    summary: 'the port has no light to take a baseline from',
  },
  METHOD_UNKNOWN: { next: 'fix-input', summary: 'there is no such method' },
  ROUTER_UNKNOWN: { next: 'fix-input', summary: 'no router of this id is registered at the hub' },
  ROUTER_EXISTS: {
    next: 'fix-input',
    summary: 'a router of this id is already registered at the hub',
  },
  STATE_DAMAGED: { next: 'operator', summary: 'a state file is damaged' },
  STATE_NEWER: { next: 'operator', summary: 'a newer version of demarc wrote this state' },
  STATE_UNWRITABLE: { next: 'operator', summary: 'the state directory cannot be written' },
  SSH_HOST_KEY: { next: 'operator', summary: "the router's SSH host key is not the expected one" },
  SSH_AUTH: { next: 'operator', summary: 'the router refused the SSH login' },
  SSH_FAILED: { next: 'retry', summary: 'the SSH connection, or a command over it, failed' },
  PLATFORM_UNSUPPORTED: {
    next: 'operator',
    summary: 'demarc does not support this operating system, kernel or processor',
  },
  BUG: { next: 'report-bug', summary: 'a defect in demarc; please report it' },
} as const satisfies Record<string, { next: Next; summary: string }>

export type FaultCode = keyof typeof FAULTS

declare const unknownWord: unique symbol

/**
 * A word of a list that this version of demarc does not know, because the program that sent it is of another
 * version. It is kept as text, so that it can be stored and shown.
 */
export type UnknownWord = string & { readonly [unknownWord]: true }

/**
 * What a caller may do after a fault with this code. A code of another version of demarc is tried again, with
 * the usual waits.
 */
export function nextAfter(code: FaultCode | UnknownWord): Next {
  return isFaultCode(code) ? FAULTS[code].next : 'retry'
}

function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(FAULTS, code)
}

/** One thing that is wrong: its code, its place, and a message for people. */
export interface Fault {
  /** One of {@link FAULTS}; a peer of another version may send one that is not there. */
  readonly code: FaultCode | UnknownWord
  /** The place: a JSON pointer or dotted path, `file:line`, an interface, a neighbour. */
  readonly at: string
  /** What is wrong, the measured value with its unit, and what to do. It never contains a secret. */
  readonly message: string
}

/** Characters of a fault's texts. Longer ones are cut, so that every fault fits into a message and a file. */
export const FAULT_LIMITS = { at: 512, message: 4096 } as const

/** A fault whose message is `detail`, or the summary of its code. */
export function fault(code: FaultCode, at: string, detail?: string): Fault {
  return {
    code,
    at: cut(at, FAULT_LIMITS.at),
    message: cut(detail ?? FAULTS[code].summary, FAULT_LIMITS.message),
  }
}

/** The same fault with another sentence, cut to the limit of {@link fault}; its code may be one of a peer. */
export function reworded(found: Fault, message: string): Fault {
  return { ...found, message: cut(message, FAULT_LIMITS.message) }
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}

/** A task that failed. Only edges and programs throw it; the core returns faults as values. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly fault: Fault

  constructor(what: Fault, cause?: unknown) {
    super(`${what.at}: ${what.message}`, cause === undefined ? undefined : { cause })
    this.fault = what
  }
}
