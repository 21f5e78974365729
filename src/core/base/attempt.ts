import { FaultError, type Fault } from './fault.js'
import { ok, refused, type Result } from './result.js'

/**
 * Runs a task that may throw a {@link FaultError} and returns its value, or its fault. Anything else
 * that is thrown is a defect and passes through.
 */
export async function attempt<T>(task: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return ok(await task())
  } catch (error) {
    return refused(faultFrom(error))
  }
}

/** The fault of a task without a value; null: it was done. */
export async function attemptFault(task: () => void | Promise<void>): Promise<Fault | null> {
  const done = await attempt(task)
  return done.ok ? null : (done.faults[0] ?? null)
}

/** The fault that a {@link FaultError} carries; anything else that was thrown is thrown again. */
function faultFrom(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault
  throw error
}
