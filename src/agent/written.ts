import { FaultError, type Fault } from '../core/base/fault.js'

/** A write that failed, as the fault it is; null: it is on disk. */
export async function written(deed: () => Promise<void>): Promise<Fault | null> {
  try {
    await deed()
    return null
  } catch (error) {
    if (error instanceof FaultError) return error.fault
    throw error
  }
}
