import t from 'tap'
import { judgeAnswer, wrongAcknowledgement } from '../../../src/core/report/answer.js'
import { boundedProgress } from '../../../src/core/report/bounds.js'
import {
  acknowledge,
  connected,
  enqueueHealth,
  nextReport,
  NO_REPORTS,
} from '../../../src/core/report/queue.js'
import { ok } from '../../../src/core/base/result.js'
import type { HealthDocument } from '../../../src/core/wire/health.js'
import { HealthReport, patchedHealth } from '../../../src/core/wire/health-reading.js'
import type { HealthReading } from '../../../src/core/wire/health-reading.js'
import { weighJson } from '../../../src/core/wire/json-scan.js'
import { BOUNDS, LIMITS } from '../../../src/core/wire/limits.js'
import type { ChangeProgress } from '../../../src/core/wire/messages.js'
import { healthyDocument } from '../../support/agent/router-state.js'

const AT = '2026-03-01T10:00:00.000Z'

/** A router with this many attachments and neighbours, every text as long as it gets. */
function large(count: number): HealthDocument {
  const base = healthyDocument(0)
  const [attachment] = Object.values(base.attachments)
  const [neighbor] = Object.values(base.neighbors)
  if (attachment === undefined || neighbor === undefined) throw new Error('an empty document')
  const names = Array.from({ length: count }, (_, i) => `attachment-é-${i}`)
  return {
    ...base,
    attachments: Object.fromEntries(names.map((name) => [name, attachment])),
    neighbors: Object.fromEntries(names.map((name) => [`${name}/10.0.0.1`, neighbor])),
  }
}

t.test('a health document of any size reaches the hub in messages that it takes', (t) => {
  for (const count of [1, 500, 4000]) {
    const document = large(count)
    let queue = connected(enqueueHealth(NO_REPORTS, document), 0)
    let stored: HealthReading = {}
    let reports = 0
    for (;;) {
      const next = nextReport(queue, AT)
      if (next.report?.method !== 'report.health') break
      reports += 1
      const { params } = next.report
      const text = JSON.stringify({ jsonrpc: '2.0', id: 1, ...next.report })
      if (Buffer.byteLength(text) > LIMITS.frameToHub) t.fail(`${text.length} octets`)
      const { excess } = weighJson(text, BOUNDS.toHub)
      if (excess !== undefined) t.fail(excess)
      t.equal(params.kind, reports === 1 ? 'full' : 'difference')
      t.ok(HealthReport.safeParse(params).success)
      stored = params.kind === 'full' ? params.health : patchedHealth(stored, params.health)
      queue = acknowledge(next.queue, params.sequence)
    }
    t.strictSame(stored, document, `${count} attachments in ${reports} reports`)
    t.ok(count < 4000 || reports > 3)
  }
  t.end()
})

t.test('a change with the longest plan and faults fits into one message', (t) => {
  const progress: ChangeProgress = {
    change: 'c',
    generation: 1,
    digest: 'a'.repeat(64),
    phase: 'rolled-back',
    at: AT,
    plan: {
      impact: 'none',
      steps: Array.from({ length: 2000 }, () => ({
        description: 'é'.repeat(2048),
        impact: 'none',
      })),
      effects: Array.from({ length: 2000 }, () => ({
        subject: 's'.repeat(256),
        impact: 'none',
        why: 'y'.repeat(1024),
      })),
      stepCount: 2000,
      effectCount: 2000,
    },
    faults: Array.from({ length: 200 }, () => ({
      code: 'BUG',
      at: 'a'.repeat(512),
      message: 'm'.repeat(4096),
    })),
  }
  const bounded = boundedProgress(progress)
  t.ok(Buffer.byteLength(JSON.stringify(bounded)) < LIMITS.frameToHub)
  t.match(bounded, { plan: { stepCount: 2000, effectCount: 2000 } })
  t.ok((bounded.plan?.steps.length ?? 0) > 10 && (bounded.faults?.length ?? 0) > 10)
  const small = { ...progress, plan: undefined, faults: [] }
  t.strictSame(boundedProgress({ ...small }).faults, [])
  t.end()
})

t.test('a number that was never sent is not believed', (t) => {
  for (const acknowledged of [6, 100, 2 ** 48, Number.MAX_SAFE_INTEGER]) {
    t.match(judgeAnswer(5, ok({ acknowledged })), { is: 'later', why: /was never sent/ })
  }
  t.match(judgeAnswer(5, ok({ acknowledged: 5 })), { is: 'kept', to: 5 })
  t.match(judgeAnswer(5, ok({ acknowledged: 4 })), { is: 'full' })
  for (const [acknowledged, lastSequence, isWrong] of [
    [0, 0, false],
    [812, 0, false],
    [5_000_000, 0, false],
    [810, 812, false],
    [2 ** 32 + 1, 0, true],
    [2 ** 48, 812, true],
    [Number.MAX_SAFE_INTEGER, 2 ** 47, true],
    [LIMITS.sequence + 1, LIMITS.sequence, true],
  ] as const) {
    const wrong = wrongAcknowledgement(acknowledged, lastSequence)
    t.equal(wrong !== null, isWrong, `${acknowledged} after ${lastSequence}`)
  }
  t.end()
})
