import { readFileSync } from 'node:fs'
import t from 'tap'
import { millis } from '../../../src/core/base/time.js'
import type { SubjectKind, Verdict } from '../../../src/core/model/health.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { assess } from '../../../src/core/health/assess.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import { ATTACHMENT_RULES, PROTECTION_RULES } from '../../../src/core/health/rules/attachment.js'
import { CONNECTION_RULES } from '../../../src/core/health/rules/connection.js'
import { NEIGHBOR_RULES, SESSION_RULES } from '../../../src/core/health/rules/neighbor.js'
import { LIGHT_RULES } from '../../../src/core/health/rules/light.js'
import { OPTIC_RULES } from '../../../src/core/health/rules/optic.js'
import { PORT_RULES } from '../../../src/core/health/rules/port.js'
import {
  ATTACHMENT_ROUTE_RULES,
  CONNECTION_ROUTE_RULES,
  ROUTE_RULES,
} from '../../../src/core/health/rules/routes.js'
import { ROUTER_RULES } from '../../../src/core/health/rules/router.js'
import {
  PORT_TRAFFIC_RULES,
  TRAFFIC_RULES,
  TRUNK_TRAFFIC_RULES,
} from '../../../src/core/health/traffic/rules.js'
import { CAUSES } from '../../../src/core/health/session/terms.js'
import type { Rule } from '../../../src/core/health/rules/rule.js'
import { healthyRouter, moduleIn } from '../../support/agent/router-state.js'
import { ROUTE_TABLE } from './route-table.js'
import { ROUTER_TABLE } from './router-table.js'
import { ATTACHMENT_TABLE, PORT_TABLE, withModule, withPort } from './rule-tables.js'
import { CONNECTION_TABLE } from './bundle/connection-table.js'
import { LIGHT_TABLE } from './light-table.js'
import { NEIGHBOR_TABLE } from './neighbor-table.js'
import { TRAFFIC_TABLE } from './traffic-table.js'

const TABLES = [
  PORT_TABLE,
  LIGHT_TABLE,
  CONNECTION_TABLE,
  ATTACHMENT_TABLE,
  NEIGHBOR_TABLE,
  ROUTE_TABLE,
  ROUTER_TABLE,
  TRAFFIC_TABLE,
]

const ALL_RULES: readonly Omit<Rule<never>, 'test'>[] = [
  ...PORT_RULES,
  ...OPTIC_RULES,
  ...LIGHT_RULES,
  ...CONNECTION_RULES,
  ...ATTACHMENT_RULES,
  ...PROTECTION_RULES,
  ...TRAFFIC_RULES,
  ...TRUNK_TRAFFIC_RULES,
  ...PORT_TRAFFIC_RULES,
  ...NEIGHBOR_RULES,
  ...SESSION_RULES,
  ...ROUTE_RULES,
  ...ATTACHMENT_ROUTE_RULES,
  ...CONNECTION_ROUTE_RULES,
  ...ROUTER_RULES,
]

/** Long past every holding time. */
const LATER = 100_000

function settled(state: RouterState): readonly Verdict[] {
  const first = assess(state, NO_HISTORY, millis(0))
  return assess(state, first.history, millis(LATER)).verdicts
}

function codes(state: RouterState, kind: SubjectKind, name: string): string[] {
  const verdict = settled(state).find((one) => one.kind === kind && one.name === name)
  return verdict?.findings.map(({ code, severity }) => `${severity} ${code}`) ?? ['no verdict']
}

t.test('nothing is wrong with a healthy router', (t) => {
  for (const { kind, name, severity, lifecycle, findings } of settled(healthyRouter())) {
    t.strictSame(
      { severity, lifecycle, findings },
      {
        severity: 'ok',
        lifecycle: 'available',
        findings: [],
      },
      `${kind} ${name}`,
    )
  }
  t.end()
})

t.test('each thing that can be wrong with a port has its finding', (t) => {
  for (const [what, state, findings] of [...PORT_TABLE, ...LIGHT_TABLE]) {
    t.strictSame(codes(state, 'port', 'p1'), findings, what)
  }
  t.end()
})

t.test('a module’s remark is a doubt', (t) => {
  const optic = moduleIn()
  if (optic.state !== 'present') throw new Error('not present')
  const state = withPort({
    optic: { ...optic, remarks: ['A0h checksum CC_EXT (byte 95) is wrong'] },
  })
  t.strictSame(codes(state, 'port', 'p1'), ['unknown OPTIC_EEPROM_INVALID'])
  t.end()
})

const none = [null, null, null, null] as const

t.test('where a module sets no limit, the standard’s figure warns and says so', (t) => {
  const state = withModule({
    thresholds: { inputPower: none },
    readings: { inputPower: -15 },
    rxLos: false,
  })
  t.strictSame(codes(state, 'port', 'p1'), ['warning OPTIC_RX_LOW_WARNING'])
  const [finding] = settled(state).find(({ name }) => name === 'p1')?.findings ?? []
  t.equal(
    finding?.message,
    "p1: received light is -15.00 dBm, below the -14.40 dBm of 10GBASE-LR (IEEE 802.3 clause 52; the module has no alarm limit that can be used): clean and check the fibre, its connectors and the far end's launch power.",
  )
  const lx = { kind: '1000BASE-LX', thresholds: { inputPower: none, outputPower: none } } as const
  const slow = { speed: 1000, expectedOptic: '1000BASE-LX' }
  t.strictSame(codes(withModule({ ...lx, readings: { inputPower: -15 } }, slow), 'port', 'p1'), [])
  t.strictSame(
    codes(
      withModule({ ...lx, readings: { inputPower: -20, outputPower: -2 } }, slow),
      'port',
      'p1',
    ),
    ['warning OPTIC_RX_LOW_WARNING', 'warning OPTIC_TX_HIGH_WARNING'],
  )
  t.end()
})

