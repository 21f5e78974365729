import { pino } from 'pino'
import { openLogOutput } from './output.js'
import { isJournal, prioritized } from './priority.js'
import { withoutSecrets } from './secrets/redaction.js'

/** Writes one line: the name of the event, its fields, and a sentence for people. */
export type LogLine = (
  fields: { readonly event: string } & Readonly<Record<string, unknown>>,
  message: string,
) => void

/** `error`: a person must act. `warn`: demarc recovered by itself. `info`: a state changed. `debug`: the rest. */
export interface Log {
  readonly error: LogLine
  readonly warn: LogLine
  readonly info: LogLine
  readonly debug: LogLine
}

/** A log whose level can be changed while the process runs. */
export interface OpenLog extends Log {
  readonly setLevel: (level: keyof Log) => void
  readonly level: () => keyof Log
}

export interface LogOptions {
  readonly level: keyof Log
  /** Every secret that the process knows at present; each is cut out of every line. */
  readonly secrets?: () => Iterable<string>
  /** Gets one line with its newline; without it lines go to standard output. */
  readonly write?: (line: string) => void
  /** Lines begin with their priority (sd-daemon(3)); where absent, they do if standard output is the journal. */
  readonly hasPriority?: boolean
}

/**
 * Writes JSON lines for the systemd journal. Secrets are removed here and nowhere else: the value of each
 * member whose name stands for a secret, and every known secret in any text.
 */
export function openLog(options: LogOptions): OpenLog {
  const write = options.write ?? openLogOutput()
  const { hasPriority = isJournal(process.stdout.fd) } = options
  const secrets = options.secrets ?? (() => [])
  let { level } = options
  let writing: keyof Log = 'info'
  const logger = pino(
    {
      level,
      // The journal adds host, process and time itself; log shippers read the ISO time stamp.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    {
      write(line) {
        const clean = withoutSecrets(line, secrets())
        write(hasPriority ? prioritized(writing, clean) : clean)
      },
    },
  )
  const at =
    (of: keyof Log): LogLine =>
    (fields, message) => {
      // pino writes before it returns.
      writing = of
      logger[of](fields, message)
    }
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    level: () => level,
    setLevel(next) {
      level = next
      logger.level = next
    },
  }
}
