import fc from 'fast-check'
import t from 'tap'
import { canonicalJson, type Json } from '../../../src/core/base/json.js'
import { merge } from '../../../src/core/base/merge-patch.js'
import type { HealthDocument } from '../../../src/core/wire/health.js'
import {
  acknowledge,
  connected,
  disconnected,
  enqueueEvents,
  enqueueHealth,
  EVENTS_PER_REPORT,
  lastSequence,
  nextReport,
  NO_REPORTS,
  refuse,
  type Report,
  type ReportQueue,
  unacknowledged,
} from '../../../src/core/report/queue.js'
import { fromPersist, replay, toPersist } from '../../../src/core/report/queue-file.js'
import type { HealthEvent } from '../../../src/core/model/health.js'
import { EventsReport, HealthReport } from '../../../src/core/wire/health-reading.js'
import { healthyDocument } from '../../support/agent/router-state.js'

const AT = '2025-01-31T10:20:30.000Z'

const event = (number: number): HealthEvent => ({
  at: AT,
  kind: 'port',
  name: 'p1',
  code: 'PORT_NO_CARRIER',
  severity: 'critical',
  message: `event ${number}`,
})
const events = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => event(from + i))
const BASE = healthyDocument(0)
const document = (cpus: number): HealthDocument => ({ ...BASE, router: { ...BASE.router, cpus } })

/** Takes the next report, as the agent does. */
function take(queue: ReportQueue): { queue: ReportQueue; report: Report } {
  const next = nextReport(queue, AT)
  if (next.report === null) throw new Error('nothing to send')
  return { queue: next.queue, report: next.report }
}

t.test('nothing is sent without a hub, and nothing where nothing is new', (t) => {
  const queue = enqueueEvents(enqueueHealth(NO_REPORTS, document(1)), events(1, 1))
  t.equal(nextReport(queue, AT).report, null)
  t.equal(nextReport(connected(NO_REPORTS, 0), AT).report, null)
  t.equal(unacknowledged(queue), 2)
  t.equal(unacknowledged(NO_REPORTS), 0)
  t.end()
})

t.test('the first health of a connection is full, then events, then differences', (t) => {
  const start = enqueueEvents(enqueueHealth(NO_REPORTS, document(1)), events(1, 2))
  const full = take(connected(start, 0))
  t.strictSame(full.report, {
    method: 'report.health',
    params: { sequence: 1, at: AT, kind: 'full', health: document(1) },
  })
  t.equal(nextReport(full.queue, AT).report, null, 'one in flight at a time')
  const next = take(acknowledge(full.queue, 1))
  t.strictSame(next.report, {
    method: 'report.events',
    params: { sequence: 2, events: events(1, 2), dropped: 0 },
  })
  const changed = enqueueHealth(acknowledge(next.queue, 2), document(2))
  const patch = take(changed)
  t.strictSame(patch.report, {
    method: 'report.health',
    params: { sequence: 3, at: AT, kind: 'difference', health: { router: { cpus: 2 } } },
  })
  const settled = acknowledge(patch.queue, 3)
  t.equal(nextReport(enqueueHealth(settled, document(2)), AT).report, null, 'no news')
  t.equal(unacknowledged(settled), 0)
  t.equal(lastSequence(settled), 3)
  t.end()
})

t.test('health that changes while a report is in flight is one difference afterwards', (t) => {
  const full = take(connected(enqueueHealth(NO_REPORTS, document(1)), 0))
  const newest = [2, 3, 4].reduce(
    (queue, value) => enqueueHealth(queue, document(value)),
    full.queue,
  )
  const { report } = take(acknowledge(newest, 1))
  t.match(report, { params: { sequence: 2, kind: 'difference', health: { router: { cpus: 4 } } } })
  t.end()
})

t.test('a reconnect sends health in full and unanswered events again, as they were', (t) => {
  const queue = enqueueEvents(connected(NO_REPORTS, 0), events(1, 3))
  const sent = take(queue)
  const away = enqueueEvents(disconnected(sent.queue), events(4, 1))
  t.equal(nextReport(away, AT).report, null)
  const again = take(connected(away, 0))
  t.strictSame(again.report, sent.report, 'same number, same content')
  const known = take(connected(away, 1))
  t.match(known.report, { params: { sequence: 2, events: events(4, 1) } }, 'the hub had it already')
  const base = take(connected(enqueueHealth(NO_REPORTS, document(1)), 0))
  const back = take(connected(disconnected(acknowledge(base.queue, 1)), 1))
  t.match(back.report, { params: { sequence: 2, kind: 'full' } })
  t.end()
})

t.test('numbers go on above what any hub has seen', (t) => {
  const fresh = take(connected(enqueueHealth(NO_REPORTS, document(1)), 41))
  t.equal(fresh.report.params.sequence, 42, 'an agent that lost its state')
  const other = connected(disconnected(acknowledge(fresh.queue, 42)), 0)
  t.equal(take(other).report.params.sequence, 43, 'a hub that lost its state')
  t.end()
})

