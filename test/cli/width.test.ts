import fc from 'fast-check'
import t from 'tap'
import {
  renderAttachments,
  renderBgp,
  renderConnections,
  renderFindings,
  renderPorts,
} from '../../src/cli/render/health.js'
import { renderRung } from '../../src/cli/doctor/render.js'
import { renderAudit } from '../../src/cli/render/audit.js'
import { renderLacp } from '../../src/cli/render/lacp.js'
import { renderLldp } from '../../src/cli/render/lldp.js'
import { renderOptics } from '../../src/cli/render/optics/screen.js'
import { renderTraffic } from '../../src/cli/render/traffic.js'
import { table } from '../../src/cli/render/table.js'
import { millis } from '../../src/core/base/time.js'
import { assess } from '../../src/core/health/assess.js'
import { healthDocument } from '../../src/core/health/document.js'
import { NO_HISTORY } from '../../src/core/health/rules/history.js'
import type { HealthReading } from '../../src/core/wire/health-reading.js'
import { arbitraryReading } from '../support/agent/arbitrary-reading.js'
import { arbitraryState } from '../support/agent/arbitrary-state.js'
import {
  healthyConnection,
  healthyMember,
  healthyRouter,
  lacpEnd,
} from '../support/agent/router-state.js'

/** No line of a screen is longer. */
const COLUMNS = 120

const widest = (text: string): number =>
  Math.max(...text.split('\n').map((line) => Array.from(line).length))

t.test('a table fits 120 columns whatever its cells hold, and loses none of it', (t) => {
  const cell = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 60 }))
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 11 })
        .chain((columns) =>
          fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 5 }),
        ),
      (rows) => {
        const head = (rows[0] ?? ['title']).map(() => 'title')
        return widest(table(head, rows)) <= COLUMNS
      },
    ),
  )
  const words = Array.from({ length: 90 }, (_, at) => `word${at}`)
  const shown = table(['a', 'b'], [['x', words.join(' ')]])
  t.strictSame(shown.match(/word\d+/g), words)
  t.match(shown, /^A {2}B\nx {2}word0 word1/)
  t.end()
})

/** Every screen that is made from the health. */
const RENDERERS: Readonly<Record<string, (health: HealthReading) => string>> = {
  ports: renderPorts,
  optics: (health) => renderOptics(health, millis(0)),
  traffic: (health) => renderTraffic(health, new Date(0)),
  lacp: renderLacp,
  lldp: renderLldp,
  connections: renderConnections,
  attachments: renderAttachments,
  bgp: (health) => renderBgp(health, millis(0)),
  findings: renderFindings,
}

/** The screens with a line that is too wide, or that a terminal would obey. */
function unfit(health: HealthReading): readonly string[] {
  return Object.entries(RENDERERS).flatMap(([name, render]) => {
    const text = render(health)
    const isFit = widest(text) <= COLUMNS && !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text)
    return isFit ? [] : [name]
  })
}

t.test('no screen of the health is wider than 120 columns', (t) => {
  fc.assert(
    fc.property(arbitraryState, (state) => {
      const { verdicts } = assess(state, NO_HISTORY, millis(0))
      return unfit(healthDocument(state, verdicts, null)).length === 0
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('nor is one of an agent of another version, whatever it says', (t) => {
  fc.assert(
    fc.property(arbitraryReading, (health) => {
      const wide = unfit(health)
      if (wide.length > 0) throw new Error(wide.join(', '))
    }),
    { numRuns: 100 },
  )
  t.end()
})

t.test('nor are the audit and the rungs of the doctor', (t) => {
  const text = fc.lorem({ maxCount: 80 })
  fc.assert(
    fc.property(text, text, (name, detail) => {
      const actor = { kind: 'user', name } as const
      const record = { at: name, actor, from: name, action: name, router: null, detail }
      const rung = { at: name, rung: 'session', place: 'net-a', text: detail } as const
      const shown = [
        renderAudit([{ ...record, outcome: 'done' }]),
        renderRung({ ...rung, state: 'failed' }),
      ]
      return shown.every((each) => widest(each) <= COLUMNS)
    }),
  )
  t.end()
})

t.test('both ends of a bundle are shown in words', (t) => {
  const connection = healthyConnection()
  const members = [
    healthyMember('p1'),
    healthyMember('p2', {
      actor: lacpEnd({ has: ['TIMEOUT', 'EXPIRED'], lacks: ['ACTIVITY'] }),
      partner: lacpEnd({ lacks: ['SYNCHRONIZATION', 'DISTRIBUTING'] }),
    }),
  ]
  const lacp = connection.lacp === null ? null : { ...connection.lacp, members }
  const state = healthyRouter({ connections: [{ ...connection, lacp }] })
  const { verdicts } = assess(state, NO_HISTORY, millis(0))
  const shown = renderLacp(healthDocument(state, verdicts, null))
  t.match(shown, /^dl-par: 2 of 2 in aggregate, key 15, partner 02:00:00:00:00:aa key 15\n/)
  t.match(shown, /p1 +actor +15 +1 +active slow +none +sent 20 +up\n/)
  t.match(shown, / +partner +02:00:00:00:00:aa +15 +1 +active slow +none +received 20 +up\n/)
  t.match(shown, /p2 +actor .*passive fast +none +sent 20 +expired\n/)
  t.match(shown, /received 20 +no synchronization, no distributing/)
  t.equal(renderLacp({}), 'No connection is a bundle.')
  t.end()
})
