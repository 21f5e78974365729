import type { Loss, Measured, ProbedTarget } from '../model/probe.js'
import { flag, gauge, instant, type Rule, type Sample } from './family.js'

/** The figures of small and of full-size requests. */
function bySize(
  target: ProbedTarget,
  read: (measured: Measured) => number | null,
): readonly Sample[] {
  return Object.entries({ small: target, full: target.fullSize }).flatMap(([size, measured]) => {
    const value = measured === null ? null : read(measured)
    return value === null ? [] : [{ labels: [size], value }]
  })
}

function windowed(window: string, samples: readonly Sample[]): readonly Sample[] {
  return samples.map(({ labels, value }) => ({ labels: [...labels, window], value }))
}

function ratio({ sent, lost }: Loss): number | null {
  return sent === 0 ? null : lost / sent
}

const SIZES = 'small ones, and full-size ones that may not be fragmented'

/** What the echo requests to one target of an attachment came to, as of the newest look. */
export const PROBE_RULES: readonly Rule<ProbedTarget>[] = [
  gauge(
    'demarc_probe_up',
    `1: the target answers echo requests, ${SIZES}; absent: it is not measured.`,
    (target) =>
      bySize(target, ({ state }) => (state === 'unknown' ? null : flag(state === 'answers'))),
    ['size'],
  ),
  gauge(
    'demarc_probe_last_answer_timestamp_seconds',
    `When the newest answer came, ${SIZES}, seconds since 1970; absent: none ever came.`,
    (target) => bySize(target, ({ lastAnswered }) => instant(lastAnswered)),
    ['size'],
  ),
  gauge(
    'demarc_probe_loss_ratio',
    `Part of the echo requests without an answer, ${SIZES}, of the last 10 s and 60 s.`,
    (target) => [
      ...windowed(
        '10s',
        bySize(target, ({ loss10 }) => ratio(loss10)),
      ),
      ...windowed(
        '60s',
        bySize(target, ({ loss60 }) => ratio(loss60)),
      ),
    ],
    ['size', 'window'],
  ),
  gauge(
    'demarc_probe_round_trip_time_seconds',
    'Time until the answers of the last 60 s came, by statistic: min, avg, max; absent: none came.',
    ({ roundTripTime }) =>
      Object.entries(roundTripTime ?? {}).map(([statistic, milliseconds]) => ({
        labels: [statistic],
        value: milliseconds / 1000,
      })),
    ['statistic'],
  ),
]
