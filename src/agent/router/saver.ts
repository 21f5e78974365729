import type { Fault } from '../../core/base/fault.js'
import type { FrrPort } from './ports.js'

/** Saves FRR's configuration, and remembers whether the last attempt failed. */
export interface Saver {
  readonly save: FrrPort['save']
  /** Repeats an attempt that failed; null: the configuration is saved. */
  readonly retry: FrrPort['save']
}

/** Before the first save, nothing counts as unsaved. */
export function createSaver(save: FrrPort['save']): Saver {
  let unsaved: Fault | null = null
  const attempt = async () => (unsaved = await save())
  return { save: attempt, retry: async () => (unsaved === null ? null : attempt()) }
}
