import { destination } from 'pino'
import { EXIT } from './program.js'

/**
 * For a command. A reader that closes the output has read enough: the command goes on without printing and
 * ends with its own exit status; the signal aborts, so that a command without an end can end. Output that
 * is lost in another way, as on a full disk, turns the status 0 into a failure.
 */
export function guardOutput(): AbortSignal {
  const closed = new AbortController()
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    closed.abort()
    if (error.code === 'EPIPE') return
    process.once('exit', (status) => {
      if (status === EXIT.done) process.exitCode = EXIT.failed
    })
    process.stderr.write(`the output cannot be written: ${error.message}\n`)
  })
  process.stderr.on('error', () => undefined)
  return closed.signal
}

/** For a service that prints: its work goes on, and its exit status stays, whatever becomes of its output. */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

/** Octets of log lines that wait for their reader; further lines are dropped. */
const LOG_BUFFER = 1024 * 1024

/**
 * For a service: writes log lines to standard output without waiting. A reader that is slow, stopped or
 * gone, and a full disk, cost log lines; they never hold up or end the service.
 */
export function openLogOutput(): (line: string) => void {
  let output: ReturnType<typeof destination> | null = null
  function open() {
    const opened = destination({ fd: process.stdout.fd, sync: false, maxLength: LOG_BUFFER })
    opened.on('error', () => {
      // What waits is lost. The next line starts afresh, because a full disk may have room again.
      opened.destroy()
      if (output === opened) output = null
    })
    return opened
  }
  return (line) => {
    output ??= open()
    output.write(line)
  }
}
