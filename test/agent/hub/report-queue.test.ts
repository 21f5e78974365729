import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openReportQueue } from '../../../src/agent/hub/report-queue.js'
import type { Report } from '../../../src/core/report/queue.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { event } from '../../hub/bench.js'
import { healthyDocument } from '../../support/agent/router-state.js'

/** The outbox on a real disk; `open` is the next process on the same state. */
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

type Outbox = Awaited<ReturnType<ReturnType<typeof bench>['open']>>

/** What a hub would be told now, report by report. */
async function told(outbox: Outbox): Promise<readonly Report[]> {
  const reports: Report[] = []
  outbox.online(true)
  for (let after = 0; ;) {
    const [report] = await outbox.unacknowledged(after)
    if (report === undefined) return reports
    reports.push(report)
    after = report.params.sequence
    await outbox.ack(after)
  }
}

const codes = (reports: readonly Report[]) =>
  reports
    .flatMap((one) => (one.method === 'report.events' ? one.params.events : []))
    .map(({ code }) => code)
const list = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `E${from + i}`)

t.test('each event is added, not the whole spool written again, and all come back', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  for (const code of list(1, 300)) await outbox.events([event(code)])
  t.ok(readFileSync(at.file('report-queue.json'), 'utf8').length < 1000)
  t.equal(readFileSync(at.file('report-queue.log'), 'utf8').split('\n').length, 301)
  t.strictSame(codes(await told(await at.open())), list(1, 300))
  t.strictSame(codes(await told(await at.open())), [], 'once')
})

t.test('an event is on disk before it is sent, and gone only once acknowledged', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  await outbox.events([event('A')])
  outbox.online(true)
  const [first] = await outbox.unacknowledged(0)
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

t.test('at the limit the oldest go, and the hub and the log hear how many', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  for (let from = 1; from < 6000; from += 50) await outbox.events(list(from, from + 49).map(event))
  const again = await at.open()
  const reports = await told(again)
  t.strictSame(codes(reports), list(1001, 6000))
  t.match(reports[0]?.params, { dropped: 1000 })
  t.equal(at.lines.filter((line) => line.includes('report-queue-full')).length, 1, 'said once')
})

t.test('an entry that a power cut left unfinished costs that entry alone', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  for (const code of list(1, 4)) await outbox.events([event(code)])
  const log = at.file('report-queue.log')
  truncateSync(log, readFileSync(log).length - 10)
  t.strictSame(codes(await told(await at.open())), list(1, 3))
  t.strictSame(at.lines, [], 'that is no damage')
})

t.test('a damaged spool is set aside, and the agent goes on with what can be read', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  for (const code of list(1, 3)) await outbox.events([event(code)])
  appendFileSync(at.file('report-queue.log'), 'junk\n{"events":[]}\n')
  t.strictSame(codes(await told(await at.open())), list(1, 3), 'what came before the damage')
  t.match(at.lines.join(''), /state-set-aside.*report-queue\.log\.damaged/)
  for (const junk of ['junk', '{"round":1}', Buffer.from([0xff, 0xfe])]) {
    writeFileSync(at.file('report-queue.json'), junk)
    const next = await at.open()
    t.ok(at.names().includes('report-queue.json.damaged'))
    await next.events([event('AFTER')])
    t.strictSame(codes(await told(await at.open())), ['AFTER'])
  }
})

t.test('entries of an older whole are not counted twice', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  for (const code of list(1, 3)) await outbox.events([event(code)])
  const stale = readFileSync(at.file('report-queue.log'))
  t.strictSame(codes(await told(outbox)), list(1, 3))
  writeFileSync(at.file('report-queue.log'), stale)
  t.strictSame(codes(await told(await at.open())), [])
})

t.test('a number that was used for health is not used again after a crash', async (t) => {
  const at = bench(t)
  const outbox = await at.open()
  outbox.online(true)
  outbox.health(healthyDocument(1))
  const [report] = await outbox.unacknowledged(0)
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
  const guard = async (deed: () => Promise<void>) => {
    if (full) throw new Error('no space left on device')
    await deed()
  }
  const outbox = await openReportQueue(
    {
      ...files,
      write: (name, text) => guard(() => files.write(name, text)),
      append: (name, text) => guard(() => files.append(name, text)),
    },
    () => new Date(0),
    openLog({ level: 'error' }),
  )
  await outbox.events([event('E1')])
  await outbox.events([event('E2')])
  full = true
  await t.rejects(outbox.events([event('E3')]))
  await t.rejects(outbox.events([event('E4')]))
  t.strictSame(codes(await told(await at.open())).slice(0, 2), ['E1', 'E2'])
  full = false
  await outbox.events([event('E5')])
  t.strictSame(codes(await told(await at.open())), list(1, 5))
})