t.test('too many events drop the oldest, and the next report says how many', (t) => {
  const queue = enqueueEvents(enqueueEvents(NO_REPORTS, events(1, 8), 10), events(9, 5), 10)
  const { report, queue: after } = take(connected(queue, 0))
  t.match(report.params, { dropped: 3, events: events(4, 10) })
  const next = take(enqueueEvents(acknowledge(after, 1), events(20, 1), 10))
  t.match(next.report.params, { dropped: 0 }, 'said once')
  t.end()
})

t.test('many events are split into reports that the wire allows', (t) => {
  let queue = connected(enqueueEvents(NO_REPORTS, events(1, 1201)), 0)
  t.equal(unacknowledged(queue), 3)
  const sizes: number[] = []
  while (unacknowledged(queue) > 0) {
    const next = take(queue)
    if (next.report.method !== 'report.events') break
    t.ok(EventsReport.safeParse(next.report.params).success)
    sizes.push(next.report.params.events.length)
    queue = acknowledge(next.queue, next.report.params.sequence)
  }
  t.strictSame(sizes, [EVENTS_PER_REPORT, EVENTS_PER_REPORT, 201])
  t.end()
})

t.test('a report that the hub will never accept is dropped, and its loss is counted', (t) => {
  const queue = enqueueEvents(connected(enqueueHealth(NO_REPORTS, document(1)), 0), events(1, 2))
  const health = take(queue)
  t.ok(HealthReport.safeParse(health.report.params).success)
  const refused = refuse(health.queue, 1)
  const next = take(refused)
  t.match(next.report, { method: 'report.events', params: { sequence: 2 } })
  t.equal(refuse(next.queue, 1), next.queue, 'not that one')
  const lost = take(enqueueEvents(refuse(next.queue, 2), events(3, 1)))
  t.match(lost.report.params, { sequence: 3, dropped: 2, events: events(3, 1) })
  t.end()
})

t.test('an answer to another report changes nothing', (t) => {
  const { queue } = take(connected(enqueueHealth(NO_REPORTS, document(1)), 5))
  t.equal(acknowledge(queue, 5), queue)
  t.equal(acknowledge(NO_REPORTS, 9), NO_REPORTS)
  t.equal(refuse(NO_REPORTS, 9), NO_REPORTS)
  t.end()
})

t.test('the queue on disk is read back, and a fault names its place in a damaged file', (t) => {
  const sent = take(connected(enqueueEvents(NO_REPORTS, events(1, 2)), 7)).queue
  const queue = enqueueEvents(sent, events(3, 2))
  const back = fromPersist(JSON.parse(JSON.stringify(toPersist(queue))))
  if (!back.ok) throw new Error('not read back')
  t.strictSame(take(connected(back.value, 7)).report.params, {
    sequence: 8,
    events: events(1, 2),
    dropped: 0,
  })
  t.strictSame(back.value.events, events(3, 2))
  const damaged = fromPersist({
    lastSequence: -1,
    events: [{ at: 1 }],
    dropped: 0,
    numbered: null,
    x: 1,
  })
  t.match(damaged, { ok: false, faults: [{ code: 'STATE_DAMAGED', at: 'reports/lastSequence' }] })
  t.match(fromPersist('junk'), { ok: false, faults: [{ at: 'reports/' }] })
  fc.assert(fc.property(fc.jsonValue(), (json) => typeof fromPersist(json).ok === 'boolean'))
  t.end()
})

t.test('an entry added to the stored queue counts as if the whole queue had been stored', (t) => {
  const whole = enqueueEvents(enqueueEvents(NO_REPORTS, events(1, 2)), events(3, 1))
  const added = [{ events: events(1, 2) }, { events: events(3, 1) }, { numbered: 9 }]
  let queue = NO_REPORTS
  for (const entry of added) {
    const next = replay(queue, JSON.parse(JSON.stringify(entry)))
    if (!next.ok) throw new Error(next.faults[0]?.message)
    queue = next.value
  }
  t.strictSame(queue, { ...whole, lastSequence: 9 })
  t.match(replay(queue, { numbered: -1 }), { ok: false, faults: [{ code: 'STATE_DAMAGED' }] })
  fc.assert(fc.property(fc.jsonValue(), (json) => typeof replay(queue, json).ok === 'boolean'))
  t.end()
})

t.test('numbers of a router that lost its state are not taken for an acknowledgement', (t) => {
  const sent = take(enqueueEvents(connected(NO_REPORTS, 0), events(1, 2)))
  t.equal(sent.report.params.sequence, 1)
  const again = take(connected(disconnected(sent.queue), 500))
  t.strictSame(again.report.params, { sequence: 501, events: events(1, 2), dropped: 0 })
  t.equal(
    take(enqueueEvents(acknowledge(again.queue, 501), events(3, 1))).report.params.sequence,
    502,
  )
  t.end()
})

