import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { HISTORY_KEPT, openMemory } from '../../src/agent/memory.js'
import { parseIntent } from '../../src/core/wire/intent-parse.js'
import type { ChangeProgress } from '../../src/core/wire/messages.js'
import { openLog } from '../../src/edge/host/log.js'
import { openStateFiles } from '../../src/edge/host/state-files.js'

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

t.test('what was kept is there after a restart, on disk before the call returns', async (t) => {
  const dir = t.testdir()
  const memory = await openMemory(await openStateFiles(dir), quiet)
  t.equal(memory.lastGood(), null)
  const intent = parseIntent(document)
  if (!intent.ok) throw new Error(JSON.stringify(intent.faults))
  await memory.keep({ ref: { generation: 3, digest: 'a'.repeat(64) }, intent: intent.value })
  await memory.rememberRolledBack(9)
  await memory.rememberRolledBack(4)
  await memory.record(progress(3))
  const again = await openMemory(await openStateFiles(dir), quiet)
  t.equal(again.lastGood()?.ref.generation, 3)
  t.strictSame(again.lastGood()?.intent, intent.value)
  t.equal(again.rolledBack(), 9, 'the newest one counts')
  t.equal(again.history().length, 1)
})

t.test('the history has a limit and drops the oldest', async (t) => {
  const dir = t.testdir()
  const memory = await openMemory(await openStateFiles(dir), quiet)
  for (let i = 1; i <= HISTORY_KEPT + 5; i++) await memory.record(progress(i))
  t.equal(memory.history().length, HISTORY_KEPT)
  t.equal(memory.history()[0]?.generation, 6)
})

t.test('a damaged last good intent is refused by name and left as it is', async (t) => {
  const file = 'last-good.json'
  for (const damage of ['{"half', '[]x', '{"other": true}', '\u0000']) {
    const dir = t.testdir()
    writeFileSync(join(dir, file), damage)
    const opening = openMemory(await openStateFiles(dir), quiet)
    const error: unknown = await opening.catch((thrown: unknown) => thrown)
    t.match(error, { fault: { code: 'STATE_DAMAGED', at: file } })
    t.equal(readFileSync(join(dir, file), 'utf8'), damage)
  }
})
