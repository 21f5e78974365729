import { fault, FaultError, nextAfter, type Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import { EXIT, exitStatus, type ExitStatus } from '../../edge/host/program.js'
import { printable } from '../render/table.js'

/** Where a verb prints, and the options that every verb has. */
export interface Context {
  readonly json: boolean
  readonly configFile: string
  /** null: the socket that the settings name. */
  readonly socket: string | null
  readonly out: (text: string) => void
  /** Aborts when what `out` prints has no reader any more. */
  readonly outputClosed: AbortSignal
  readonly err: (text: string) => void
}

/** One verb with its arguments: does its work and gives the exit status of the program. */
export type Verb = (context: Context) => Promise<ExitStatus>

/** Runs the verb that the command line names. */
export type RunVerb = (verb: Verb) => Promise<void>

/** Ends a verb early. The faults are printed; the first one decides the exit status. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults[0]?.message)
    this.faults = faults
  }
}

/** The value of a result, or a refusal with its faults. */
export function accepted<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Refusal(result.faults)
}

/** Prints the faults of a verb that failed: for people on stderr, with `--json` also on stdout. */
export function showRefusal(context: Context, error: unknown): ExitStatus {
  const faults = faultsOf(error)
  if (context.json) context.out(JSON.stringify({ faults: faults.map(withNext) }, null, 2))
  for (const { code, at, message } of faults) {
    context.err(`${printable(code)}  ${printable(at)}: ${printable(message)}`)
  }
  return exitStatus(faults)
}

/** A fault as programs get it, here and from the hub: with what the caller may do next. */
export function withNext(found: Fault): object {
  return { ...found, next: nextAfter(found.code) }
}

function faultsOf(error: unknown): readonly Fault[] {
  if (error instanceof Refusal) return error.faults
  if (error instanceof FaultError) return [error.fault]
  return [fault('BUG', 'demarc', error instanceof Error ? error.message : String(error))]
}

/** Prints a value: as JSON with `--json`, else as `render` shows it to people. */
export function show<T>(context: Context, value: T, render: (value: T) => string): ExitStatus {
  context.out(context.json ? JSON.stringify(value, null, 2) : render(value))
  return EXIT.done
}