t.test('where a module sets no limit but raises its flag, the flag counts', (t) => {
  const optic = moduleIn({ readings: { temperature: 80 } })
  if (optic.state !== 'present' || optic.diagnostics === null) throw new Error('no diagnostics')
  const diagnostics = { ...optic.diagnostics, thresholds: null }
  const state = withPort({ optic: { ...optic, diagnostics } })
  t.strictSame(codes(state, 'port', 'p1'), ['critical OPTIC_TEMPERATURE_HIGH'])
  t.end()
})

t.test('each thing that can be wrong with a connection has its finding', (t) => {
  for (const [what, state, findings] of CONNECTION_TABLE) {
    t.strictSame(codes(state, 'connection', 'dl-par'), findings, what)
  }
  t.end()
})

t.test('each thing that can be wrong with an attachment has its finding', (t) => {
  for (const [what, state, findings] of [...ATTACHMENT_TABLE, ...TRAFFIC_TABLE]) {
    t.strictSame(codes(state, 'attachment', 'net-a'), findings, what)
  }
  t.end()
})

t.test('each thing that can be wrong with a neighbour has its finding', (t) => {
  for (const [what, state, findings] of [...NEIGHBOR_TABLE, ...ROUTE_TABLE]) {
    t.strictSame(codes(state, 'neighbor', 'net-a/10.0.0.1'), findings, what)
  }
  t.end()
})

t.test('each thing that can be wrong with the router itself has its finding', (t) => {
  for (const [what, state, findings] of ROUTER_TABLE) {
    t.strictSame(codes(state, 'router', 'par-edge-1'), findings, what)
  }
  t.end()
})

/** Codes of events that are no findings. */
const HAPPENS = [
  'DRIFT',
  'LIFECYCLE',
  'CARRIER_FLAPPED',
  'SESSION_FLAPPED',
  'SESSION_LOST',
  'OPTIC_CHANGED',
  'LACP_PARTNER_CHANGED',
  'LLDP_NEIGHBOR_CHANGED',
  'NEIGHBOR_CLEARED',
].map((code) => `\`${code}\``)

t.test('docs/health.md lists every rule as it is', (t) => {
  const text = readFileSync('docs/health.md', 'utf8')
  const cells = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  const rows = new Map(cells.map((row) => [row[1] ?? '', [...row.slice(2, 5), row[6]]]))
  for (const { code, severity, raiseAfter, clearAfter, suppressedBy, needsLower } of ALL_RULES) {
    const causes = [
      ...(needsLower ? ['what is below'] : []),
      ...suppressedBy.map((cause) => `\`${cause}\``),
    ]
    t.strictSame(
      rows.get(`\`${code}\``),
      [
        severity,
        `${raiseAfter / 1000} s`,
        `${clearAfter / 1000} s`,
        causes.length === 0 ? '–' : causes.join(', '),
      ],
      code,
    )
  }
  const documented = [...rows.keys()].filter((code) => /^`[A-Z_]+`$/.test(code))
  const others = new Set([...HAPPENS, ...Object.keys(CAUSES).map((code) => `\`${code}\``)])
  t.strictSame(
    documented.filter(
      (code) => !others.has(code) && !ALL_RULES.some((rule) => code === `\`${rule.code}\``),
    ),
    [],
    'every code of the page exists',
  )
  t.end()
})

t.test('every rule of the tables is shown by a row above, and no code is used twice', (t) => {
  const all = ALL_RULES.map((rule) => rule.code)
  const rows = TABLES.flatMap((table) => table.flatMap(([, , findings]) => findings))
  const shown = new Set(rows.map((finding) => finding.split(' ')[1] ?? ''))
  const elsewhere = [
    'PORT_ERRORS',
    'LACP_REDUNDANCY_UNSTABLE',
    'CONTROL_FRAMES_DROPPED',
    'STORM_LIMITED',
    'TRAFFIC_ONE_WAY',
    'TRAFFIC_UTILIZATION',
    'CONNECTION_UTILIZATION',
    'PORT_UTILIZATION',
    'ROUTES_COLLAPSED',
  ]
  t.strictSame(
    all.filter((code) => !shown.has(code)),
    elsewhere,
    'tested on their own',
  )
  t.equal(new Set(all).size, all.length)
  const hiders = ALL_RULES.flatMap((rule) => rule.suppressedBy)
  t.strictSame(
    hiders.filter((code) => !all.includes(code)),
    [],
    'every code that hides exists',
  )
  t.end()
})

t.test('every sentence names its subject, ends with a full stop and fits the wire', (t) => {
  for (const [what, state] of TABLES.flat()) {
    for (const { message } of settled(state).flatMap(({ findings }) => findings)) {
      t.match(message, /^[\x20-\x7e°]+[.]$/, `${what}: ${message}`)
      t.ok(message.length <= 1024)
    }
  }
  t.end()
})
