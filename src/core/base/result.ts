import type { Fault } from './fault.js'

/** A value, or every fault that stands in its way. Input that may be wrong is answered with this. */
export type Result<T, F = Fault> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly F[] }

/** The value is good. */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value }
}

/** The input is refused, with all reasons at once. */
export function refused<F>(...faults: readonly F[]): Result<never, F> {
  return { ok: false, faults }
}

/** What stands in the way; nothing where the value is good. */
export function faultsOf<F>(result: Result<unknown, F>): readonly F[] {
  return result.ok ? [] : result.faults
}
