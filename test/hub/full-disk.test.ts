import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { fakeRouter, event, hubBench, ROUTER } from './bench.js'

const options = process.getuid?.() === 0 ? {} : { skip: 'mounts a file system, which needs root' }

t.test('a full disk stops writing and not reading; room brings it back', options, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', dir])
  t.teardown(() => {
    execFileSync('umount', ['-l', dir])
    rmdirSync(dir)
  })
  const data = join(dir, 'data')
  mkdirSync(data, { mode: 0o700 })
  const at = await hubBench({ dir: data })
  const router = await fakeRouter(at, { token: await at.register() })
  const report = async (sequence: number) =>
    router.peer.call('report.events', { sequence, events: [event(`E${sequence}`)] })
  t.match(await report(1), { ok: true })
  writeFileSync(join(dir, 'ballast'), Buffer.alloc(9 * 1024 * 1024))
  t.match(await report(2), { ok: false, faults: [{ code: 'STATE_UNWRITABLE', message: /free/ }] })
  t.match(await at.api('POST', '/v1/routers', { id: 'b' }), { status: 503 })
  t.match(await at.api('GET', `/v1/routers/${ROUTER}/events`), { body: { events: [{}] } })
  t.match(await at.api('GET', '/healthz'), { status: 200, body: { ok: true, storing: false } })
  await at.restart()
  t.match(await at.api('GET', `/v1/routers/${ROUTER}/events`), { body: { events: [{}] } })
  t.same(at.failures, [], 'the hub does not end')
  rmSync(join(dir, 'ballast'))
  t.match(await at.api('GET', '/healthz'), { body: { storing: true } })
  t.match(await at.api('POST', '/v1/routers', { id: 'b' }), { status: 201 })
  await at.hub().close()
  execFileSync('mount', ['-o', 'remount,ro', dir])
  await t.rejects(at.reopen(), /the file system is read-only/)
  execFileSync('mount', ['-o', 'remount,rw', dir])
  await at.reopen()
  await at.hub().close()
})
