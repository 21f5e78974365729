import { fstatSync } from 'node:fs'

/** Priorities of syslog (RFC 5424) by the level of a line: `journalctl -p err` shows the errors alone. */
const PRIORITIES = { error: 3, warn: 4, info: 6, debug: 7 } as const

/**
 * Whether this descriptor is the systemd journal (`$JOURNAL_STREAM`, systemd.exec(5)). It takes the priority off
 * the line; a file or a terminal would keep it.
 */
export function isJournal(descriptor: number, stream = process.env['JOURNAL_STREAM']): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(descriptor)
    return stream === `${dev}:${ino}`
  } catch {
    return false
  }
}

/** The line with its priority before it, as sd-daemon(3) has it. */
export function prioritized(level: keyof typeof PRIORITIES, line: string): string {
  return `<${PRIORITIES[level]}>${line}`
}
