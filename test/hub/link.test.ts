import { execFile } from 'node:child_process'
import { mkdtempSync, copyFileSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { certificate } from '../support/process/certificate.js'
import { startRelay } from '../support/process/tcp-relay.js'
import { waitFor } from '../support/process/wait.js'
import { hubBench, intent, progress, ROUTER, type HubBench } from './bench.js'
import { memoryReports, startSide } from './side.js'

const within = { until: (yes: boolean) => yes, within: 10, every: 20 }
const agentUrl = (port: number): string => `ws://127.0.0.1:${port}/agent`
const urlOf = (at: HubBench): string => agentUrl(at.port())

async function eventCodes(at: HubBench): Promise<string[]> {
  const { body } = await at.api('GET', `/v1/routers/${ROUTER}/events?after=0&limit=1000`)
  return (body['events'] as { code: string }[]).map(({ code }) => code)
}

t.test(
  'a link comes up, delivers, is pushed to, and comes back after the hub restarts',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    const reports = memoryReports()
    reports.add('A')
    reports.add('B')
    const relay = await startRelay(() => at.port())
    t.teardown(relay.close)
    const side = startSide([agentUrl(relay.port)], await at.register(), reports)
    await waitFor('up', side.up, within)
    await waitFor('delivered', () => reports.waiting() === 0, within)
    side.link.progress(progress('planned', 1, 1))
    await at.api('PUT', `/v1/routers/${ROUTER}/intent`, intent(1))
    await waitFor('pushed', () => side.pushed.length === 1, within)
    await at.restart()
    reports.add('C')
    side.link.progress(progress('confirmed', 1, 2))
    side.link.wake()
    await waitFor('delivered again', () => reports.waiting() === 0, within)
    t.same(await eventCodes(at), ['A', 'B', 'C'])
    const { body } = await at.api('GET', `/v1/routers/${ROUTER}/history`)
    t.match(body, { changes: [{ phase: 'planned' }, { phase: 'confirmed' }] })
    t.ok(side.states.some(({ connected, since }) => !connected && since !== null))
    side.stop.abort()
    await side.link.stopped
    await waitFor('gone', async () => (await at.api('GET', `/v1/routers/${ROUTER}`)).body, {
      until: (router) => router['connected'] === false,
      within: 5,
    })
  },
)

t.test(
  'through a network that cuts connections every moment each event arrives once',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    const relay = await startRelay(() => at.port())
    t.teardown(relay.close)
    const reports = memoryReports()
    const side = startSide([agentUrl(relay.port)], await at.register(), reports, { backoffCap: 20 })
    const all = Array.from({ length: 120 }, (_, i) => `E${i}`)
    for (const [place, code] of all.entries()) {
      reports.add(code)
      side.link.wake()
      await new Promise((resolve) => setTimeout(resolve, 8))
      if (place % 9 === 0) relay.cut()
    }
    await waitFor('all delivered', () => reports.waiting() === 0, within)
    t.same(await eventCodes(at), all)
    t.ok(side.troubles.length > 2, `${side.troubles.length} cuts were noticed`)
    side.stop.abort()
    await side.link.stopped
  },
)

t.test('a half-open connection is noticed by the link and replaced', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const relay = await startRelay(() => at.port())
  t.teardown(relay.close)
  const side = startSide([agentUrl(relay.port)], await at.register(), memoryReports())
  await waitFor('up', side.up, within)
  relay.freeze()
  // The link may be up again before anybody looks: what it went through is kept.
  const unanswered = () =>
    side.states.some(({ lastError }) => /answered no ping/.test(lastError ?? ''))
  await waitFor('down', unanswered, within)
  await waitFor('up again', side.up, within)
  side.stop.abort()
  await side.link.stopped
})

t.test('the first hub that answers is used, a wrong token is said in words', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const side = startSide(['ws://127.0.0.1:1/agent', urlOf(at)], token, memoryReports())
  await waitFor('up', side.up, within)
  t.equal(side.states.at(-1)?.url, urlOf(at))
  side.stop.abort()
  const wrong = startSide([urlOf(at)], 'not-the-token-0123456789', memoryReports())
  await waitFor('refused', () => wrong.troubles.length > 1, within)
  t.match(wrong.troubles[0], /^UNAUTHORIZED .*token was not accepted/)
  t.notMatch(JSON.stringify([wrong.troubles, wrong.states]), 'not-the-token')
  wrong.stop.abort()
  await Promise.all([side.link.stopped, wrong.link.stopped])
})

t.test('TLS with the right authority works, with another it does not', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'demarc-tls-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const ours = certificate(dir, 'ours')
  const other = certificate(dir, 'other')
  const toml = `[tls]\ncert_file = "${ours.cert}"\nkey_file = "${ours.key}"\n`
  const at = await hubBench({ toml })
  t.teardown(at.close)
  const token = await registerOverTls(at, ours.cert)
  const url = `wss://localhost:${at.port()}/agent`
  const good = startSide([url], token, memoryReports(), {
    ca: () => readFileSync(ours.cert, 'utf8'),
  })
  await waitFor('up', good.up, within)
  good.stop.abort()
  const bad = startSide([url], token, memoryReports(), {
    ca: () => readFileSync(other.cert, 'utf8'),
  })
  await waitFor('refused', () => bad.troubles.length > 0, within)
  t.match(bad.troubles[0], /HUB_UNREACHABLE .*(self-signed|verify)/)
  bad.stop.abort()
  const late = join(dir, 'late.pem')
  const waiting = startSide([url], token, memoryReports(), { ca: () => readFileSync(late, 'utf8') })
  await waitFor('said', () => waiting.troubles.length > 0, within)
  t.match(waiting.troubles[0], /late\.pem/, 'an authority that is not there is no end')
  copyFileSync(ours.cert, late)
  await waitFor('up once it is there', waiting.up, within)
  waiting.stop.abort()
  await Promise.all([good.link.stopped, bad.link.stopped, waiting.link.stopped])
})

async function registerOverTls(at: HubBench, ca: string): Promise<string> {
  const { token } = JSON.parse(await spawnCurl(at, ca)) as { token: string }
  return token
}

async function spawnCurl(at: HubBench, ca: string): Promise<string> {
  const url = `https://localhost:${at.port()}/v1/routers`
  const args = ['-sS', '--cacert', ca, '-H', `Authorization: Bearer ${at.operator()}`]
  return new Promise((resolve, reject) => {
    execFile('curl', [...args, '-d', JSON.stringify({ id: ROUTER }), url], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
  })
}
