import type { EventsReport } from '../../core/wire/health-reading.js'
import { printable } from '../render/table.js'
import { localInstants, localTime } from '../render/time.js'

/** Characters of the second column: the longest severity. */
const LABEL_WIDTH = 8

/** One line of `demarc watch`: time, a word in a column of its own, and what happened. */
export function watchLine(instant: string, label: string, text: string): string {
  return `${localTime(instant)}  ${printable(label).padEnd(LABEL_WIDTH)}  ${text}`
}

/** One line for one event. */
export function renderEvent(event: EventsReport['events'][number]): string {
  const { at, severity, kind, name, message } = event
  return watchLine(at, severity, printable(`${kind} ${name}: ${localInstants(message)}`))
}
