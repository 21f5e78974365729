import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openLifecycles, type LifecycleOptions } from '../../../src/agent/lifecycle/lifecycles.js'
import { fault, FaultError } from '../../../src/core/base/fault.js'
import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { openStateFiles, type StateFiles } from '../../../src/edge/host/files/state-files.js'
import { intent } from '../../support/agent/engine.js'
import { localAgent } from '../../support/agent/local-agent.js'
import {
  healthyAttachment,
  healthyConnection,
  healthyNeighbor,
  healthyRouter,
} from '../../support/agent/router-state.js'

/** The router of the intent, as a look sees it. */
function routerOf(over: Partial<RouterState> = {}): RouterState {
  return healthyRouter({
    connections: [healthyConnection({ name: 'dl' })],
    attachments: [healthyAttachment({ connection: 'dl' })],
    marks: new Set(['connection dl', 'attachment net-a']),
    ...over,
  })
}

const WITHOUT = { attachments: [], neighbors: [], marks: new Set(['connection dl']) } as const
const bare = (generation: number) => ({ ...intent(generation), attachments: [] })

/** An agent on fakes with the first intent in force, and ways to say and see what it shows. */
async function agentWith(t: Test, over: Parameters<typeof localAgent>[1] = {}) {
  const at = await localAgent(t, over)
  const push = async (document: object, confirmWithin?: number) => {
    const terms = { dryRun: false, adopt: false, probes: [], maxImpact: 'traffic-loss' }
    const asked = { intent: document, ...terms, ...(confirmWithin && { confirmWithin }) }
    const answer = await at.methods['intent.push']?.(asked as never)
    t.match(answer, { ok: true })
    await at.settle()
  }
  const notify = (word: string, name = 'net-a', more: object = {}) => {
    const kind = name === 'dl' ? 'connection' : 'attachment'
    return at.methods['lifecycle.notify']?.({ kind, name, word, reason: '', ...more } as never)
  }
  const shown = () => at.lifecycles.shown().map(({ name, state }) => `${name} ${state}`)
  const events = () =>
    at.health
      .events()
      .filter(({ code, kind }) => code === 'LIFECYCLE' && /^(conn|att)/.test(kind))
      .map(({ message }) => /^The \w+ (.*?)\. /.exec(message)?.[1])
  return { ...at, push, notify, shown, events }
}

t.test('a connection and an attachment become available by what is seen alone', async (t) => {
  const at = await agentWith(t)
  await at.push(intent(1))
  t.strictSame(at.shown(), ['dl requested', 'net-a pending'], 'before any look')
  at.look(routerOf({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] }))
  t.strictSame(at.shown(), ['dl available', 'net-a pending'])
  at.look(routerOf())
  t.strictSame(at.shown(), ['dl available', 'net-a available'])
  at.look(routerOf({ neighbors: [healthyNeighbor({ sessionState: 'Active' })] }))
  t.strictSame(at.events(), [
    'dl changed from requested to available',
    'net-a changed from pending to available',
    'net-a changed from available to down',
  ])
  t.match(at.health.document()?.attachments['net-a'], {
    lifecycle: 'down',
    lifecycleReason: /neighbor net-a\/10\.0\.0\.1 has the finding [A-Z_]+/,
  })
})

t.test('a removed attachment is deleting until it is confirmed and gone', async (t) => {
  const at = await agentWith(t)
  await at.push(intent(1))
  at.look(routerOf())
  await at.push(bare(2), 60)
  t.match(at.shown(), ['dl available', 'net-a deleting'], 'as soon as the change is made')
  t.match(at.health.document()?.removed, { 'attachment/net-a': { lifecycle: 'deleting' } })
  at.look(routerOf(WITHOUT))
  t.match(at.shown(), ['dl available', 'net-a deleting'], 'it may still be rolled back')
  t.match(await at.methods['change.cancel']?.({ change: 'made-up' }), { ok: true })
  await at.settle()
  at.look(routerOf())
  t.match(at.shown(), ['dl available', 'net-a available'], 'it is what it was')
  await at.push(bare(3))
  await at.settle()
  at.look(routerOf({ ...WITHOUT, marks: new Set(['connection dl', 'attachment net-a']) }))
  t.match(at.shown(), ['dl available', 'net-a deleting'], 'it is still on the router')
  at.look(routerOf(WITHOUT))
  t.match(at.shown(), ['dl available', 'net-a deleted'])
  t.strictSame(at.events().slice(2), [
    'net-a changed from available to deleting',
    'net-a changed from deleting to available',
    'net-a changed from available to deleting',
    'net-a changed from deleting to deleted',
  ])
  t.notMatch(at.health.document()?.attachments, { 'net-a': Object })
  t.match(at.health.document()?.removed, { 'attachment/net-a': { lifecycle: 'deleted' } })
})

