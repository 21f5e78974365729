import { counter, type Definition, type Family, gauge, group, type Group } from './family.js'

/** What a process says of itself. */
export interface ProcessFigures {
  /** Processor time since its start, seconds. */
  readonly cpu: number
  /** Octets of memory in RAM. */
  readonly memory: number
  /** Seconds since 1970. */
  readonly startedAt: number
}

export const PROCESS_METRICS = group<{ readonly process: ProcessFigures }, ProcessFigures>(
  [],
  ({ process }) => [[[], process]],
  [
    counter('process_cpu_seconds_total', 'Processor time of the process.', ({ cpu }) => cpu),
    gauge('process_resident_memory_bytes', 'Memory of the process in RAM.', ({ memory }) => memory),
    gauge(
      'process_start_time_seconds',
      'When the process started, seconds since 1970.',
      ({ startedAt }) => startedAt,
    ),
  ],
)

/** How many series the limit has left out. */
const DROPPED = group<number, number>([], (dropped) => [[[], dropped]], [
  gauge(
    'demarc_metrics_dropped_series',
    'Series that are missing here because of the limit; 0: none.',
    (dropped) => dropped,
  ),
])

/**
 * The families of all groups, and at the end the count of what the limit left out. Each is made when it is asked
 * for. What comes first stays within the limit.
 */
export function* complete<Source>(
  groups: readonly Group<Source>[],
  source: Source,
  most: number,
): Iterable<Family> {
  let room = most
  let dropped = 0
  for (const { families } of groups) {
    for (const family of families(source)) {
      const samples = family.samples.slice(0, room)
      room -= samples.length
      dropped += family.samples.length - samples.length
      yield { ...family, samples }
    }
  }
  yield* DROPPED.families(dropped)
}

/** What {@link complete} may give for these groups. */
export function definitionsOf<Source>(groups: readonly Group<Source>[]): readonly Definition[] {
  return [...groups.flatMap(({ definitions }) => definitions), ...DROPPED.definitions]
}
