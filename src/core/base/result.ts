import type { Fault } from './fault.js'

/** A value, or every fault that prevents it. Functions that check input return it. */
export type Result<T, F = Fault> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly F[] }

/** A result with a value. */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value }
}

/** A result without a value: all reasons at once. */
export function refused<F>(...faults: readonly F[]): Result<never, F> {
  return { ok: false, faults }
}

/** The faults of a result; none where it has a value. */
export function faultsOf<F>(result: Result<unknown, F>): readonly F[] {
  return result.ok ? [] : result.faults
}
