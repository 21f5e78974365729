import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { t } from 'tap'
import { AGENT_DEFINITIONS } from '../../../src/core/metrics/agent.js'
import { PORT, startDemarcd } from '../../support/agent/demarcd-process.js'
import { waitFor } from '../../support/process/wait.js'

/** Carries a Unix socket to the agent's address for scrapers, which is in a namespace of its own. */
const RELAY = `
const { createServer, connect } = require('node:net')
createServer((from) => {
  const to = connect(7481, '127.0.0.1')
  for (const [a, b] of [[from, to], [to, from]]) {
    a.pipe(b)
    a.on('error', () => b.destroy())
    a.on('close', () => b.destroy())
  }
}).listen(process.argv[1])
`

const INTENT = {
  schema: 'demarc/intent/v1',
  generation: 1,
  router: { id: 'r1', role: 'customer' },
  connections: [{ name: 'dl', ports: [{ name: PORT }] }],
  attachments: [
    { name: 'net-a', connection: 'dl', vlanId: null, l3: { addresses: ['10.0.0.2/30'] } },
  ],
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function ask(socketPath: string, path: string): Promise<Answer> {
  const sent = request({ socketPath, path, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}

// A bundle may lack what the sources have: the packages are loaded at the first scrape.
t.test('the built demarcd is scraped, is alive, and says when it is ready', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'scraped-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const relay = join(dir, 'scraper')
  const agent = await startDemarcd({
    dir,
    before: [`${process.execPath} -e "${RELAY.replaceAll('$', '\\$')}" ${relay} &`],
  })
  t.teardown(agent.stop)
  const get = async (path: string): Promise<Answer> =>
    ask(relay, path).catch((error: unknown) => ({ status: 0, body: String(error) }))
  await waitFor('it answers', () => get('/healthz'), {
    until: ({ status }) => status === 200,
    within: 10,
    every: 50,
  })
  t.match(await get('/readyz'), { status: 503, body: /no intent runs/ })
  const client = await agent.connect()
  t.teardown(() => client.hangUp(1000, 'done'))
  const pushed = await client.call('intent.push', { intent: INTENT })
  t.ok(pushed.ok, JSON.stringify(pushed))
  const page = await waitFor('the attachment is there', () => get('/metrics'), {
    until: ({ status, body }) => status !== 200 || body.includes('attachment="net-a"'),
    within: 10,
    every: 100,
  })
  t.equal(page.status, 200)
  t.match(page.body, /^demarc_router_state\{router="r1",state="(in-sync|provisional)"\} 1$/m)
  t.match(
    page.body,
    /^demarc_attachment_in_bytes_total\{attachment="net-a",connection="dl"\} \d+$/m,
  )
  const named = [...page.body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  const known = new Set(AGENT_DEFINITIONS.map(({ name }) => name))
  t.ok(named.length > 30, `${named.length} metrics`)
  t.ok(named.every((name) => name !== undefined && known.has(name)))
  const ready = await waitFor('it is ready', () => get('/readyz'), {
    until: ({ status }) => status === 200,
    within: 10,
    every: 100,
  })
  t.equal(ready.body, 'ok\n')
  t.equal(await agent.stop(), 0)
})
