import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { t } from 'tap'
import { openReportQueue, type PersistentReportQueue } from '../../src/agent/hub/report-queue.js'
import { startHubLink, type HubLink } from '../../src/agent/hub/link.js'
import { millis } from '../../src/core/base/time.js'
import { systemClock } from '../../src/edge/host/clock.js'
import { openLog } from '../../src/edge/host/log.js'
import { openStateFiles } from '../../src/edge/host/files/state-files.js'
import { healthyDocument } from '../support/agent/router-state.js'
import { waitFor } from '../support/process/wait.js'
import { event, helloOf, hubBench, ROUTER, type HubBench } from './bench.js'

t.setTimeout(120_000)

const quiet = openLog({ level: 'error' })

interface Life {
  readonly reports: PersistentReportQueue
  readonly link: HubLink
  readonly kill: () => Promise<void>
}

/** One life of an agent's reporting half: the real reports on a real disk, the real link. */
async function live(
  at: HubBench,
  token: string,
  dir: string,
  before: number[] = [],
): Promise<Life> {
  const reports = await openReportQueue(await openStateFiles(dir), systemClock.wall, quiet)
  const stop = new AbortController()
  let connected = false
  const link = startHubLink({
    settings: {
      urls: [...before, at.port()].map((port) => `ws://127.0.0.1:${port}/agent`),
      heartbeat: millis(1000),
      silence: millis(2000),
      backoffCap: millis(50),
    },
    router: ROUTER,
    token: async () => token,
    ca: async () => null,
    hello: () => ({ ...helloOf(ROUTER), lastSequence: reports.lastSequence() }),
    handlers: {},
    reports,
    onWarning: () => undefined,
    onState(state) {
      if (state.connected !== connected) reports.online(state.connected)
      connected = state.connected
    },
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
  })
  return {
    reports,
    link,
    async kill() {
      stop.abort()
      await link.stopped
    },
  }
}

t.test(
  'agent and hub may die and come back: events arrive once, health is the last one',
  async (t) => {
    const at = await hubBench()
    t.teardown(at.close)
    const token = await at.register()
    const dir = t.testdir({})
    const all: string[] = []
    const last = healthyDocument(1_000_000, [])
    let counter = 0
    let agent = await live(at, token, dir)
    for (let round = 0; round < 8; round++) {
      for (let i = 0; i < 10; i++) {
        counter += 1
        all.push(`E${counter}`)
        await agent.reports.events([event(`E${counter}`)])
        agent.reports.health(healthyDocument(counter, [`eth${counter % 3}`]))
        agent.link.wake()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      if (round % 2 === 0) {
        await agent.kill()
        agent = await live(at, token, dir)
        agent.reports.health(healthyDocument(counter))
      }
      if (round % 3 === 2) {
        await agent.kill()
        await at.restart()
        agent = await live(at, token, dir)
        agent.reports.health(healthyDocument(counter))
      }
    }
    agent.reports.health(last)
    agent.link.wake()
    await waitFor('all delivered', () => agent.reports.waiting(), {
      until: (waiting) => waiting === 0,
      within: 20,
    })
    const { body } = await at.api('GET', `/v1/routers/${ROUTER}/events?after=0&limit=1000`)
    t.same(
      (body['events'] as { code: string }[]).map(({ code }) => code),
      all,
    )
    const health = await at.api('GET', `/v1/routers/${ROUTER}/health`)
    t.strictSame(health.body['health'], last)
    t.equal(health.body['current'], true)
    await agent.kill()
  },
)

t.test('a hub that lost its store gets a full report and goes on', async (t) => {
  const first = await hubBench()
  const second = await hubBench()
  t.teardown(first.close)
  t.teardown(second.close)
  const dir = t.testdir({})
  for (const at of [first, second]) {
    const agent = await live(at, await at.register(), dir)
    agent.reports.health(healthyDocument(1))
    await agent.reports.events([event('A')])
    agent.link.wake()
    await waitFor('delivered', () => agent.reports.waiting(), { until: (n) => n === 0, within: 10 })
    const changed = healthyDocument(2)
    agent.reports.health(changed)
    agent.link.wake()
    await waitFor('difference', () => at.api('GET', `/v1/routers/${ROUTER}/health`), {
      until: ({ body }) => isDeepStrictEqual(body['health'], changed),
      within: 10,
    })
    await agent.kill()
  }
})

t.test('a hub that is away for thousands of events gets them in order, once', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const token = await at.register()
  const dir = t.testdir({})
  const gone = await live(at, token, dir)
  await gone.reports.events([event('BEFORE')])
  gone.link.wake()
  await waitFor('reported', () => gone.reports.waiting(), { until: (n) => n === 0, within: 10 })
  await at.hub().close()
  const written = () =>
    readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
  for (let i = 1; i <= 2600; i++) {
    await gone.reports.events([event(`E${i}`)])
    if (i % 100 === 0) gone.reports.health(healthyDocument(i))
  }
  t.ok(written() < 1_000_000, `the report queue has ${written()} octets`)
  await gone.kill()
  const nobody = 9
  await at.reopen()
  const back = await live(at, token, dir, [nobody])
  back.reports.health(healthyDocument(1_000_000))
  back.link.wake()
  await waitFor('all delivered', () => back.reports.waiting(), {
    until: (n) => n === 0,
    within: 60,
  })
  const codes: string[] = []
  for (let after = 0; ;) {
    const { body } = await at.api('GET', `/v1/routers/${ROUTER}/events?after=${after}&limit=1000`)
    const page = body['events'] as { code: string }[]
    if (page.length === 0) break
    codes.push(...page.map(({ code }) => code))
    after = Number(body['next'])
  }
  t.strictSame(codes, ['BEFORE', ...Array.from({ length: 2600 }, (_, i) => `E${i + 1}`)])
  const shown = await at.api('GET', `/v1/routers/${ROUTER}`)
  t.match(shown.body, { eventsDropped: 0, reportsMissed: 0 })
  await back.kill()
})
