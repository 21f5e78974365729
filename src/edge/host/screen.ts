/** What a screen is drawn on. */
export interface Terminal {
  readonly size: () => { readonly columns: number; readonly rows: number }
  /** Draws the lines from the top; a terminal that has not taken the last ones yet gets none. */
  readonly draw: (lines: readonly string[]) => void
  /** Gives back what was on the terminal. Once it is closed, nothing is drawn. */
  readonly close: () => void
  /** Aborts when the operator ends the screen with `q` or Ctrl-C. */
  readonly ended: AbortSignal
}

/** Another screen, without a cursor, whose lines do not wrap (xterm's private modes 1049, 25 and 7). */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const CLEAR_LINE = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

/** Signals that end the program; the terminal is given back before. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** Octets that may wait for a slow terminal. */
const WAITING_MAX = 64 * 1024

/** Opens a screen on standard output, which is a terminal; null: it is none. */
export function openTerminal(): Terminal | null {
  const { stdout, stdin } = process
  if (!stdout.isTTY) return null
  const ended = new AbortController()
  let isOpen = true
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
    stdout.write(LEAVE)
  }
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      close()
      process.kill(process.pid, signal)
    })
  }
  process.once('exit', close)
  stdout.write(ENTER)
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.on('data', (keys) => {
      if (/[q\u0003]/.test(keys.toString('latin1'))) ended.abort()
    })
  }
  return {
    // A terminal that does not say its size has 0.
    size: () => ({
      columns: stdout.columns > 0 ? stdout.columns : 80,
      rows: stdout.rows > 0 ? stdout.rows : 24,
    }),
    draw(lines) {
      if (!isOpen || stdout.writableLength > WAITING_MAX) return
      stdout.write(`${HOME}${lines.map((line) => line + CLEAR_LINE).join('\r\n')}${CLEAR_BELOW}`)
    },
    close,
    ended: ended.signal,
  }
}
