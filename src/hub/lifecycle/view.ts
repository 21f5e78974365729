import type { ServiceKind } from '../../core/model/health.js'
import type { HealthReading } from '../../core/wire/health-reading.js'

/** One connection or attachment as the router has reported it. */
export interface LifecycleView {
  readonly kind: ServiceKind
  readonly name: string
  readonly lifecycle: string
  readonly since?: string
  readonly reason?: string
  readonly providerState?: string
}

type Reported = NonNullable<HealthReading['connections']>[string]
type StateSince = Pick<
  Reported,
  'lifecycle' | 'lifecycleSince' | 'lifecycleReason' | 'providerState'
>

/** The lifecycles in a health document; those that the intent does not name any more come last. */
export function lifecyclesIn(health: HealthReading): readonly LifecycleView[] {
  const { connections = {}, attachments = {}, removed = {} } = health
  const gone = Object.entries(removed).flatMap(([key, stateSince]) => {
    const slash = key.indexOf('/')
    const kind = key.slice(0, slash)
    const isKnown = kind === 'connection' || kind === 'attachment'
    return isKnown ? [view(kind, key.slice(slash + 1), stateSince)] : []
  })
  return [
    ...Object.entries(connections).map(([name, part]) => view('connection', name, part)),
    ...Object.entries(attachments).map(([name, part]) => view('attachment', name, part)),
    ...gone,
  ]
}

function view(kind: ServiceKind, name: string, stateSince: StateSince): LifecycleView {
  const { lifecycle = 'unknown', lifecycleSince, lifecycleReason, providerState } = stateSince
  return {
    ...{ kind, name, lifecycle },
    ...(lifecycleSince === undefined ? {} : { since: lifecycleSince }),
    ...(lifecycleReason === undefined ? {} : { reason: lifecycleReason }),
    ...(providerState === undefined ? {} : { providerState }),
  }
}
