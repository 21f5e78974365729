import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openReportQueue } from '../../../src/agent/hub/report-queue.js'
import type { Report } from '../../../src/core/report/queue.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { event } from '../../hub/bench.js'
import { healthyDocument } from '../../support/agent/router-state.js'

/** The queue on a real disk; `open` is the next process on the same state. */
function bench(t: Test) {
  const dir = t.testdir({})
  const lines: string[] = []
  const log = openLog({ level: 'debug', write: (line) => void lines.push(line) })
  return {
    dir,
    lines,
    open: async () => openReportQueue(await openStateFiles(dir), () => new Date(0), log),
    file: (name: string) => join(dir, name),
    names: () => readdirSync(dir).sort(),
  }
}

type Queue = Awaited<ReturnType<ReturnType<typeof bench>['open']>>

/** All reports that a hub would get now. */
async function delivered(queue: Queue): Promise<readonly Report[]> {
  const reports: Report[] = []
  queue.online(true)
  for (let after = 0; ;) {
    const [report] = await queue.unacknowledged(after)
    if (report === undefined) return reports
    reports.push(report)
    after = report.params.sequence
    await queue.ack(after)
  }
}

const codes = (reports: readonly Report[]) =>
  reports
    .flatMap((report) => (report.method === 'report.events' ? report.params.events : []))
    .map(({ code }) => code)
const list = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `E${from + i}`)

t.test(
  'each event is appended without writing the whole queue, and all are read back',
  async (t) => {
    const at = bench(t)
    const queue = await at.open()
    for (const code of list(1, 300)) await queue.events([event(code)])
    t.ok(readFileSync(at.file('report-queue.json'), 'utf8').length < 1000)
    t.equal(readFileSync(at.file('report-queue.log'), 'utf8').split('\n').length, 301)
    t.strictSame(codes(await delivered(await at.open())), list(1, 300))
    t.strictSame(codes(await delivered(await at.open())), [], 'once')
  },
)

t.test('an event is on disk before it is sent, and gone only once acknowledged', async (t) => {
  const at = bench(t)
  const queue = await at.open()
  await queue.events([event('A')])
  queue.online(true)
  const [first] = await queue.unacknowledged(0)
  t.match(first, { method: 'report.events', params: { sequence: 1 } })
  const crashed = await at.open()
  t.equal(crashed.waiting(), 1, 'a crash before the acknowledgement loses nothing')
  crashed.online(true)
  t.strictSame((await crashed.unacknowledged(0))[0], first, 'and repeats the same report')
  await crashed.ack(1)
  const after = await at.open()
  t.equal(after.waiting(), 0)
  t.equal(after.lastSequence(), 1)
})

t.test(
  'at the limit the oldest events are dropped; the hub and the log get their number',
  async (t) => {
    const at = bench(t)
    const queue = await at.open()
    for (let from = 1; from < 6000; from += 50) await queue.events(list(from, from + 49).map(event))
    const again = await at.open()
    const reports = await delivered(again)
    t.strictSame(codes(reports), list(1001, 6000))
    t.match(reports[0]?.params, { dropped: 1000 })
    t.equal(at.lines.filter((line) => line.includes('report-queue-full')).length, 1, 'logged once')
  },
)

t.test('an entry that a power cut left unfinished costs that entry alone', async (t) => {
  const at = bench(t)
  const queue = await at.open()
  for (const code of list(1, 4)) await queue.events([event(code)])
  const log = at.file('report-queue.log')
  truncateSync(log, readFileSync(log).length - 10)
  t.strictSame(codes(await delivered(await at.open())), list(1, 3))
  t.strictSame(at.lines, [], 'that is no damage')
})

t.test('a damaged queue is set aside, and the agent goes on with what can be read', async (t) => {
  const at = bench(t)
  const queue = await at.open()
  for (const code of list(1, 3)) await queue.events([event(code)])
  appendFileSync(at.file('report-queue.log'), 'junk\n{"events":[]}\n')
  t.strictSame(codes(await delivered(await at.open())), list(1, 3), 'what came before the damage')
  t.match(at.lines.join(''), /state-set-aside.*report-queue\.log\.damaged/)
  for (const junk of ['junk', '{"round":1}', Buffer.from([0xff, 0xfe])]) {
    writeFileSync(at.file('report-queue.json'), junk)
    const next = await at.open()
    t.ok(at.names().includes('report-queue.json.damaged'))
    await next.events([event('AFTER')])
    t.strictSame(codes(await delivered(await at.open())), ['AFTER'])
  }
})

t.test('the log of an older snapshot is not counted twice', async (t) => {
  const at = bench(t)
  const queue = await at.open()
  for (const code of list(1, 3)) await queue.events([event(code)])
  const stale = readFileSync(at.file('report-queue.log'))
  queue.online(true)
  await queue.unacknowledged(0)
  await queue.refuse(1)
  writeFileSync(at.file('report-queue.log'), stale)
  t.strictSame(codes(await delivered(await at.open())), [])
})

t.test('a number that was used for health is not used again after a crash', async (t) => {
  const at = bench(t)
  const queue = await at.open()
  queue.online(true)
  queue.health(healthyDocument(1))
  const [report] = await queue.unacknowledged(0)
  t.equal(report?.params.sequence, 1)
  const again = await at.open()
  t.equal(again.lastSequence(), 1)
  again.online(true)
  await again.events([event('A')])
  t.match(await again.unacknowledged(0), [{ params: { sequence: 2 } }])
})

t.test('a disk that is full for a while loses nothing', async (t) => {
  const at = bench(t)
  const files = await openStateFiles(at.dir)
  let full = false
  const guard = async (task: () => Promise<void>) => {
    if (full) throw new Error('no space left on device')
    await task()
  }
  const queue = await openReportQueue(
    {
      ...files,
      write: (name, text) => guard(() => files.write(name, text)),
      append: (name, text) => guard(() => files.append(name, text)),
    },
    () => new Date(0),
    openLog({ level: 'error' }),
  )
  await queue.events([event('E1')])
  await queue.events([event('E2')])
  full = true
  await t.rejects(queue.events([event('E3')]))
  await t.rejects(queue.events([event('E4')]))
  t.strictSame(codes(await delivered(await at.open())).slice(0, 2), ['E1', 'E2'])
  full = false
  await queue.events([event('E5')])
  t.strictSame(codes(await delivered(await at.open())), list(1, 5))
})
