import type { FlagRecord } from '../model/light.js'
import type { OpticAlarm } from '../model/optic.js'

/** Five quantities with four limits, of a module and of each of its four lanes. */
export const FLAGS_MOST = 100

/** Counts flags that come up and writes when they come and go; `at`: wall clock, ISO 8601 UTC. */
export function withFlags(
  records: readonly FlagRecord[],
  raised: readonly OpticAlarm[],
  at: string,
): readonly FlagRecord[] {
  const isUp = new Set(raised.map(keyOf))
  const known = new Set(records.map(keyOf))
  const followed = records.map((record) => {
    const up = isUp.has(keyOf(record))
    if (up === (record.clearedAt === null)) return record
    return up
      ? { ...record, count: record.count + 1, setAt: at, clearedAt: null }
      : { ...record, clearedAt: at }
  })
  const added = raised
    .filter((flag) => !known.has(keyOf(flag)))
    .map((flag) => ({ ...flag, count: 1, setAt: at, clearedAt: null }))
  if (added.length === 0 && followed.every((record, index) => record === records[index])) {
    return records
  }
  return [...followed, ...added].slice(0, FLAGS_MOST)
}

function keyOf({ quantity, level, lane }: OpticAlarm): string {
  return `${quantity}/${level}/${lane ?? ''}`
}