t.test('newer health takes no room from events, and events are sent before it', (t) => {
  let queue = enqueueEvents(NO_REPORTS, events(1, 10), 10)
  for (let i = 0; i < 1000; i++) queue = enqueueHealth(queue, document(i))
  const full = take(connected(queue, 0))
  t.match(full.report, { params: { kind: 'full', health: document(999) } }, 'the newest wins')
  const after = enqueueHealth(acknowledge(full.queue, 1), document(1000))
  const next = take(after)
  t.match(next.report.params, { events: events(1, 10), dropped: 0 }, 'none was dropped for it')
  t.match(take(acknowledge(next.queue, 2)).report, { params: { kind: 'difference' } })
  t.end()
})

/** A hub that keeps what it takes and drops what it had, by the number. */
class KeepingHub {
  kept = 0
  health: Json = {}
  readonly events: string[] = []

  take(report: Report): void {
    if (report.params.sequence <= this.kept) return
    this.kept = report.params.sequence
    if (report.method === 'report.events') {
      this.events.push(...report.params.events.map(({ message }) => message))
    } else {
      const { kind, health } = report.params
      this.health = kind === 'full' ? health : merge(this.health, health)
    }
  }
}

/** An agent and its hub, and everything that can break between them. */
class Wire {
  readonly hubs = [new KeepingHub(), new KeepingHub()] as const
  place: 0 | 1 = 0
  queue = NO_REPORTS
  disk = JSON.stringify(toPersist(NO_REPORTS))
  count = 0
  latest: HealthDocument = document(0)

  get hub(): KeepingHub {
    return this.hubs[this.place]
  }

  /** The hub is gone; the next one of the list is dialled. */
  other(): void {
    this.place = this.place === 0 ? 1 : 0
    this.connect()
  }

  persist(): void {
    this.disk = JSON.stringify(toPersist(this.queue))
  }

  event(): void {
    this.count += 1
    this.queue = enqueueEvents(this.queue, [event(this.count)])
    this.persist()
  }

  health(latest: HealthDocument): void {
    this.latest = latest
    this.queue = enqueueHealth(this.queue, latest)
  }

  connect(): void {
    this.queue = connected(this.queue, this.hub.kept)
  }

  cut(): void {
    this.queue = disconnected(this.queue)
  }

  crash(): void {
    const back = fromPersist(JSON.parse(this.disk))
    if (!back.ok) throw new Error('what was kept cannot be read')
    this.queue = enqueueHealth(back.value, this.latest)
  }

  send(lost: 'nothing' | 'report' | 'answer'): void {
    const next = nextReport(this.queue, AT)
    this.queue = next.queue
    if (next.report === null) return
    this.persist()
    if (lost !== 'report') this.hub.take(next.report)
    if (lost === 'nothing') this.queue = acknowledge(this.queue, this.hub.kept)
    else this.cut()
  }

  settle(): void {
    this.cut()
    this.health(this.latest)
    this.connect()
    for (let i = 0; i < 100 && unacknowledged(this.queue) > 0; i++) this.send('nothing')
  }
}

type Action = (wire: Wire) => void

const EMPTY = healthyDocument(1, [])

/** A document with any names, and one figure under each. */
const documentOf = (figures: Readonly<Record<string, number>>): HealthDocument => ({
  ...EMPTY,
  attachments: Object.fromEntries(
    Object.entries(figures).map(([name, mtu]) => [
      name,
      { ...EMPTY.attachments['net-a'], mtu } as HealthDocument['attachments'][string],
    ]),
  ),
})

const actions = (
  ...breaks: readonly ('cut' | 'crash' | 'connect' | 'other')[]
): fc.Arbitrary<readonly Action[]> =>
  fc.array(
    fc.oneof(
      fc.constant<Action>((wire) => {
        wire.event()
      }),
      fc.dictionary(fc.string(), fc.nat(9)).map((figures): Action => (wire) => {
        wire.health(documentOf(figures))
      }),
      fc.constantFrom('nothing', 'report', 'answer').map((lost): Action => (wire) => {
        wire.send(lost)
      }),
      fc.constantFrom(...breaks).map((what): Action => (wire) => {
        wire[what]()
      }),
    ),
    { maxLength: 80 },
  )

t.test('whatever breaks, every event arrives once and in order, and health ends up equal', (t) => {
  fc.assert(
    fc.property(actions('cut', 'crash', 'connect'), (history) => {
      const wire = new Wire()
      for (const action of history) action(wire)
      wire.settle()
      const wanted = Array.from({ length: wire.count }, (_, i) => `event ${i + 1}`)
      return (
        canonicalJson(wire.hub.health) === canonicalJson(wire.latest) &&
        wire.hub.events.join() === wanted.join()
      )
    }),
    { numRuns: 1000 },
  )
  t.end()
})

t.test('of two hubs each gets reports in order and once, and together they get all', (t) => {
  fc.assert(
    fc.property(actions('cut', 'crash', 'connect', 'other'), (history) => {
      const wire = new Wire()
      for (const action of history) action(wire)
      wire.settle()
      const received = wire.hubs.map(({ events }) => events.map((text) => Number(text.slice(6))))
      const rising = received.every((list) =>
        list.every((number, i) => i === 0 || number > (list[i - 1] ?? 0)),
      )
      return rising && new Set(received.flat()).size === wire.count
    }),
    { numRuns: 2000 },
  )
  t.end()
})
