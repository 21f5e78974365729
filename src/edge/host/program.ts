import { parseArgs } from 'node:util'
import type { Fault, FaultCode } from '../../core/base/fault.js'
import { VERSION } from '../../core/base/version.js'
import { isJournal, prioritized } from './priority.js'

/** The exit statuses of all four programs: 0-2 are demarc's own, the others are those of `sysexits.h`. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** `plan`: there is something to do. `status`, `doctor`: something is not healthy. */
  differs: 2,
  usage: 64,
  refused: 65,
  /** A file that the command line names cannot be read. */
  noInput: 66,
  unreachable: 69,
  tryAgain: 75,
  notPermitted: 77,
  /** Settings, or state on the disk, that somebody has to mend. systemd does not start it again. */
  config: 78,
} as const

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

const BY_FAULT: Readonly<Record<FaultCode, ExitStatus>> = {
  CONFIG_SYNTAX: EXIT.config,
  CONFIG_VALUE: EXIT.config,
  CONFIG_UNKNOWN_KEY: EXIT.config,
  CONFIG_UNREADABLE: EXIT.config,
  FILE_UNREADABLE: EXIT.noInput,
  FILE_UNWRITABLE: EXIT.failed,
  INTENT_SYNTAX: EXIT.refused,
  INTENT_EXPIRED: EXIT.refused,
  INTENT_VALUE: EXIT.refused,
  INTENT_UNKNOWN_KEY: EXIT.refused,
  INTENT_CONFLICT: EXIT.refused,
  PROVIDER_RULE: EXIT.refused,
  PROVIDER_PROFILE: EXIT.config,
  INTENT_STALE: EXIT.refused,
  INTENT_UNKNOWN: EXIT.refused,
  INTENT_WRONG_ROUTER: EXIT.refused,
  SECRET_MISSING: EXIT.refused,
  PORT_MISSING: EXIT.refused,
  PORT_UNMANAGED: EXIT.refused,
  NOT_OWNED: EXIT.refused,
  HOST_CONFLICT: EXIT.refused,
  FRR_UNSUPPORTED: EXIT.refused,
  PLATFORM_UNSUPPORTED: EXIT.refused,
  SUBJECT_UNKNOWN: EXIT.refused,
  LIFECYCLE_STATE: EXIT.refused,
  OPTIC_NO_LIGHT: EXIT.refused,
  METHOD_UNKNOWN: EXIT.refused,
  ROUTER_UNKNOWN: EXIT.refused,
  ROUTER_EXISTS: EXIT.refused,
  IMPACT_TOO_HIGH: EXIT.refused,
  CHANGE_UNKNOWN: EXIT.refused,
  CHANGE_BUSY: EXIT.tryAgain,
  FRR_UNAVAILABLE: EXIT.tryAgain,
  KERNEL_UNAVAILABLE: EXIT.tryAgain,
  HUB_UNREACHABLE: EXIT.unreachable,
  AGENT_UNREACHABLE: EXIT.unreachable,
  SSH_FAILED: EXIT.unreachable,
  UNAUTHORIZED: EXIT.notPermitted,
  SSH_AUTH: EXIT.notPermitted,
  SSH_HOST_KEY: EXIT.notPermitted,
  CHANGE_STUCK: EXIT.failed,
  CHANGE_NOT_CONFIRMED: EXIT.failed,
  CHANGE_UNHEALTHY: EXIT.failed,
  CHANGE_NOT_RESTORED: EXIT.failed,
  DRIFT: EXIT.failed,
  KERNEL_REFUSED: EXIT.failed,
  FRR_REFUSED: EXIT.failed,
  READ_BACK_MISMATCH: EXIT.failed,
  PEER_PROTOCOL: EXIT.failed,
  PEER_LIMIT: EXIT.failed,
  STATE_DAMAGED: EXIT.config,
  STATE_NEWER: EXIT.config,
  STATE_UNWRITABLE: EXIT.failed,
  BUG: EXIT.failed,
}

/** The exit status of a program that ends because of these faults: the first one decides. */
export function exitStatus(faults: readonly Fault[]): ExitStatus {
  const [first] = faults
  return first !== undefined && isListed(first.code) ? BY_FAULT[first.code] : EXIT.failed
}

/** false: a peer of another version of demarc has sent a code that this one does not know. */
function isListed(code: string): code is FaultCode {
  return Object.hasOwn(BY_FAULT, code)
}

/** Prints to stdout; the exit status of a program that has no more to do. */
export function print(text: string): ExitStatus {
  process.stdout.write(text)
  return EXIT.done
}

/** Prints the faults to stderr, one a line; the exit status they call for. */
export function complain(faults: readonly Fault[]): ExitStatus {
  const isLogged = isJournal(process.stderr.fd)
  for (const { code, at, message } of faults) {
    const line = `${code}  ${at}: ${message}\n`
    process.stderr.write(isLogged ? prioritized('error', line) : line)
  }
  return exitStatus(faults)
}

/** Resolves once the signal aborts; at once if it has. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** What a program of the agent does with its arguments: it runs with these settings, or it ends with this status. */
export type Arguments = { readonly config: string } | { readonly end: number }

/** Reads `--config FILE`, `--version` and `--help`. It prints what the last two ask for, and what is wrong with the others. */
export function readArguments(help: string): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', default: '/etc/demarc/demarc.toml' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return { end: print(help) }
    if (values.version) return { end: print(`${VERSION}\n`) }
    return { config: values.config }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${help}`)
    return { end: EXIT.usage }
  }
}
