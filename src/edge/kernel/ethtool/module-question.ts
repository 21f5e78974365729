import type { ModuleEeprom } from '../../../core/model/optic.js'

/**
 * What goes to the thread that reads modules; null asks it to end. It is never terminated: that would
 * raise an exception in whatever it does, and one that leaves a callback of the netlink package aborts
 * the whole process.
 */
export type Question = { readonly port: string } | null

/** What comes back. */
export interface Answer {
  readonly eeprom: ModuleEeprom
}
