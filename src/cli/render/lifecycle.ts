import type { HealthReading } from '../../core/wire/health-reading.js'
import { folded, printable } from './table.js'
import { localInstants, localTime } from './time.js'

type Reported = NonNullable<HealthReading['connections']>[string]
type StateSince = {
  readonly [Key in 'lifecycle' | 'lifecycleSince' | 'lifecycleReason' | 'providerState']?:
    Reported[Key] | undefined
}

/** The state, with the provider's word for it where that is another one: `pending (CREATING)`. */
export function stateText({ lifecycle = '', providerState }: StateSince): string {
  const isOther = providerState !== undefined && providerState !== lifecycle
  return printable(isOther ? `${lifecycle} (${providerState})` : lifecycle)
}

/** Since when the subject has its state; '' where that is not known. */
export function sinceText({ lifecycleSince }: StateSince): string {
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
  const parts = Object.entries<StateSince>(kind === 'connection' ? connections : attachments)
  const said = parts.filter(([, { lifecycle = '' }]) => SAID.includes(lifecycle))
  const removed = Object.entries(health.removed ?? {})
    .filter(([key]) => key.startsWith(`${kind}/`))
    .map(([key, stateSince]) => [key.slice(kind.length + 1), stateSince] as const)
  return [
    ...said.flatMap(([name, part]) => lines(name, part)),
    ...removed.flatMap(([name, stateSince]) => lines(name, stateSince)),
  ]
}

function lines(name: string, stateSince: StateSince): readonly string[] {
  const since = sinceText(stateSince)
  const when = since === '' ? '' : ` since ${since}`
  const reason = localInstants(printable(stateSince.lifecycleReason ?? ''))
  const why = reason === '' ? '' : `. ${reason}`
  return folded(`${printable(name)}: ${stateText(stateSince)}${when}${why}`)
}
