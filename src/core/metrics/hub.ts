import type { Severity } from '../model/health.js'
import { complete, definitionsOf, PROCESS_METRICS, type ProcessFigures } from './exposed.js'
import {
  counter,
  type Family,
  flag,
  gauge,
  group,
  type Group,
  instant,
  severityValue,
  SEVERITY_SCALE,
} from './family.js'

/** What the hub knows of one router. */
export interface RouterFigures {
  readonly id: string
  /** As of its newest report; `unknown` before the first. */
  readonly severity: Severity
  readonly connected: boolean
  /** ISO 8601; null: it was never connected. */
  readonly lastSeen: string | null
  /** The router has taken the newest intent; null: the hub has none. */
  readonly isDelivered: boolean | null
  /** Generation that the router runs; null: none, or not known. */
  readonly running: number | null
  readonly reportsMissed: number
  readonly eventsDropped: number
}

/** What the metrics of the hub are made of. */
export interface HubSource {
  readonly version: string
  /** false: the disk has no room. */
  readonly storing: boolean
  readonly routers: readonly RouterFigures[]
  readonly process: ProcessFigures
}

/** Series of one exposition: those of 10,000 routers, the most that a hub has. */
const SERIES_MAX = 100_000

const HUB = group<HubSource, HubSource>([], (source) => [[[], source]], [
  gauge(
    'demarc_hub_info',
    'Always 1; the version of the hub.',
    ({ version }) => [{ labels: [version], value: 1 }],
    ['version'],
  ),
  gauge('demarc_hub_storing', '0: the disk has no room, and nothing new is stored.', (source) =>
    flag(source.storing),
  ),
  gauge('demarc_hub_routers', 'Routers that are registered.', ({ routers }) => routers.length),
])

const ROUTERS = group<HubSource, RouterFigures>(
  ['router'],
  ({ routers }) => routers.map((router) => [[router.id], router]),
  [
    gauge(
      'demarc_hub_router_severity',
      `Severity of the router as of its newest report: ${SEVERITY_SCALE}.`,
      ({ severity }) => severityValue(severity),
    ),
    gauge('demarc_hub_router_connected', '1: the router is connected.', ({ connected }) =>
      flag(connected),
    ),
    gauge(
      'demarc_hub_router_last_seen_timestamp_seconds',
      'When the newest report came, or the connection began or ended, seconds since 1970; absent: never.',
      ({ lastSeen }) => instant(lastSeen),
    ),
    gauge(
      'demarc_hub_router_running_generation',
      'Generation of the intent that the router runs; absent: none.',
      ({ running }) => running,
    ),
    gauge(
      'demarc_hub_router_intent_delivered',
      '1: the router has taken the newest intent; absent where the hub has none.',
      ({ isDelivered }) => (isDelivered === null ? null : flag(isDelivered)),
    ),
    counter(
      'demarc_hub_router_reports_missed_total',
      'Reports that never came.',
      ({ reportsMissed }) => reportsMissed,
    ),
    counter(
      'demarc_hub_router_events_dropped_total',
      'Events that the agent had to drop.',
      ({ eventsDropped }) => eventsDropped,
    ),
  ],
)

/** All metrics of the hub. What comes first stays where there are too many series. */
const GROUPS: readonly Group<HubSource>[] = [PROCESS_METRICS, HUB, ROUTERS]

export const HUB_DEFINITIONS = definitionsOf(GROUPS)

/** The metrics of the hub and of all its routers at this moment. */
export function hubFamilies(source: HubSource, most = SERIES_MAX): Iterable<Family> {
  return complete(GROUPS, source, most)
}
