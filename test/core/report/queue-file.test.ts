import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  acknowledge,
  connected,
  enqueueEvents,
  enqueueHealth,
  EVENTS_PER_REPORT,
  nextReport,
  NO_REPORTS,
  type ReportQueue,
} from '../../../src/core/report/queue.js'
import { replay, toPersist, type QueueFileEntry } from '../../../src/core/report/queue-file.js'
import type { HealthEvent } from '../../../src/core/model/health.js'
import { healthyDocument } from '../../support/agent/router-state.js'

const AT = '2025-01-31T10:20:00.000Z'

function events(count: number, from: number): readonly HealthEvent[] {
  return Array.from({ length: count }, (_, place) => ({
    ...{ at: AT, kind: 'port', name: 'p1', severity: 'ok', message: 'text' },
    code: `E${from + place}`,
  }))
}

/** Does one thing to the queue; the entry of the log that says so, where there is one. */
function step(queue: ReportQueue, [what, size]: readonly [string, number]) {
  const none: QueueFileEntry | null = null
  if (what === 'events') {
    const added = events(size, queue.lastSequence * 10_000 + queue.events.length)
    return { queue: enqueueEvents(queue, added), entry: { events: added } }
  }
  if (what === 'health') return { queue: enqueueHealth(queue, healthyDocument(size)), entry: none }
  if (what === 'acknowledge') {
    const acknowledged = queue.lastSequence
    return { queue: acknowledge(queue, acknowledged), entry: { acknowledged } }
  }
  const { queue: next, report } = nextReport(queue, AT)
  if (report === null) return { queue: next, entry: none }
  const { sequence } = report.params
  const entry: QueueFileEntry =
    report.method === 'report.events'
      ? { sent: sequence, count: report.params.events.length }
      : { numbered: sequence }
  return { queue: next, entry }
}

t.test('the log, read entry by entry, gives what was in memory', (t) => {
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom('events', 'send', 'acknowledge', 'health'),
      fc.constantFrom(1, 2, EVENTS_PER_REPORT + 1, 3000),
    ),
    { maxLength: 16 },
  )
  fc.assert(
    fc.property(steps, (all) => {
      let queue = connected(NO_REPORTS, 0)
      let read: ReportQueue = NO_REPORTS
      for (const one of all) {
        const { queue: next, entry } = step(queue, one)
        queue = next
        if (entry === null) continue
        const replayed = replay(read, JSON.parse(JSON.stringify(entry)))
        if (!replayed.ok) return false
        read = replayed.value
      }
      return isDeepStrictEqual(toPersist(read), toPersist(queue))
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('an entry that is none is damage with its place', (t) => {
  for (const entry of [{}, { sent: 0, count: 1 }, { sent: 1 }, { acknowledged: -1 }, 'text']) {
    t.match(replay(NO_REPORTS, entry), { ok: false, faults: [{ code: 'STATE_DAMAGED' }] })
  }
  t.end()
})
