import { readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { t } from 'tap'
import { AGENT_DEFINITIONS, agentFamilies } from '../../../src/core/metrics/agent.js'
import { HUB_DEFINITIONS, hubFamilies } from '../../../src/core/metrics/hub.js'
import { unreadiness } from '../../../src/core/metrics/readiness.js'
import { exposition } from '../../../src/edge/metrics/exposition.js'
import { arbitraryState } from '../../support/agent/arbitrary-state.js'
import { calmStatus, figures, sourceOf } from '../../support/agent/metrics.js'
import { cut } from '../../support/agent/monitor.js'
import {
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  NO_COUNTERS,
  silentFrr,
} from '../../support/agent/router-state.js'

function lint(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text })
  return status === 0 ? '' : `${status}: ${String(stdout)}${String(stderr)}`
}

t.test('a healthy router in figures', async (t) => {
  const found = figures(agentFamilies(sourceOf()))
  const wanted = {
    'demarc_router_severity{par-edge-1}': 0,
    'demarc_router_state{par-edge-1,in-sync}': 1,
    'demarc_router_state{par-edge-1,stuck}': 0,
    'demarc_intent_generation{par-edge-1}': 42,
    'demarc_hub_connected{par-edge-1}': 1,
    'demarc_frr_daemon_reachable{par-edge-1,bgpd}': 1,
    'demarc_port_oper_up{p1}': 1,
    'demarc_port_speed_bytes_per_second{p1}': 1.25e9,
    'demarc_port_in_bytes_total{p1}': 1000,
    'demarc_port_carrier_transitions_total{p2}': 2,
    'demarc_connection_lacp_members_distributing{dl-par}': 2,
    'demarc_neighbor_session_state{net-a,10.0.0.1}': 6,
    'demarc_metrics_dropped_series{}': 0,
    'process_resident_memory_bytes{}': 67_108_864,
  }
  for (const [series, value] of Object.entries(wanted)) t.equal(found.get(series), value, series)
  const findings = [...found.keys()].filter((series) => series.startsWith('demarc_finding{'))
  t.strictSame(findings, [])
  const light = found.get('demarc_optic_input_power_dbm{p1}') ?? NaN
  const lowest = found.get('demarc_optic_input_power_threshold_dbm{p1,lowAlarm}') ?? NaN
  t.ok(lowest < light && light < 3, `${lowest} < ${light} dBm`)
  t.ok((found.get('demarc_optic_laser_bias_current_amperes{p1}') ?? NaN) < 0.2, 'amperes')
})

t.test('a cut shows on every level, with its finding and the cause of the session', (t) => {
  const found = figures(agentFamilies(sourceOf(cut())))
  t.equal(found.get('demarc_router_severity{par-edge-1}'), 3)
  t.equal(found.get('demarc_port_oper_up{p1}'), 0)
  t.equal(found.get('demarc_port_speed_bytes_per_second{p1}'), undefined, 'not known')
  t.equal(found.get('demarc_optic_input_power_dbm{p1}'), undefined, '0 mW has no dBm')
  t.equal(found.get('demarc_finding{port,p1,OPTIC_RX_LOS,critical}'), 1)
  t.equal(found.get('demarc_neighbor_session_up{net-a,10.0.0.1}'), 0)
  t.end()
})

t.test('counters are those of the newest look, not the ten-minute ones of the document', (t) => {
  const counters = { ...NO_COUNTERS, inOctets: 5, outOctets: 6, inErrors: 7, outErrors: 8 }
  const source = {
    ...sourceOf(),
    seen: healthyRouter({ ports: [healthyPort('p1', { counters })] }),
  }
  const found = figures(agentFamilies(source))
  t.equal(found.get('demarc_port_in_bytes_total{p1}'), 5)
  t.equal(found.get('demarc_port_out_errors_total{p1}'), 8)
  t.equal(found.get('demarc_port_in_bytes_total{p2}'), undefined, 'a port the look did not see')
  t.end()
})

t.test('before the first look, and without a hub, what is not known has no series', (t) => {
  const found = figures(agentFamilies({ ...sourceOf(), health: null, hasHub: false, seen: null }))
  t.equal(found.get('demarc_router_severity{par-edge-1}'), 1, 'unknown')
  t.notOk(found.has('demarc_frr_reachable{par-edge-1}'))
  t.notOk(found.has('demarc_hub_connected{par-edge-1}'))
  t.end()
})

