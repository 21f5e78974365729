import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { t, type Test } from 'tap'
import * as z from 'zod'
import { AGENT_DEFINITIONS } from '../../src/core/metrics/agent.js'
import { HUB_DEFINITIONS } from '../../src/core/metrics/hub.js'

/** The alert rules and the dashboard in `config/`, judged by Prometheus's own tool. */

const RULES = resolve('config/prometheus/demarc.rules.yml')
const DASHBOARD = resolve('config/grafana/demarc.json')

function promtool(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

interface Case {
  /** Series → values, one each 30 s (promtool's notation). */
  readonly sick: Readonly<Record<string, string>>
  /** Another state for which it fires. */
  readonly sickToo?: Readonly<Record<string, string>>
  readonly well: Readonly<Record<string, string>>
}

const OPTIC = 'demarc_optic_input_power_dbm{instance="a",port="p1"}'
const LIMIT = 'demarc_optic_input_power_threshold_dbm{instance="a",port="p1",level="lowWarning"}'
const UP = 'demarc_neighbor_session_up{attachment="n",neighbor="10.0.0.1"}'
const WANTED = 'demarc_neighbor_session_wanted{attachment="n",neighbor="10.0.0.1"}'
const CAME_UP = 'demarc_neighbor_established_transitions_total{neighbor="10.0.0.1"}'
const [RECEIVED, MOST] = ['received', 'limit'].map(
  (what) => `demarc_neighbor_prefixes_${what}{neighbor="10.0.0.1",family="ipv4-unicast"}`,
) as [string, string]
const [MISSING, MEMBERS, SENDING] = [
  'redundancy_missing_ports',
  'lacp_members',
  'lacp_members_distributing',
].map((what) => `demarc_connection_${what}{connection="c"}`) as [string, string, string]
const TARGET = 'attachment="n",target="10.0.0.1",kind="neighbor",size="small"'
const PROBE_UP = `demarc_probe_up{${TARGET}}`
const PROBE_LOSS = `demarc_probe_loss_ratio{${TARGET},window="60s"}`
const STEP = 'demarc_optic_step_db{port="p1",light="inputPower"}'
const MARGIN_END =
  'demarc_optic_margin_end_timestamp_seconds{port="p1",light="inputPower",estimate="likely"}'
const finding = (code: string) =>
  `demarc_finding{kind="attachment",name="n",code="${code}",severity="critical"}`

/** What each alert fires for, and a state near to it for which it is silent. */
const CASES: Readonly<Record<string, Case>> = {
  DemarcDown: { sick: { 'up{job="demarcd"}': '0x120' }, well: { 'up{job="demarcd"}': '1x120' } },
  DemarcRouterCritical: severity('demarc_router_severity', 3, 2),
  DemarcRouterWarning: severity('demarc_router_severity', 2, 1),
  DemarcNotObserved: {
    sick: { 'demarc_router_observed_timestamp_seconds{router="r"}': '0x120' },
    well: { 'demarc_router_observed_timestamp_seconds{router="r"}': '0+30x120' },
  },
  DemarcIntentNotInForce: {
    sick: { 'demarc_router_state{router="r",state="stuck"}': '1x120' },
    well: { 'demarc_router_state{router="r",state="applying"}': '1x120' },
  },
  DemarcChangeNotConfirmed: {
    sick: { 'demarc_change_deadline_timestamp_seconds{router="r"}': '3660x120' },
    well: { 'demarc_change_deadline_timestamp_seconds{router="r"}': '4200x120' },
  },
  DemarcSessionDown: {
    sick: { [UP]: '0x120', [WANTED]: '1x120' },
    well: { [UP]: '0x120', [WANTED]: '0x120' },
  },
  DemarcSessionFlaps: { sick: { [CAME_UP]: '1+1x120' }, well: { [CAME_UP]: '1x60 2x60' } },
  DemarcPrefixLimitNear: {
    sick: { [RECEIVED]: '95x120', [MOST]: '100x120' },
    well: { [RECEIVED]: '85x120', [MOST]: '100x120' },
  },
  DemarcRedundancyLost: {
    sick: { [MISSING]: '1x120', [MEMBERS]: '1x120', [SENDING]: '1x120' },
    sickToo: { [MISSING]: '0x120', [MEMBERS]: '2x120', [SENDING]: '1x120' },
    well: { [MISSING]: '0x120', [MEMBERS]: '2x120', [SENDING]: '2x120' },
  },
  DemarcRedundancyUnsteady: {
    sick: { 'demarc_connection_redundancy_losses{connection="c",span="day"}': '4x120' },
    well: { 'demarc_connection_redundancy_losses{connection="c",span="week"}': '4x120' },
  },
  DemarcTrafficLost: {
    sick: { [finding('TRAFFIC_BLACK_HOLE')]: '1x120' },
    well: { [finding('TRAFFIC_TARGET_SILENT')]: '1x120' },
  },
  DemarcTrafficLoss: {
    sick: { [PROBE_LOSS]: '0.1x120', [PROBE_UP]: '1x120' },
    well: { [PROBE_LOSS]: '1x120', [PROBE_UP]: '0x120' },
  },
  DemarcLightLow: {
    sick: { [OPTIC]: '-13.5x120', [LIMIT]: '-14x120' },
    well: { [OPTIC]: '-12.5x120', [LIMIT]: '-14x120' },
  },
  DemarcLightMarginSmall: severity('demarc_optic_margin_db', 0.5, 1.5),
  DemarcLightFell: {
    sick: { [STEP]: '3.1x120' },
    well: { [STEP]: '3.1x60' },
  },
  DemarcLightMarginEnds: {
    sick: { [MARGIN_END]: `${3600 + 29 * 86_400}x240` },
    well: { [MARGIN_END]: `${3600 + 31 * 86_400}x240` },
  },
  DemarcPortErrors: {
    sick: { 'demarc_port_in_errors_total{port="p1"}': '0+60x120' },
    well: { 'demarc_port_in_errors_total{port="p1"}': '60x120' },
  },
  DemarcHubAway: severity('demarc_hub_connected', 0, 1),
  DemarcSeriesDropped: severity('demarc_metrics_dropped_series', 1, 0),
  DemarcHubRouterCritical: severity('demarc_hub_router_severity', 3, 2),
  DemarcHubRouterAway: severity('demarc_hub_router_connected', 0, 1),
  DemarcHubIntentWaits: severity('demarc_hub_router_intent_delivered', 0, 1),
  DemarcHubNotStoring: severity('demarc_hub_storing', 0, 1),
}

function severity(metric: string, sick: number, well: number): Case {
  const series = `${metric}{router="r"}`
  return { sick: { [series]: `${sick}x120` }, well: { [series]: `${well}x120` } }
}

/** A test of promtool: after an hour of this, `count(ALERTS{…, alertstate="firing"})` is 1, or nothing. */
function ruleTest(alert: string, series: Readonly<Record<string, string>>, fires: boolean): object {
  return {
    name: `${alert} ${fires ? 'fires' : 'is silent'}`,
    interval: '30s',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
        eval_time: '1h',
        exp_samples: fires ? [{ labels: '{}', value: 1 }] : [],
      },
    ],
  }
}

