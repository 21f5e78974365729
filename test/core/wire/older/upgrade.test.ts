import { readFileSync } from 'node:fs'
import t from 'tap'
import * as z from 'zod'
import type { Json } from '../../../../src/core/base/json.js'
import { ChangeProgress } from '../../../../src/core/wire/messages.js'
import { upgradeChangeRecord } from '../../../../src/core/wire/older/upgrade.js'

const History = z.array(ChangeProgress)
const stored = JSON.parse(
  readFileSync('test/fixtures/state-0.1.0/settled/history.json', 'utf8'),
) as Json

t.test('the history of 0.1.0 is readable once its names are the present ones', (t) => {
  const unchanged = History.parse(stored)
  t.match(unchanged[2]?.faults, [{ code: 'CHANGE_DISPROVED' }], 'an older word is kept as text')
  t.strictSame(unchanged[3]?.phases, undefined, 'a member under its older name is not read')
  const history = History.parse(upgradeChangeRecord(stored))
  const phases = history.map((progress) => progress.phases?.map(({ phase }) => phase))
  t.strictSame(phases[3], ['planned', 'applying', 'provisional', 'rolling-back', 'rolled-back'])
  t.match(history[2]?.faults, [{ code: 'CHANGE_UNHEALTHY', at: 'neighbor 10.0.0.1' }])
  t.end()
})

t.test('a record with the present names stays the same', (t) => {
  const once = upgradeChangeRecord(stored)
  t.strictSame(upgradeChangeRecord(once), once)
  t.end()
})

t.test('plans, pending witnesses and every fault code get their present names', (t) => {
  const old = {
    change: 'undoing',
    phase: 'undoing',
    waitsFor: ['neighbor 10.0.0.1'],
    plan: { steps: [{ says: 'add address 10.0.0.2/30 to dl.100', impact: 'none' }] },
    faults: [
      { code: 'CHANGE_NOT_PENDING', at: 'a', message: 'READ_BACK' },
      { code: 'FOREIGN_CLASH', at: 'b', message: '' },
      { code: 'FRR_TOO_OLD', at: 'c', message: '' },
      { code: 'READ_BACK', at: 'd', message: '' },
      { code: 'constructor', at: 'e', message: '' },
    ],
  }
  t.strictSame(upgradeChangeRecord(old), {
    change: 'undoing',
    phase: 'rolling-back',
    pendingWitnesses: ['neighbor 10.0.0.1'],
    plan: { steps: [{ description: 'add address 10.0.0.2/30 to dl.100', impact: 'none' }] },
    faults: [
      { code: 'CHANGE_UNKNOWN', at: 'a', message: 'READ_BACK' },
      { code: 'NOT_OWNED', at: 'b', message: '' },
      { code: 'FRR_UNSUPPORTED', at: 'c', message: '' },
      { code: 'READ_BACK_MISMATCH', at: 'd', message: '' },
      { code: 'constructor', at: 'e', message: '' },
    ],
  })
  t.end()
})
