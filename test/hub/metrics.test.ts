import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { t } from 'tap'
import { waitFor } from '../support/process/wait.js'
import { call, fakeRouter, hubBench, ROUTER } from './bench.js'

const SCRAPER = 'token-of-prometheus-0123456789'
const SHA = createHash('sha256').update(SCRAPER).digest('hex')
const SICK = 'sick-edge-1'

const at = await hubBench({ toml: `[metrics]\ntoken_sha256 = "${SHA}"\n` })
t.teardown(at.close)

async function get(path: string, token?: string) {
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(`http://127.0.0.1:${at.port()}${path}`, { headers })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, text: await response.text() }
}

const scrape = async (until: RegExp): Promise<string> => {
  const found = await waitFor(`the metrics have ${until}`, () => get('/metrics', SCRAPER), {
    until: ({ text }) => until.test(text),
    within: 10,
  })
  return found.text
}

/** The ids of the routers that the list has. */
async function listed(query: string): Promise<readonly unknown[]> {
  const { body } = await at.api('GET', `/v1/routers${query}`)
  const routers = body['routers'] as readonly { readonly id: string; readonly severity: string }[]
  return routers.map(({ id, severity }) => `${id} ${severity}`)
}

t.test('one query finds the sick router', async (t) => {
  const token = await at.register(SICK)
  await at.register()
  t.strictSame(await listed(''), [`${ROUTER} unknown`, `${SICK} unknown`])
  const router = await fakeRouter(at, { router: SICK, token })
  const full = (sequence: number, severity: string) =>
    ({
      ...{ sequence, at: new Date().toISOString() },
      kind: 'full',
      health: { router: { severity } },
    }) as const
  const patch = (sequence: number, health: object) =>
    ({ sequence, at: new Date().toISOString(), kind: 'difference', health }) as const
  await router.peer.call('report.health', full(1, 'ok'))
  t.strictSame(await listed('?severity=ok'), [`${SICK} ok`])
  await router.peer.call('report.health', patch(2, { router: { severity: 'critical' } }))
  await router.peer.call('report.health', patch(3, { ports: { p1: { present: true } } }))
  t.strictSame(await listed('?severity=critical'), [`${SICK} critical`])
  t.strictSame(await listed('?severity=unknown'), [`${ROUTER} unknown`])
  t.match(await at.api('GET', '/v1/routers?severity=bad'), { status: 422 })
  const text = await scrape(/router_severity\{router="sick-edge-1"\} 3/)
  t.match(text, /^demarc_hub_router_connected\{router="sick-edge-1"\} 1$/m)
  t.match(text, /^demarc_hub_router_severity\{router="par-edge-1"\} 1$/m, 'unknown')
  t.match(text, /^demarc_hub_router_connected\{router="par-edge-1"\} 0$/m)
  const lint = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  t.equal(`${lint.stdout}${lint.stderr}`, '')
  router.peer.terminate('away')
  await scrape(/router_connected\{router="sick-edge-1"\} 0/)
  await at.restart()
  t.strictSame(await listed('?severity=critical'), [`${SICK} critical`], 'kept over a restart')
  const again = await fakeRouter(at, { router: SICK, token })
  await again.peer.call('report.health', full(4, 'a-word-of-tomorrow'))
  t.strictSame(await listed('?severity=unknown'), [`${ROUTER} unknown`, `${SICK} unknown`])
})

t.test('the token of the scraper reads the metrics and nothing else', async (t) => {
  const metrics = await get('/metrics', SCRAPER)
  t.equal(metrics.type, 'text/plain; version=0.0.4; charset=utf-8')
  t.match(await get('/metrics', at.operator()), { status: 200 })
  t.match(await get('/metrics'), { status: 401 })
  t.match(await get('/metrics', `${SCRAPER}x`), { status: 401 })
  for (const path of ['/v1/routers', `/v1/routers/${SICK}/health`, '/v1/audit', '/v1/stream']) {
    t.match(await get(path, SCRAPER), { status: 401 }, path)
  }
  t.match(await call(at.port(), SCRAPER, 'POST', { path: '/v1/routers', body: { id: 'x' } }), {
    status: 401,
  })
  t.match(await get('/readyz'), { status: 200 })
  t.match(await get('/healthz'), { status: 200 })
})
