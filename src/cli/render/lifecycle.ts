import type { HealthReading } from '../../core/wire/health-reading.js'
import { printable } from './table.js'
import { localTime } from './time.js'

type Reported = NonNullable<HealthReading['connections']>[string]
type Standing = {
  readonly [Key in 'lifecycle' | 'lifecycleSince' | 'lifecycleReason' | 'providerState']?:
    Reported[Key] | undefined
}

/** The state, with the provider's word for it where that is another one: `pending (CREATING)`. */
export function stateText({ lifecycle = '', providerState }: Standing): string {
  const isOther = providerState !== undefined && providerState !== lifecycle
  return printable(isOther ? `${lifecycle} (${providerState})` : lifecycle)
}

/** Since when the subject has its state; '' where that is not known. */
export function sinceText({ lifecycleSince }: Standing): string {
  return lifecycleSince === undefined ? '' : printable(localTime(lifecycleSince))
}

/** States that a word or the time brought about, so that no finding says why. */
const SAID: readonly string[] = ['requested', 'confirming', 'rejected', 'expired']

/** One line for each subject whose state no finding explains, and for each that the intent names no more. */
export function lifecycleLines(
  kind: 'connection' | 'attachment',
  health: HealthReading,
): readonly string[] {
  const { connections = {}, attachments = {} } = health
  const parts = Object.entries<Standing>(kind === 'connection' ? connections : attachments)
  const said = parts.filter(([, { lifecycle = '' }]) => SAID.includes(lifecycle))
  const removed = Object.entries(health.removed ?? {})
    .filter(([key]) => key.startsWith(`${kind}/`))
    .map(([key, standing]) => [key.slice(kind.length + 1), standing] as const)
  return [
    ...said.map(([name, part]) => line(name, part)),
    ...removed.map(([name, standing]) => line(name, standing)),
  ]
}

function line(name: string, standing: Standing): string {
  const since = sinceText(standing)
  const when = since === '' ? '' : ` since ${since}`
  const reason = printable(standing.lifecycleReason ?? '')
  return `${printable(name)}: ${stateText(standing)}${when}${reason === '' ? '' : `. ${reason}`}`
}
