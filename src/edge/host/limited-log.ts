import { millis } from '../../core/base/time.js'
import type { Clock } from './clock.js'
import type { Log, LogLine } from './log.js'

/** Lines of one event that pass in one window. */
const LINES_MAX = 20
const WINDOW = millis(60_000)

interface Window {
  readonly startedAt: number
  lines: number
  suppressed: number
}

/**
 * A log that nobody can flood: of each event at most {@link LINES_MAX} warnings or errors pass in a minute.
 * The first line of the event in a later minute has the number of those that did not, `suppressed`. Other
 * levels pass.
 */
export function limitedLog(log: Log, clock: Pick<Clock, 'now'>): Log {
  const windows = new Map<string, Window>()

  function limited(write: LogLine): LogLine {
    return (fields, message) => {
      const now = clock.now()
      const before = windows.get(fields.event)
      if (before !== undefined && now - before.startedAt < WINDOW) {
        before.lines += 1
        if (before.lines <= LINES_MAX) write(fields, message)
        else before.suppressed += 1
        return
      }
      windows.set(fields.event, { startedAt: now, lines: 1, suppressed: 0 })
      const suppressed = before?.suppressed ?? 0
      write(suppressed === 0 ? fields : { ...fields, suppressed }, message)
    }
  }

  return { ...log, error: limited(log.error), warn: limited(log.warn) }
}
