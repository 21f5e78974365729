import fc from 'fast-check'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { difference } from '../../../src/core/base/merge-patch.js'
import { canonicalJson } from '../../../src/core/base/json.js'
import { assess } from '../../../src/core/health/assess.js'
import { healthDocument } from '../../../src/core/health/document.js'
import { type HealthHistory, NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { HealthDocument } from '../../../src/core/wire/health.js'
import {
  HealthPatch,
  HealthReading,
  patchedHealth,
  HealthReport,
} from '../../../src/core/wire/health-reading.js'
import { arbitraryState } from '../../support/agent/arbitrary-state.js'
import { healthyDocument } from '../../support/agent/router-state.js'

/** The documents that an agent writes one after another, a minute apart. */
function documents(states: readonly RouterState[]): readonly HealthDocument[] {
  let history: HealthHistory = NO_HISTORY
  let last: HealthDocument | null = null
  return states.map((state, minute) => {
    const assessment = assess(state, history, millis(minute * 60_000))
    history = assessment.history
    last = healthDocument(state, assessment.verdicts, last)
    return last
  })
}

/** A value as the other end of a connection receives it. */
const received = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

t.test('every document that an agent writes fits the strict schema', (t) => {
  fc.assert(
    fc.property(fc.array(arbitraryState, { minLength: 1, maxLength: 3 }), (states) =>
      documents(states).every((document) => {
        const parsed = HealthDocument.safeParse(received(document))
        return parsed.success && canonicalJson(parsed.data) === canonicalJson(document)
      }),
    ),
    { numRuns: 300 },
  )
  t.end()
})

t.test('a hub that keeps the full document and every difference has the newest document', (t) => {
  fc.assert(
    fc.property(arbitraryState, arbitraryState, (before, after) => {
      const [first, second] = documents([before, after])
      if (first === undefined || second === undefined) return false
      const patch = difference(first, second)
      if (patch === null) return true
      const report = { sequence: 2, at: before.at, kind: 'difference', health: received(patch) }
      const parsed = HealthReport.safeParse(report)
      if (!parsed.success || parsed.data.kind !== 'difference') return false
      const kept = patchedHealth(HealthReading.parse(received(first)), parsed.data.health)
      return canonicalJson(kept) === canonicalJson(second)
    }),
    { numRuns: 300 },
  )
  t.end()
})

t.test('a reader accepts a document of a newer agent and keeps what it does not know', (t) => {
  const document = healthyDocument(2)
  const newer = {
    ...document,
    tunnels: { t1: { severity: 'ok' } },
    router: { ...document.router, severity: 'degraded', bios: '1.2' },
  }
  t.strictSame(HealthReading.parse(newer), newer)
  t.notOk(HealthDocument.safeParse(newer).success, 'this version would not write it')
  t.end()
})

t.test('a reader accepts a document of an older agent that lacks members', (t) => {
  const { router, ports } = healthyDocument(2)
  const { frr: _, ...less } = router
  for (const older of [{}, { router: {} }, { router: less }, { ports }, { ports: { p1: {} } }]) {
    t.strictSame(HealthReading.parse(older), older)
  }
  t.end()
})

t.test('a reader refuses a member of another type', (t) => {
  const wrong = [
    null,
    [],
    { router: null },
    { router: { cpus: 'two' } },
    { ports: [] },
    { ports: { p1: { transceiver: { diagnostics: { inputPower: '-6 dBm' } } } } },
    { connections: { c: { ports: [1] } } },
    { neighbors: { 'a/10.0.0.1': { findings: { X: 'bad' } } } },
  ]
  for (const document of wrong) t.notOk(HealthReading.safeParse(document).success)
  t.end()
})

t.test('a patch removes with null at any depth, and never inside a list', (t) => {
  t.ok(HealthPatch.safeParse({ ports: { p1: null }, router: { frr: { version: null } } }).success)
  t.notOk(HealthPatch.safeParse({ connections: { c: { ports: [null] } } }).success)
  t.notOk(HealthPatch.safeParse({ router: { cpus: 'two' } }).success)
  t.end()
})