t.test('words of the control plane, repeated, misplaced, and of nothing', async (t) => {
  const at = await agentWith(t)
  await at.push(intent(1))
  t.match(await at.notify('ordered', 'dl', { reason: 'order 4711' }), {
    ok: true,
    value: { lifecycle: 'requested', reason: /LOA: order 4711$/ },
  })
  t.match(await at.notify('loa-sent', 'dl'), { ok: true, value: { lifecycle: 'pending' } })
  t.match(await at.notify('offered', 'net-a', { id: 'w1' }), { ok: true })
  t.match(await at.notify('rejected', 'net-a', { id: 'w2' }), {
    ok: true,
    value: { lifecycle: 'rejected' },
  })
  t.match(
    await at.notify('offered', 'net-a', { id: 'w1' }),
    { ok: true, value: { lifecycle: 'rejected' } },
    'the same word again changes nothing',
  )
  t.match(await at.notify('accepted'), { ok: false, faults: [{ code: 'LIFECYCLE_STATE' }] })
  t.match(await at.notify('offered', 'net-b'), {
    ok: false,
    faults: [{ code: 'SUBJECT_UNKNOWN', at: 'attachment/net-b', message: /net-a/ }],
  })
  t.match(await at.notify('offered', '__proto__'), {
    ok: false,
    faults: [{ code: 'SUBJECT_UNKNOWN' }],
  })
  const audit = await at.audit.newest(9)
  t.match(audit, { ok: true, value: { records: Array } })
  t.match(JSON.stringify(audit), /lifecycle\.notify offered attachment\/net-a/)
})

/** The lifecycles on these files alone, with the intent of the bench in force. */
async function keptIn(dir: string, over: Partial<LifecycleOptions> = {}) {
  const lines: string[] = []
  const running = { ref: { generation: 1, digest: 'a'.repeat(64) }, intent: intent(1) }
  const lifecycles = await openLifecycles({
    files: await openStateFiles(dir),
    log: { error: (fields) => lines.push(JSON.stringify(fields)) },
    router: 'r1',
    wall: () => new Date('2026-03-01T10:00:00.000Z'),
    running: () => running as never,
    isConfirmed: () => true,
    syncState: () => ({ state: 'in-sync', faults: [] }),
    profiles: () => BUILT_IN,
    ...over,
  })
  return { lifecycles, lines, states: () => lifecycles.shown().map(({ state }) => state) }
}

const offered = {
  id: 'w1',
  kind: 'attachment',
  name: 'net-a',
  word: 'offered',
  reason: '',
} as const

t.test('what was said survives a kill at any moment, and is said once', async (t) => {
  const dir = t.testdir()
  const first = await keptIn(dir)
  t.match(await first.lifecycles.notify(offered), { ok: true })
  const again = await keptIn(dir)
  t.strictSame(again.states(), ['requested', 'confirming'])
  await again.lifecycles.notify({ ...offered, id: 'w2', word: 'accepted' })
  const third = await keptIn(dir)
  t.match(await third.lifecycles.notify(offered), {
    ok: true,
    value: { lifecycle: { state: 'pending' } },
  })
  const late = await keptIn(dir, { wall: () => new Date('2027-01-01T00:00:00.000Z') })
  late.lifecycles.follow()
  t.strictSame(late.states(), ['requested', 'pending'], 'what was accepted does not expire')
})

t.test('an owner who never answers lets it expire, over a restart', async (t) => {
  const dir = t.testdir()
  await (await keptIn(dir)).lifecycles.notify(offered)
  const week = await keptIn(dir, { wall: () => new Date('2026-03-08T10:00:00.000Z') })
  t.match(week.lifecycles.follow(), [{ severity: 'warning', message: /confirming to expired/ }])
  await week.lifecycles.idle()
  t.strictSame((await keptIn(dir)).states(), ['requested', 'expired'])
})

t.test('a disk that takes nothing refuses the word, and the state stays', async (t) => {
  const dir = t.testdir()
  const files = await openStateFiles(dir)
  const full: StateFiles['write'] = () =>
    Promise.reject(new FaultError(fault('STATE_UNWRITABLE', 'lifecycle.json', 'no space')))
  const at = await keptIn(dir, { files: { ...files, write: full } })
  t.match(await at.lifecycles.notify(offered), {
    ok: false,
    faults: [{ code: 'STATE_UNWRITABLE' }],
  })
  t.strictSame(at.states(), ['requested', 'pending'])
  t.match(at.lines.join(''), /lifecycle-unwritable/)
})

t.test('a damaged file is set aside by its name, and every subject begins anew', async (t) => {
  const dir = t.testdir()
  await (await keptIn(dir)).lifecycles.notify(offered)
  const path = join(dir, 'lifecycle.json')
  const whole = readFileSync(path, 'utf8')
  for (const text of ['', whole.slice(0, -9), whole.replace('confirming', 'requested'), '[]']) {
    writeFileSync(path, text)
    const at = await keptIn(dir)
    at.lifecycles.follow()
    t.strictSame(at.states(), ['requested', 'pending'])
    t.match(at.lines.join(''), /state-set-aside.*lifecycle\.json/)
    await at.lifecycles.idle()
  }
  t.ok(readdirSync(dir).includes('lifecycle.json.damaged'))
})
