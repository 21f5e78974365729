import type { ModuleEeprom } from '../../../core/model/optic.js'

/** What goes to the thread that reads modules. */
export interface Question {
  readonly port: string
}

/** What comes back. */
export interface Answer {
  readonly eeprom: ModuleEeprom
}
