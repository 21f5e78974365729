import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { t } from 'tap'
import { waitFor } from '../support/process/wait.js'
import { fakeRouter, hubBench, intent, ROUTER } from './bench.js'
import { answersOf } from './damage.js'
import { memoryReports, startSide } from './side.js'

const within = { until: (yes: boolean) => yes, within: 10, every: 20 }

t.test('a copy made while the hub runs replaces a lost data directory', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const reports = memoryReports()
  const urlOf = (port: number) => `ws://127.0.0.1:${port}/agent`
  const token = await at.register()
  const side = startSide([urlOf(at.port())], token, reports)
  await waitFor('up', side.up, within)
  await at.api('PUT', `/v1/routers/${ROUTER}/intent`, intent(1))
  for (const code of ['A', 'B']) reports.add(code)
  side.link.wake()
  await waitFor('delivered', () => reports.waiting() === 0, within)
  const made = await at.api('POST', '/v1/backup', { name: 'first' })
  const dir = String(made.body['dir'])
  t.match(made, { status: 201, body: { dir: join(at.dir, 'backups', 'first') } })
  t.equal(statSync(dir).mode & 0o777, 0o700)
  t.same(readdirSync(dir).sort(), [
    'backup.json',
    'operator-token',
    'store',
    'store.checkpoint',
    'store.format',
    'vault.key',
  ])
  const saved = await answersOf(at)
  // What comes after the copy is lost with the disk, and that must be said.
  for (const code of ['C', 'D']) reports.add(code)
  side.link.wake()
  await waitFor('delivered', () => reports.waiting() === 0, within)
  side.stop.abort()
  await side.link.stopped
  const last = await numberOf(at)
  await at.hub().close()
  const outside = t.testdir()
  cpSync(dir, join(outside, 'copy'), { recursive: true })
  rmSync(at.dir, { recursive: true })
  mkdirSync(at.dir, { mode: 0o700 })
  cpSync(join(outside, 'copy'), at.dir, { recursive: true })
  await at.reopen()
  t.match(at.log.lines.join('\n'), /"event":"restored"/)
  t.same(await answersOf(at), saved)
  const again = startSide([urlOf(at.port())], token, reports)
  t.teardown(() => again.stop.abort())
  await waitFor('up again', again.up, within)
  reports.add('E')
  again.link.wake()
  await waitFor('delivered again', () => reports.waiting() === 0, within)
  t.same((await answersOf(at)).events[ROUTER], ['A', 'B', 'E'])
  t.match(at.log.lines.join('\n'), /"event":"reports-missed","router":"par-edge-1","count":2/)
  t.match(await at.api('GET', `/v1/routers/${ROUTER}`), { body: { reportsMissed: 2 } })
  t.ok((await numberOf(at)) > last, 'no number of a record is given twice')
  t.match(await at.api('PUT', `/v1/routers/${ROUTER}/intent`, intent(2)), { status: 200 })
  await at.restart()
  t.notOk(at.log.lines.filter((line) => line.includes('"restored"')).length > 1)
})

t.test('a router with an intent that a restored hub never had is named', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const ref = { generation: 12, digest: 'b'.repeat(64) }
  await fakeRouter(at, { token, running: ref, lastGood: ref })
  t.match(at.log.lines.join('\n'), /"event":"intent-unknown".*"generation":12/)
  t.match(await at.api('PUT', `/v1/routers/${ROUTER}/intent`, intent(12)), { status: 409 })
  t.match(await at.api('PUT', `/v1/routers/${ROUTER}/intent`, intent(13)), { status: 200 })
})

/** Number of the newest record of the router. */
async function numberOf(at: Awaited<ReturnType<typeof hubBench>>): Promise<number> {
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/events`)
  return Number(body['next'])
}
