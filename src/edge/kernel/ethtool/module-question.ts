import type { ModuleEeprom } from '../../../core/model/optic.js'

/**
 * A message to the thread that reads modules; null asks it to end. `Worker.terminate()` is not used: it
 * raises an exception in whatever the thread does, and one that leaves a callback of the netlink package
 * aborts the whole process.
 */
export type Question = { readonly port: string } | null

/** The thread's answer to one question. */
export interface Answer {
  readonly eeprom: ModuleEeprom
}
