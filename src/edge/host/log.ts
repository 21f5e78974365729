import { pino } from 'pino'
import { withoutSecrets } from './secrets/redaction.js'

/** One event name and its fields, then a sentence for people. */
export type LogLine = (
  fields: { readonly event: string } & Readonly<Record<string, unknown>>,
  message: string,
) => void

/** `error`: someone must act; `warn`: recovered; `info`: state changed; `debug`: the rest. */
export interface Log {
  readonly error: LogLine
  readonly warn: LogLine
  readonly info: LogLine
  readonly debug: LogLine
}

export interface LogOptions {
  readonly level: keyof Log
  /** Every secret the process knows right now; none of them reaches a line. */
  readonly secrets?: () => Iterable<string>
  /** Takes one line with its newline; standard output unless given. */
  readonly write?: (line: string) => void
}

/**
 * JSON lines for the journal. Redaction happens here and nowhere else: members with a telling name
 * lose their value, and known secrets are cut out of every text, wherever they turned up.
 */
export function openLog(options: LogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stdout.write(line))
  const secrets = options.secrets ?? (() => [])
  const logger = pino(
    {
      level: options.level,
      // The journal adds host, process and its own time stamp; the ISO one is for log shippers.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    { write: (line) => write(withoutSecrets(line, secrets())) },
  )
  const at =
    (level: keyof Log): LogLine =>
    (fields, message) =>
      logger[level](fields, message)
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
