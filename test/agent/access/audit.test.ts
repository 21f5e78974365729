import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openAuditFile } from '../../../src/agent/access/audit-file.js'
import { createAuditTrail } from '../../../src/agent/access/audit-trail.js'
import { guardedMethods } from '../../../src/agent/access/guarded-methods.js'
import { agentMethods } from '../../../src/agent/methods.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import {
  HUB_ALLOWED_BY_DEFAULT,
  HUB_PERMISSION_WORDS,
} from '../../../src/core/config/hub-methods.js'
import { AuditRecord } from '../../../src/core/wire/audit.js'
import { AGENT_METHODS, type AgentMethod } from '../../../src/core/wire/messages.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { intent } from '../../support/agent/engine.js'
import { localAgent } from '../../support/agent/local-agent.js'

const AT = new Date('2025-01-31T10:00:00.000Z')

function line(change: string): AuditRecord {
  return {
    at: AT.toISOString(),
    actor: { kind: 'user', name: '' },
    from: '/run/demarc/demarcd.sock',
    action: 'change.confirm',
    router: 'r1',
    change,
    outcome: 'done',
  }
}

t.test('a line is in the file at once, for its owner alone, and is read again', async (t) => {
  const dir = t.testdir()
  const audit = openAuditFile(await openStateFiles(dir))
  await audit.record(line('c1'))
  await audit.record(line('c2'))
  t.equal(statSync(join(dir, 'audit.jsonl')).mode & 0o777, 0o600)
  t.strictSame(
    readFileSync(join(dir, 'audit.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((text) => AuditRecord.parse(JSON.parse(text))),
    [line('c1'), line('c2')],
  )
  const again = openAuditFile(await openStateFiles(dir))
  await again.record(line('c3'))
  t.match(await again.newest(2), { ok: true, value: { records: [line('c2'), line('c3')] } })
})

t.test('the files are bounded: the newest lines are kept, the oldest are dropped', async (t) => {
  const dir = t.testdir()
  const audit = openAuditFile(await openStateFiles(dir), 2000)
  for (let i = 0; i < 200; i += 1) await audit.record(line(`c${i}`))
  const files = readdirSync(dir).filter((name) => name.startsWith('audit.jsonl'))
  t.strictSame(files.sort(), ['audit.jsonl', ...[1, 2, 3, 4].map((n) => `audit.jsonl.${n}`)])
  for (const name of files) t.ok(statSync(join(dir, name)).size <= 2000, name)
  const newest = await audit.newest(15)
  const changes = newest.ok ? newest.value.records.map(({ change }) => change) : []
  t.strictSame(
    changes,
    Array.from({ length: 15 }, (_, i) => `c${185 + i}`),
  )
})

t.test('a disk that takes no line stops nothing, and is reported', async (t) => {
  const files = await openStateFiles(t.testdir())
  let isFull = true
  const full = () => Promise.reject(new FaultError(fault('STATE_UNWRITABLE', 'x', 'no space')))
  const audit = openAuditFile({
    ...files,
    write: (name, text) => (isFull ? full() : files.write(name, text)),
  })
  await audit.record(line('c1'))
  t.match(audit.faults(), [{ code: 'STATE_UNWRITABLE', at: 'audit.jsonl' }])
  isFull = false
  await audit.record(line('c2'))
  t.strictSame(audit.faults(), [])
  t.match(await audit.newest(5), { ok: true, value: { records: [line('c2')] } })
})

/** The methods as a hub that may do so much may call them, on a router of fakes. */
async function hubMethods(t: Parameters<typeof localAgent>[0], allow = HUB_ALLOWED_BY_DEFAULT) {
  const at = await localAgent(t)
  const hub = {
    actor: () => ({ kind: 'hub', name: 'wss://hub/agent' }) as const,
    from: () => 'wss://hub/agent',
    allow,
  }
  const to = { record: at.audit.record, router: 'r1', wall: () => AT }
  const options = { ...at.options, maxImpact: 'session-reset' } as const
  return { ...at, methods: guardedMethods(agentMethods(options, 'hub'), hub, to) }
}

async function records(at: Awaited<ReturnType<typeof hubMethods>>) {
  const found = await at.audit.newest(100)
  return found.ok ? found.value.records : []
}

/** Parameters with which each method can be called. */
const PARAMS: Readonly<Record<AgentMethod, object>> = {
  'intent.push': { intent: intent(1), probes: [], adopt: false, dryRun: false },
  'intent.previous': {},
  'change.confirm': { change: 'c1' },
  'change.cancel': { change: 'c1' },
  'change.repair': { accept: true },
  'neighbor.clear': { address: '10.0.0.1', vrf: null },
  'router.release': {},
  'router.export': {},
  'lifecycle.notify': { kind: 'attachment', name: 'net-a', word: 'offered', reason: '' },
  doctor: { attachment: 'net-a', hosts: [], ticket: false },
  'optics.baseline': { port: 'p1' },
  'optics.report': { port: 'p1', from: '', limits: {} },
  'show.status': {},
  'show.history': {},
  'show.events': { limit: 1 },
  'show.audit': { limit: 1 },
  'show.intent': {},
  watch: {},
  ping: {},
}

t.test('a hub that is allowed nothing is refused everything but a heartbeat', async (t) => {
  const at = await hubMethods(t, [])
  for (const method of Object.keys(AGENT_METHODS) as AgentMethod[]) {
    const handler = at.methods[method] as ((params: object) => unknown) | undefined
    if (handler === undefined) continue
    const answer = await handler(PARAMS[method])
    if (method === 'ping') t.match(answer, { ok: true })
    else t.match(answer, { ok: false, faults: [{ code: 'UNAUTHORIZED', at: 'hub.allow' }] }, method)
  }
  const written = await records(at)
  t.equal(written.length, HUB_PERMISSION_WORDS.length - 1, 'each refusal is recorded')
  t.ok(written.every(({ outcome, code }) => outcome === 'refused' && code === 'UNAUTHORIZED'))
  t.strictSame(at.kernel.links().length, 3, 'nothing was made')
})

t.test('by default a hub may push, and may not release or accept', async (t) => {
  const at = await hubMethods(t)
  t.match(await at.methods['router.release']?.({}), {
    ok: false,
    faults: [{ code: 'UNAUTHORIZED' }],
  })
  t.match(await at.methods['change.repair']?.({ accept: true }), { ok: false })
  t.match(await at.methods['change.repair']?.({ accept: false }), { ok: true })
  const pushed = await at.methods['intent.push']?.({
    intent: intent(1),
    change: 'c1',
    probes: [],
    adopt: false,
    dryRun: false,
  })
  t.match(pushed, { ok: true, value: { change: 'c1' } })
  await at.settle()
  t.match(await records(at), [
    {
      action: 'router.release',
      outcome: 'refused',
      actor: { kind: 'hub', name: 'wss://hub/agent' },
    },
    { action: 'change.repair accept', outcome: 'refused' },
    { action: 'change.repair', outcome: 'done' },
    {
      action: 'intent.push',
      outcome: 'done',
      change: 'c1',
      generation: 1,
      digest: /^[0-9a-f]{64}$/,
    },
  ])
})

t.test('a hub never exceeds max_impact of the settings, whatever it asks for', async (t) => {
  const at = await hubMethods(t)
  const push = at.methods['intent.push']
  await push?.({ intent: intent(1), probes: [], adopt: false, dryRun: false })
  await at.settle()
  const emptied = { ...intent(2), attachments: [] }
  const terms = { intent: emptied, probes: [], adopt: false, dryRun: false }
  for (const maxImpact of [undefined, 'link-flap', 'traffic-loss'] as const) {
    const asked = maxImpact === undefined ? terms : { ...terms, maxImpact }
    t.match(await push?.(asked), {
      ok: false,
      faults: [{ code: 'IMPACT_TOO_HIGH', message: /session-reset is allowed/ }],
    })
  }
  const local = agentMethods({ ...at.options, maxImpact: 'session-reset' }, 'local')
  t.match(await local['intent.push']?.(terms), { ok: false }, 'without the word nor here')
  t.match(await local['intent.push']?.({ ...terms, maxImpact: 'traffic-loss' }), { ok: true })
})

t.test('the ends of changes and the states of the hub are recorded once each', async (t) => {
  const written: AuditRecord[] = []
  const record = async (entry: AuditRecord) => void written.push(entry)
  const trail = createAuditTrail({ record, router: 'r1', wall: () => AT })
  const change = { change: 'c1', generation: 3, digest: 'ab'.repeat(32), at: AT.toISOString() }
  trail.started('1.0')
  trail.progress({ ...change, phase: 'applying' })
  trail.progress({ ...change, phase: 'rolled-back', faults: [fault('BUG', 'x', 'y')] })
  trail.progress({ ...change, phase: 'rolled-back', restored: true })
  const hub = { url: 'wss://hub/agent', connected: false, since: null, lastError: null }
  trail.hub(hub)
  trail.hub({ ...hub, lastError: '401' })
  trail.hub({ ...hub, lastError: '401' })
  trail.hub({ ...hub, connected: true, lastError: '401' })
  t.match(written, [
    { action: 'agent.start', actor: { kind: 'agent' } },
    { action: 'change', outcome: 'rolled-back', change: 'c1', generation: 3, code: 'BUG' },
    { action: 'hub.connect', outcome: 'failed', detail: '401', from: 'wss://hub/agent' },
    { action: 'hub.connect', outcome: 'done' },
  ])
  t.equal(written.length, 4)
  for (const entry of written) t.ok(AuditRecord.safeParse(entry).success, entry.action)
})
