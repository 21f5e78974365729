import fc from 'fast-check'
import t from 'tap'
import { renderHistory, renderProgress } from '../../src/cli/render/change.js'
import {
  renderAttachments,
  renderConnections,
  renderFindings,
} from '../../src/cli/render/health.js'
import { localTime, shortTime, span } from '../../src/cli/render/time.js'
import { renderEvent, watchLine } from '../../src/cli/watch/lines.js'
import { millis, seconds } from '../../src/core/base/time.js'
import { assess } from '../../src/core/health/assess.js'
import { healthDocument } from '../../src/core/health/document.js'
import { NO_HISTORY } from '../../src/core/health/rules/history.js'
import type { ChangeProgress } from '../../src/core/wire/messages.js'
import { cut } from '../support/agent/monitor.js'

const AT = '2026-11-29T17:23:36.512Z'
const later = (by: number) => new Date(Date.parse(AT) + by).toISOString()

t.test('a duration has one form', (t) => {
  const table: readonly (readonly [number, string])[] = [
    [-5, '0 s'],
    [0.04, '0 s'],
    [0.44, '0.4 s'],
    [9.96, '10 s'],
    [42.4, '42 s'],
    [59.7, '1 min'],
    [83, '1 min 23 s'],
    [3600, '1 h'],
    [3605, '1 h'],
    [7500, '2 h 5 min'],
    [183_600, '2 d 3 h'],
    [31_536_010, '365 d'],
  ]
  for (const [duration, text] of table) t.equal(span(seconds(duration)), text, `${duration} s`)
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), (duration) =>
      /^(\d+(\.\d)? s|\d+ (d|h|min)( \d+ (h|min|s))?)$/.test(span(seconds(duration))),
    ),
  )
  t.end()
})

t.test('an instant is shown in the time zone of the terminal', (t) => {
  t.match(localTime(AT), /^2026-11-\d\d \d\d:\d\d:36$/)
  t.match(shortTime(AT, new Date(AT)), /^\d\d:\d\d:36$/)
  t.equal(shortTime(AT, new Date('2026-12-24T12:00:00Z')), localTime(AT), 'with the date')
  t.equal(localTime('never'), 'never')
  t.end()
})

const change: ChangeProgress = {
  change: '3b241101-e2bb-4255-8caf-4136c566a962',
  generation: 123_456,
  digest: 'a'.repeat(64),
  phase: 'rolled-back',
  at: later(30_000),
  phases: (['planned', 'applying', 'provisional', 'rolling-back', 'rolled-back'] as const).map(
    (phase, step) => ({ phase, at: later(step * 7000) }),
  ),
  faults: [
    {
      code: 'CHANGE_UNHEALTHY',
      at: 'bgp:net-a/10.0.0.1',
      message: `it was up before the change and did not come back ${'for long '.repeat(30)}`,
    },
  ],
}

t.test('a history fits 120 columns and shows the phases and the reason', (t) => {
  const lines = renderHistory([change, change]).split('\n')
  t.ok(lines.every((line) => line.length <= 120))
  t.match(lines[1], / 123456 +rolled-back$/)
  t.match(lines[2], /^ {4}planned, applying after 7 s, provisional after 14 s, /)
  t.match(lines[3], /^ {4}bgp:net-a\/10\.0\.0\.1: it was up/)
  t.equal(renderHistory([]), 'No change yet.')
  t.end()
})

t.test(
  'a clock that was set during a change makes no duration of a year, or of less than nothing',
  (t) => {
    for (const jump of [365 * 86_400_000, -86_400_000]) {
      const phases = [
        { phase: 'planned', at: AT },
        { phase: 'confirmed', at: later(jump) },
      ] as const
      t.match(renderHistory([{ ...change, phases: [...phases] }]), /^ {4}planned, confirmed$/m)
    }
    t.end()
  },
)

t.test('the lines of watch are aligned', (t) => {
  const event = { at: AT, kind: 'port', name: 'p1', code: 'X', message: 'no link.' } as const
  const lines = [
    renderEvent({ ...event, severity: 'ok' }),
    renderEvent({ ...event, severity: 'critical' }),
    watchLine(AT, 'change', 'c1  generation 1  planned'),
    watchLine(AT, 'health', 'router is ok'),
  ]
  for (const line of lines) t.match(line, /^\S{10} \S{8} {2}[a-z ]{8} {2}\S/)
  t.end()
})

t.test('no screen has a time as a machine writes it', (t) => {
  const provisional = { ...change, phase: 'provisional', until: later(120_000) } as const
  t.notMatch(renderProgress(provisional), /\dT\d/)
  t.notMatch(renderHistory([provisional]), /\dT\d/)
  t.end()
})

t.test('subjects that wait for the same cause share one line', (t) => {
  const first = assess(cut(), NO_HISTORY, millis(0))
  const { verdicts } = assess(cut(), first.history, millis(60_000))
  const lines = renderFindings(healthDocument(cut(), verdicts, null)).split('\n')
  t.match(lines, [
    /^ {2}critical {2}port p1: p1 receives no light/,
    /^ {2}critical {2}port p2: p2 receives no light/,
    /^ {2}unknown {3}connection dl-par, attachment net-a, neighbor net-a\/10\.0\.0\.1: blocked by port p1, see above/,
  ])
  t.equal(lines.length, 3)
  t.end()
})

t.test('the facts of a provider are shown below their table', (t) => {
  const circuit = {
    ids: [{ name: 'dxcon', value: 'dxcon-1' }],
    loa: { cabinet: 'rack 14', panel: 'PP-07' },
    bandwidth: 1000,
    redundancyGroup: 'par',
    notes: 'ordered on 1 March',
  }
  const health = {
    connections: { 'dl-par': { circuit }, 'dl-lon': {} },
    attachments: { 'net-a': { circuit: { ids: [{ name: 'dxvif', value: '\u001b[2J' }] } } },
  }
  t.equal(
    renderConnections(health).split('\n').at(-1),
    'dl-par: dxcon dxcon-1, bandwidth 1000 Mb/s, cabinet rack 14, panel PP-07, redundancy group par, notes ordered on 1 March',
  )
  t.equal(renderConnections({ connections: { 'dl-lon': {} } }).split('\n').length, 2)
  t.notMatch(renderAttachments(health), /\u001b/, 'another version may have let anything pass')
  t.end()
})

t.test('states are shown with the word of the provider, since when, and why', (t) => {
  const lifecycleSince = AT
  const since = localTime(AT)
  const health = {
    connections: {
      'dl-par': { lifecycle: 'available', providerState: 'ACTIVE', lifecycleSince },
    },
    attachments: {
      'net-a': { lifecycle: 'rejected', lifecycleSince, lifecycleReason: 'Wrong \u001b[2J.' },
      'net-b': { lifecycle: 'available', providerState: 'available', lifecycleSince },
    },
    removed: {
      'attachment/net-c': { lifecycle: 'deleted', lifecycleSince, lifecycleReason: 'Gone.' },
    },
  }
  t.ok(renderConnections(health).includes(`available (ACTIVE)  ${since}`))
  t.equal(renderConnections(health).split('\n').length, 2)
  const lines = renderAttachments(health).split('\n')
  t.notMatch(lines.join('\n'), /available \(|\u001b/)
  t.match(lines.slice(-2), [
    `net-a: rejected since ${since}. Wrong`,
    `net-c: deleted since ${since}. Gone.`,
  ])
  t.end()
})