/** Runs promtool on these tests; JSON is YAML. */
function runTests(t: Test, tests: readonly object[]) {
  const file = join(t.testdir(), 'rules.test.json')
  const all = { rule_files: [RULES], evaluation_interval: '30s', tests }
  writeFileSync(file, JSON.stringify(all))
  return promtool('test', 'rules', file)
}

t.test('each alert fires for what it is for, and is silent for what is near to it', (t) => {
  const names = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  t.strictSame(new Set(names), new Set(Object.keys(CASES)), 'each has its case')
  t.match(promtool('check', 'rules', RULES), { status: 0 })
  const tests = Object.entries(CASES).flatMap(([alert, { sick, sickToo, well }]) => [
    ruleTest(alert, sick, true),
    ...(sickToo === undefined ? [] : [ruleTest(alert, sickToo, true)]),
    ruleTest(alert, well, false),
  ])
  t.match(runTests(t, tests), { status: 0, output: /SUCCESS/ })
  const wrong = ruleTest('DemarcHubNotStoring', CASES['DemarcHubNotStoring']?.sick ?? {}, false)
  t.match(runTests(t, [wrong]), { status: 1, output: /FAILED/ }, 'the tool does compare')
  t.end()
})

const KNOWN = new Set(
  [...AGENT_DEFINITIONS, ...HUB_DEFINITIONS, { name: 'up' }].map(({ name }) => name),
)

/** Metrics in a query or a rule that do not exist. */
function strangers(text: string): readonly string[] {
  const found = [...text.matchAll(/\b(?:demarc|process)_[a-z0-9_]+/g)].map(([name]) => name)
  return found.filter((name) => !KNOWN.has(name))
}

const Panel = z.looseObject({
  id: z.int().min(1),
  type: z.enum(['table', 'timeseries', 'stat', 'row']),
  title: z.string().min(1),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }),
  gridPos: z.object({
    ...{ h: z.int().min(1), w: z.int().min(1).max(24) },
    ...{ x: z.int().min(0).max(23), y: z.int().min(0) },
  }),
  targets: z
    .array(z.looseObject({ expr: z.string().min(1), refId: z.string().regex(/^[A-Z]$/) }))
    .min(1),
})

/** What Grafana needs of a dashboard file (its JSON model), as far as this one uses it. */
const Dashboard = z.looseObject({
  title: z.string(),
  uid: z.string().max(40),
  schemaVersion: z.int().min(36),
  editable: z.boolean(),
  time: z.object({ from: z.string(), to: z.string() }),
  templating: z.object({
    list: z.array(
      z.looseObject({
        name: z.string(),
        type: z.enum(['datasource', 'query']),
        query: z.unknown(),
      }),
    ),
  }),
  panels: z.array(Panel).min(1),
})

const dashboard = () => Dashboard.parse(JSON.parse(readFileSync(DASHBOARD, 'utf8')))

/** Every query of the dashboard, with a figure for each of its variables. */
function queries(): readonly string[] {
  return dashboard().panels.flatMap(({ targets }) =>
    targets.map(({ expr }) =>
      expr.replaceAll('$__rate_interval', '5m').replaceAll('$router', '.*'),
    ),
  )
}

t.test('rules and dashboard name only metrics that exist', (t) => {
  t.strictSame(strangers('rate(demarc_port_in_octets_total[5m])'), ['demarc_port_in_octets_total'])
  const known = readFileSync(RULES, 'utf8').replaceAll('demarc_rules', '')
  t.strictSame(strangers(known), [])
  t.strictSame(strangers(queries().join('\n')), [])
  t.end()
})

t.test('the dashboard is one, its panels do not overlap, and Prometheus takes each query', (t) => {
  const { panels } = dashboard()
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  for (const [i, { gridPos: a, title }] of panels.entries()) {
    t.ok(a.x + a.w <= 24, `${title} fits`)
    for (const { gridPos: b } of panels.slice(i + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y
      t.ok(apart, title)
    }
  }
  const file = join(t.testdir(), 'queries.json')
  const rules = queries().map((expr, i) => ({ record: `query_${i}`, expr }))
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules }] }))
  t.match(promtool('check', 'rules', file), { status: 0, output: `${rules.length} rules found` })
  t.end()
})
