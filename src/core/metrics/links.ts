import type { LinkCounters } from '../model/state.js'
import type { AttachmentHealth } from '../wire/health.js'
import { counter, gauge, type Rule } from './family.js'

/** Each counter of a link: the name of its metric after the prefix, and what it counts. */
const COUNTERS: readonly (readonly [counted: keyof LinkCounters, name: string, help: string])[] = [
  ['inOctets', 'in_bytes', 'Bytes received (in-octets).'],
  ['outOctets', 'out_bytes', 'Bytes sent (out-octets).'],
  ['inPkts', 'in_packets', 'Packets received (in-pkts).'],
  ['outPkts', 'out_packets', 'Packets sent (out-pkts).'],
  ['inErrors', 'in_errors', 'Received frames with an error.'],
  ['outErrors', 'out_errors', 'Frames that could not be sent because of an error.'],
  ['inDiscards', 'in_discards', 'Received packets that were dropped without an error.'],
  ['outDiscards', 'out_discards', 'Packets that were dropped before they were sent.'],
]

/** The counters of a port or of the interface of an attachment, such as `demarc_port_in_bytes_total`. */
export function counterRules<Subject>(
  prefix: string,
  countersOf: (subject: Subject) => LinkCounters | undefined,
): readonly Rule<Subject>[] {
  return COUNTERS.map(([counted, name, help]) =>
    counter(`${prefix}_${name}_total`, help, (subject) => countersOf(subject)?.[counted]),
  )
}

/** The part of the capacity of a link that is used, both ways. */
export function utilizationRule<Subject>(
  prefix: string,
  ratesOf: (subject: Subject) => AttachmentHealth['rates'],
): Rule<Subject> {
  return gauge(
    `${prefix}_utilization_ratio`,
    'Part of the capacity that was used in the last half minute, by direction (in, out), to 0.05; absent: no capacity is known.',
    (subject) => {
      const { inUtilization, outUtilization } = ratesOf(subject) ?? {}
      return Object.entries({ in: inUtilization, out: outUtilization }).flatMap(
        ([direction, percent]) =>
          percent === undefined ? [] : [{ labels: [direction], value: percent / 100 }],
      )
    },
    ['direction'],
  )
}
