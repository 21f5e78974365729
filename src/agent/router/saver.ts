import type { Fault } from '../../core/base/fault.js'
import type { FrrPort } from './ports.js'

/** Saves FRR's configuration, and remembers while the last try failed. */
export interface Saver {
  readonly save: FrrPort['save']
  /** Tries again what failed; null: it is saved. */
  readonly retry: FrrPort['save']
}

/**
 * Nothing counts as unsaved before the first save. The fault of a try is its answer, null where it went
 * well.
 */
export function createSaver(save: FrrPort['save']): Saver {
  let unsaved: Fault | null = null
  const attempt = async () => (unsaved = await save())
  return { save: attempt, retry: async () => (unsaved === null ? null : attempt()) }
}
