import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { t, type Test } from 'tap'
import { openVault } from '../../src/edge/host/secrets/vault.js'
import { PORT, startDemarcd, type DemarcdProcess } from '../support/agent/demarcd-process.js'
import { waitFor } from '../support/process/wait.js'

/** A short path: that of a socket is limited (unix(7)). */
function room(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'backup-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  return dir
}

/** An untagged attachment with this address. */
function intent(generation: number, address: string) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: { id: 'r1', role: 'customer' },
    connections: [{ name: 'dl', ports: [{ name: PORT }] }],
    attachments: [{ name: 'net-a', connection: 'dl', vlanId: null, l3: { addresses: [address] } }],
  }
}

async function push(agent: DemarcdProcess, generation: number, address: string) {
  const peer = await agent.connect()
  const terms = { adopt: false, dryRun: false, maxImpact: 'traffic-loss' } as const
  const change = `c${generation}`
  const pushed = await peer.call('intent.push', {
    intent: intent(generation, address),
    change,
    ...terms,
  })
  if (pushed.ok) {
    const isKept = async () => {
      const history = await peer.call('show.history', {})
      const changes = history.ok ? history.value.changes : []
      return changes.some((one) => one.change === change && one.phase === 'confirmed')
    }
    await waitFor('confirmed', isKept, { until: (is) => is, within: 20, every: 50 })
  }
  peer.hangUp(1000, 'done')
  return pushed
}

/** What the agent knows, and must know again. */
async function memoryOf(agent: DemarcdProcess) {
  const peer = await agent.connect()
  const audit = await peer.call('show.audit', { limit: 100 })
  const memory = {
    intent: await peer.call('show.intent', {}),
    history: await peer.call('show.history', {}),
    previous: await peer.call('intent.previous', {}),
  }
  peer.hangUp(1000, 'done')
  return { memory, audit: audit.ok ? audit.value.records : [] }
}

t.test('a copy of the state directory restores an agent on an empty router', async (t) => {
  const first = { dir: room(t) }
  const agent = await startDemarcd(first)
  t.teardown(agent.stop)
  t.match(await push(agent, 1, '10.0.0.2/30'), { ok: true })
  t.match(await push(agent, 2, '10.0.1.2/30'), { ok: true })
  const saved = await memoryOf(agent)
  t.match(saved.memory.previous, { ok: true, value: { intent: { generation: 1 } } })
  t.equal(await agent.stop(), 0)
  const state = join(first.dir, 'state')
  const vault = await openVault({ keyFile: join(state, 'vault.key') })
  const sealed = vault.seal('pushed secrets', '{}')
  writeFileSync(join(state, 'pushed-secrets.sealed'), sealed, { mode: 0o600 })
  const copy = join(room(t), 'copy')
  cpSync(state, copy, { recursive: true })
  rmSync(first.dir, { recursive: true })
  mkdirSync(first.dir)

  const other = { dir: room(t) }
  const target = join(other.dir, 'state')
  cpSync(copy, target, { recursive: true })
  t.equal(statSync(target).mode & 0o777, 0o700)
  const again = await startDemarcd(other)
  t.teardown(again.stop)
  const isBack = async () => (await again.addresses()).includes('10.0.1.2/30')
  await waitFor('the address is back', isBack, { until: (is) => is, within: 20, every: 100 })
  t.notMatch(await again.addresses(), '10.0.0.2/30', 'not that of the intent before')
  const restored = await memoryOf(again)
  t.same(restored.memory, saved.memory, 'it knows what it knew')
  t.same(restored.audit.slice(0, saved.audit.length), saved.audit, 'the audit goes on')
  t.match(restored.audit.at(-1), { action: 'agent.start' })
  t.same(
    readdirSync(target).filter((name) => name.includes('damaged')),
    [],
  )
  t.equal(
    readFileSync(join(target, 'pushed-secrets.sealed'), 'utf8'),
    sealed,
    'and its key opens it',
  )
  t.notMatch(again.log.join('\n'), /"level":"(error|warn)".*(damaged|sealed|vault)/)
  t.match(await push(again, 1, '10.0.0.2/30'), { ok: false, faults: [{ code: 'INTENT_STALE' }] })
  t.match(await push(again, 3, '10.0.2.2/30'), { ok: true }, 'the next generation is put in force')
})

t.test('without its key the copy says so, and nothing of the router is touched', async (t) => {
  const first = { dir: room(t) }
  const agent = await startDemarcd(first)
  t.teardown(agent.stop)
  t.match(await push(agent, 1, '10.0.0.2/30'), { ok: true })
  await agent.stop()
  writeFileSync(join(first.dir, 'state/vault.key'), 'half')
  await t.rejects(startDemarcd(first), /exit 78.*STATE_DAMAGED.*vault\.key/s)
})