t.test(
  'whatever the router is like, promtool finds nothing and no series is there twice',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(arbitraryState, async (state) => {
        const families = [...agentFamilies(sourceOf(state))]
        const names = families.map(({ name }) => name)
        t.strictSame(
          names,
          AGENT_DEFINITIONS.map(({ name }) => name),
        )
        const series = families.flatMap(({ name, labels, samples }) =>
          samples.map((sample) => {
            if (sample.labels.length !== labels.length) throw new Error(`${name} has other labels`)
            if (!Number.isFinite(sample.value)) throw new Error(`${name} is ${sample.value}`)
            return JSON.stringify([name, sample.labels])
          }),
        )
        if (new Set(series).size < series.length) throw new Error('a series is there twice')
      }),
      { numRuns: 25 },
    )
    for (const state of [healthyRouter(), cut()]) {
      t.equal(lint(await exposition(agentFamilies(sourceOf(state)))), '')
    }
    const each = AGENT_DEFINITIONS.map((definition) => ({
      ...definition,
      samples: [{ labels: definition.labels.map(() => 'a'), value: 1 }],
    }))
    t.equal(lint(await exposition(each)), '', 'nor in any metric')
    const hub = hubFamilies({
      ...{ version: '0.1.0', storing: true, process: sourceOf().process },
      routers: [
        {
          ...{ id: 'r1', severity: 'critical', connected: false, lastSeen: '2025-01-31T10:00:00Z' },
          ...{ isDelivered: false, running: 7, reportsMissed: 1, eventsDropped: 2 },
        },
      ],
    })
    t.equal(figures(hub).get('demarc_hub_router_severity{r1}'), 3)
    t.equal(lint(await exposition(hub)), '')
    t.match(
      lint('# TYPE demarc_bits gauge\ndemarc_speed_bits 1\n'),
      /no help text/,
      'it does check',
    )
  },
)

t.test('too many series: the first stay, the others are counted', async (t) => {
  const neighbors = Array.from({ length: 50 }, (_, i) =>
    healthyNeighbor({ address: `10.0.${i}.1` }),
  )
  const families = agentFamilies(sourceOf(healthyRouter({ neighbors })), 200)
  const found = figures(families)
  t.equal(found.size, 201, 'the limit, and the count of what is missing')
  t.equal(found.get('demarc_router_severity{par-edge-1}'), 0)
  t.equal(found.get('demarc_port_oper_up{p1}'), 1)
  const all = figures(agentFamilies(sourceOf(healthyRouter({ neighbors })))).size
  t.equal(found.get('demarc_metrics_dropped_series{}'), all - 201)
})

t.test('ready: the intent is in force, and FRR and the kernel answer', (t) => {
  const source = { status: calmStatus(), health: sourceOf().health, lookAge: 4, lookAgeMax: 25 }
  const without = calmStatus({ running: null, state: 'no-intent' })
  const silent = sourceOf(healthyRouter({ frr: silentFrr('no answer within 30 s') })).health
  const seen = { ...healthyRouter().seen, links: { at: null, fault: 'no answer' } }
  const unread = sourceOf(healthyRouter({ seen })).health
  t.strictSame(unreadiness(source), [])
  t.strictSame(unreadiness({ ...source, status: calmStatus({ state: 'provisional' }) }), [])
  t.strictSame(unreadiness({ ...source, status: without }), ['no intent runs'])
  t.match(unreadiness({ ...source, status: calmStatus({ state: 'stuck' }) }), [/force: stuck/])
  t.match(unreadiness({ ...source, health: null }), [/not looked at yet/])
  t.match(unreadiness({ ...source, lookAge: 26 }), [/last look was 26 s ago/])
  t.match(unreadiness({ ...source, health: silent }), [/FRR does not answer/])
  t.match(unreadiness({ ...source, health: unread }), [/kernel or the host/])
  const hub = { ...calmStatus().hub, connected: false }
  t.strictSame(unreadiness({ ...source, status: calmStatus({ hub }) }), [], 'no hub')
  t.end()
})

t.test('the page lists every metric once', (t) => {
  const page = readFileSync('docs/metrics.md', 'utf8')
  const names = new Set([...AGENT_DEFINITIONS, ...HUB_DEFINITIONS].map(({ name }) => name))
  for (const name of names) t.equal(page.split(`| \`${name}\``).length, 2, name)
  t.end()
})
