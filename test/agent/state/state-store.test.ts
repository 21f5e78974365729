import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { previousIntent } from '../../../src/agent/state/previous-intent.js'
import { HISTORY_KEPT, openStateStore } from '../../../src/agent/state/state-store.js'
import { parseIntent } from '../../../src/core/wire/intent-parse.js'
import type { ChangeProgress } from '../../../src/core/wire/messages.js'
import { openLog } from '../../../src/edge/host/log.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'

const quiet = openLog({ level: 'error', write: () => undefined })

const document = {
  schema: 'demarc/intent/v1',
  generation: 3,
  router: { id: 'r1', role: 'customer' },
  connections: [],
  attachments: [],
}

function progress(generation: number): ChangeProgress {
  const digest = 'c'.repeat(64)
  return { change: 'x', generation, digest, phase: 'confirmed', at: '2026-01-01T00:00:00.000Z' }
}

t.test(
  'the store is the same after a restart: each write is on disk before its call returns',
  async (t) => {
    const dir = t.testdir()
    const memory = await openStateStore(await openStateFiles(dir), quiet)
    t.equal(memory.lastGood(), null)
    const intent = parseIntent(document)
    if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
    await memory.keep({ ref: { generation: 3, digest: 'a'.repeat(64) }, intent: intent.value })
    await memory.recordRolledBack(9)
    await memory.recordRolledBack(4)
    await memory.record(progress(3))
    const again = await openStateStore(await openStateFiles(dir), quiet)
    t.equal(again.lastGood()?.ref.generation, 3)
    t.strictSame(again.lastGood()?.intent, intent.value)
    t.equal(again.rolledBack(), 9, 'the newest one counts')
    t.equal(again.history().length, 1)
  },
)

t.test('the newest 20 previous intents are kept and found by their generation', async (t) => {
  const dir = t.testdir()
  const memory = await openStateStore(await openStateFiles(dir), quiet)
  const intent = parseIntent(document)
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  const kept = (generation: number) => ({
    ref: { generation, digest: String(generation).padStart(64, '0') },
    intent: { ...intent.value, generation },
  })
  t.match(await previousIntent(memory, undefined), {
    ok: false,
    faults: [{ code: 'INTENT_UNKNOWN' }],
  })
  for (let generation = 1; generation <= 22; generation++) await memory.keep(kept(generation))
  await memory.keep(kept(22))
  await memory.recordRolledBack(30)
  const again = await openStateStore(await openStateFiles(dir), quiet)
  t.strictSame(
    await again.previous.generations(),
    Array.from({ length: 20 }, (_, place) => 21 - place),
  )
  t.match(await previousIntent(again, undefined), {
    ok: true,
    value: { intent: { generation: 21 }, nextGeneration: 31 },
  })
  t.match(await previousIntent(again, 7), { ok: true, value: { intent: { generation: 7 } } })
  t.match(await previousIntent(again, 1), {
    ok: false,
    faults: [
      { code: 'INTENT_UNKNOWN', message: /generation 1 is not kept; those that are: 21, 20/ },
    ],
  })
  const [file = ''] = readdirSync(dir).filter((name) => name.startsWith('previous-7-'))
  writeFileSync(join(dir, file), '{"half')
  t.match(await previousIntent(again, 7), {
    ok: false,
    faults: [{ code: 'STATE_DAMAGED', at: file }],
  })
})

t.test('the history has a limit and drops the oldest', async (t) => {
  const dir = t.testdir()
  const memory = await openStateStore(await openStateFiles(dir), quiet)
  for (let i = 1; i <= HISTORY_KEPT + 5; i++) await memory.record(progress(i))
  t.equal(memory.history().length, HISTORY_KEPT)
  t.equal(memory.history()[0]?.generation, 6)
})

t.test('a damaged last good intent is refused by name and left as it is', async (t) => {
  const file = 'last-good.json'
  for (const damage of ['{"half', '[]x', '{"other": true}', '\u0000']) {
    const dir = t.testdir()
    writeFileSync(join(dir, file), damage)
    const opening = openStateStore(await openStateFiles(dir), quiet)
    const error: unknown = await opening.catch((thrown: unknown) => thrown)
    t.match(error, { fault: { code: 'STATE_DAMAGED', at: file } })
    t.equal(readFileSync(join(dir, file), 'utf8'), damage)
  }
})
