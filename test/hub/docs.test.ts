import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t } from 'tap'
import { docExamples } from '../support/intent/doc-examples.js'
import { event, fakeRouter, hubBench, progress, type FakeRouter } from './bench.js'

t.setTimeout(120_000)

/** A document with every leaf replaced by its type: answers are compared by shape. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape)
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]))
}

t.test('every command of the hub page does what the page says', async (t) => {
  const at = await hubBench()
  t.teardown(at.close)
  const dir = mkdtempSync(join(tmpdir(), 'demarc-docs-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const env = { ...process.env, HUB: `http://127.0.0.1:${at.port()}`, TOKEN: at.operator() }
  const sh = async (script: string): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile('sh', ['-euc', script], { cwd: dir, env }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${script}: ${stderr}`)),
      )
    })
  await at.register('lon-edge-1')
  let router: FakeRouter | undefined
  /** What happens on the router after an example: it comes once it has a token, and later reports. */
  const after: Record<string, (said: string) => Promise<void>> = {
    register: async (said) => {
      const { token } = JSON.parse(said) as { token: string }
      router = await fakeRouter(at, { token })
    },
    router: async () => {
      const health = { ports: { enp1s0f0: { severity: 'ok' } } }
      const full = { sequence: 1, at: new Date().toISOString(), kind: 'full', health } as const
      await router?.peer.call('report.health', full)
      await router?.peer.call('report.events', { sequence: 2, events: [event('OPTIC_RX_LOW')] })
      await router?.peer.call('change.progress', progress('confirmed', 41))
    },
  }
  const examples = new Map(docExamples('docs/hub.md').map(({ name, text }) => [name, text]))
  t.ok(examples.size > 20, `${examples.size} examples`)
  for (const [name, script] of examples) {
    if (name.endsWith(' answer')) continue
    const said = await sh(script)
    const wanted = examples.get(`${name} answer`)
    if (name === 'stream') t.match(said, /^id: \d+\nevent: event\ndata: \{"number":\d+,/m)
    else if (wanted === undefined) t.notMatch(said, 'faults', name)
    else t.strictSame(shape(JSON.parse(said)), shape(JSON.parse(wanted)), name)
    await after[name]?.(said)
  }
})
