import { t } from 'tap'
import { millis, seconds } from '../../../src/core/base/time.js'
import { agentFamilies, type AgentSource } from '../../../src/core/metrics/agent.js'
import type { LightView, PortLight } from '../../../src/core/model/light.js'
import type { Line } from '../../../src/core/model/names.js'
import type { LldpNeighbor } from '../../../src/core/model/state.js'
import { figures, sourceOf } from '../../support/agent/metrics.js'
import {
  healthyAttachment,
  healthyConnection,
  healthyMember,
  healthyPort,
  healthyRouter,
  lacpEnd,
  NO_COUNTERS,
} from '../../support/agent/router-state.js'
import { probed } from '../health/traffic-table.js'

const AT = '2025-01-31T10:20:30.000Z'
const SECONDS = Date.parse(AT) / 1000
const MISSING = 'demarc_connection_redundancy_missing_ports{dl-par}'
const LOST = 'demarc_connection_redundancy_lost_seconds{dl-par,day}'
const EXPECTED = 'demarc_port_lldp_neighbor_expected'

/** The series of these metrics, and no others. */
function shown(source: AgentSource, ...names: readonly string[]): Record<string, number> {
  const all = [...figures(agentFamilies(source))]
  return Object.fromEntries(
    all.filter(([series]) => names.some((name) => series.startsWith(`${name}{`))),
  )
}

t.test('probes: what the newest look measured, small and full-size', (t) => {
  const lost = { loss10: { sent: 10, lost: 1 }, loss60: { sent: 60, lost: 3 } }
  const silent = { ...probed('203.0.113.1', 'silent'), loss10: { sent: 10, lost: 10 } }
  const targets = [
    probed('10.0.0.1', 'answers', { ...lost, fullSize: silent }),
    probed('203.0.113.9', 'never-answered', { lastAnswered: null, roundTripTime: null }),
    probed('203.0.113.8', 'unknown', {
      ...{ loss10: { sent: 0, lost: 0 }, loss60: { sent: 0, lost: 0 }, fullSize: null },
    }),
  ]
  const attachments = [healthyAttachment({ probe: { interval: seconds(1), targets } })]
  const source = sourceOf(healthyRouter({ attachments }))
  t.strictSame(shown(source, 'demarc_probe_up'), {
    'demarc_probe_up{net-a,10.0.0.1,neighbor,small}': 1,
    'demarc_probe_up{net-a,10.0.0.1,neighbor,full}': 0,
    'demarc_probe_up{net-a,203.0.113.9,host,small}': 0,
    'demarc_probe_up{net-a,203.0.113.9,host,full}': 0,
  })
  const near = shown(source, 'demarc_probe_loss_ratio', 'demarc_probe_round_trip_time_seconds')
  t.match(near, {
    'demarc_probe_loss_ratio{net-a,10.0.0.1,neighbor,small,10s}': 0.1,
    'demarc_probe_loss_ratio{net-a,10.0.0.1,neighbor,small,60s}': 0.05,
    'demarc_probe_loss_ratio{net-a,10.0.0.1,neighbor,full,10s}': 1,
    'demarc_probe_round_trip_time_seconds{net-a,10.0.0.1,neighbor,min}': 0.001,
    'demarc_probe_round_trip_time_seconds{net-a,10.0.0.1,neighbor,avg}': 0.002,
    'demarc_probe_round_trip_time_seconds{net-a,10.0.0.1,neighbor,max}': 0.003,
  })
  const strangers = Object.keys(near).filter((series) => series.includes('203.0.113.8'))
  t.strictSame(
    strangers.filter((series) => series.includes('loss')),
    [],
    'nothing was sent',
  )
  const last = shown(source, 'demarc_probe_last_answer_timestamp_seconds')
  t.equal(
    last['demarc_probe_last_answer_timestamp_seconds{net-a,10.0.0.1,neighbor,small}'],
    SECONDS,
  )
  t.notOk(Object.keys(last).some((series) => series.includes('203.0.113.9,host,small')))
  t.end()
})

t.test('counters of an attachment are those of the look, and utilisation is a ratio', (t) => {
  const counters = { ...NO_COUNTERS, inOctets: 5, outPkts: 6, outDiscards: 7 }
  const attachments = [healthyAttachment({ counted: { at: millis(0), counters } })]
  const source = sourceOf(healthyRouter({ attachments }))
  const { health } = source
  const [port, attachment] = [health?.ports['p1'], health?.attachments['net-a']]
  const connection = health?.connections['dl-par']
  if (health === null || port === undefined || attachment === undefined) throw new Error('no part')
  if (connection === undefined) throw new Error('no connection')
  const rates = { inUtilization: 81.5, outUtilization: 0 }
  const busy = {
    ...health,
    ports: { p1: { ...port, rates: { inUtilization: 7 } } },
    connections: { 'dl-par': { ...connection, rates: { outUtilization: 85 } } },
    attachments: { 'net-a': { ...attachment, rates } },
  }
  const names = ['bytes', 'packets', 'discards'].flatMap((what) =>
    ['in', 'out'].map((way) => `demarc_attachment_${way}_${what}_total`),
  )
  t.strictSame(shown(source, ...names), {
    'demarc_attachment_in_bytes_total{net-a,dl-par}': 5,
    'demarc_attachment_out_bytes_total{net-a,dl-par}': 0,
    'demarc_attachment_in_packets_total{net-a,dl-par}': 0,
    'demarc_attachment_out_packets_total{net-a,dl-par}': 6,
    'demarc_attachment_in_discards_total{net-a,dl-par}': 0,
    'demarc_attachment_out_discards_total{net-a,dl-par}': 7,
  })
  const ratios = ['port', 'connection', 'attachment'].map(
    (kind) => `demarc_${kind}_utilization_ratio`,
  )
  t.strictSame(shown({ ...source, health: busy }, ...ratios), {
    'demarc_port_utilization_ratio{p1,in}': 0.07,
    'demarc_connection_utilization_ratio{dl-par,out}': 0.85,
    'demarc_attachment_utilization_ratio{net-a,dl-par,in}': 0.815,
    'demarc_attachment_utilization_ratio{net-a,dl-par,out}': 0,
  })
  t.end()
})

const NO_CHANGE: LightView = { loss: null, step: null, decline: null }
const ENDS = { earliest: '2025-03-01T05:00:00.000Z', latest: null, at: '2025-04-01T05:00:00.000Z' }
const LIGHT: PortLight = {
  inputPower: {
    loss: 2.5,
    step: { light: 'inputPower', lane: 0, at: AT, t: 0, before: -6, after: -9.5 },
    decline: { slope: -0.01, least: -0.02, most: -0.005, days: 90, ends: ENDS },
  },
  outputPower: NO_CHANGE,
  baseline: {
    ...{ at: AT, t: 0, module: { vendor: 'V', vendorPart: 'P', serialNo: 'S' }, temperature: 35 },
    lanes: [{ inputPower: -6, outputPower: -4 }],
  },
  formerBaselines: [],
  flags: [],
  farEnd: {
    ...{ at: AT, receivedAt: AT, from: 'provider', outputPower: null, inputPower: -7 },
    limits: { highAlarm: null, highWarning: null, lowWarning: null, lowAlarm: null },
    ...{ outboundLoss: 4, inboundLoss: null },
  },
}

t.test('light: margins both ways, and what its memory knows', (t) => {
  const ports = [healthyPort('p1', { light: LIGHT })]
  const found = figures(agentFamilies(sourceOf(healthyRouter({ ports }))))
  for (const light of ['inputPower', 'outputPower']) {
    const margin = found.get(`demarc_optic_margin_db{p1,${light}}`) ?? NaN
    t.ok(margin > 0 && margin < 20, `${light} ${margin} dB`)
  }
  const memory = [...found].filter(([series]) =>
    /^demarc_optic_(base|margin_end|sl|st)/.test(series),
  )
  t.strictSame(Object.fromEntries(memory), {
    'demarc_optic_baseline_loss_db{p1,inputPower}': 2.5,
    'demarc_optic_baseline_timestamp_seconds{p1}': SECONDS,
    'demarc_optic_margin_end_timestamp_seconds{p1,inputPower,likely}': 1743465600,
    'demarc_optic_margin_end_timestamp_seconds{p1,inputPower,earliest}': 1740787200,
    'demarc_optic_slope_db_per_day{p1,inputPower,likely}': -0.01,
    'demarc_optic_slope_db_per_day{p1,inputPower,least}': -0.02,
    'demarc_optic_slope_db_per_day{p1,inputPower,most}': -0.005,
    'demarc_optic_step_db{p1,inputPower}': 3.5,
    'demarc_optic_step_timestamp_seconds{p1,inputPower}': SECONDS,
    'demarc_optic_strand_loss_db{p1,outbound}': 4,
  })
  t.end()
})

t.test('the bundle: each port, its partner, and the redundancy that was lost', (t) => {
  const alone = healthyMember('p2', {
    ...{ inAggregate: false, partnerId: '00:00:00:00:00:00', pdus: null },
    actor: lacpEnd({ lacks: ['SYNCHRONIZATION', 'COLLECTING', 'DISTRIBUTING'], has: ['EXPIRED'] }),
  })
  const { lacp } = healthyConnection()
  if (lacp === null) throw new Error('no bundle')
  const members = [healthyMember('p1'), alone]
  const connections = [healthyConnection({ lacp: { ...lacp, members } })]
  const source = sourceOf(healthyRouter({ connections }))
  const states = ['synchronized', 'collecting', 'distributing', 'partner_present']
  const names = states.map((state) => `demarc_lacp_member_${state}`)
  t.strictSame(
    shown(source, ...names),
    Object.fromEntries(
      names.flatMap((name) => [
        [`${name}{dl-par,p1}`, 1],
        [`${name}{dl-par,p2}`, 0],
      ]),
    ),
  )
  t.strictSame(shown(source, 'demarc_lacp_member_pdus_total'), {
    'demarc_lacp_member_pdus_total{dl-par,p1,received}': 20,
    'demarc_lacp_member_pdus_total{dl-par,p1,sent}': 20,
    'demarc_lacp_member_pdus_total{dl-par,p1,unknown}': 0,
    'demarc_lacp_member_pdus_total{dl-par,p1,illegal}': 0,
  })
  // Two looks a minute apart, and one port was missing at the first.
  t.match(shown(source, 'demarc_connection_redundancy_missing_ports'), { [MISSING]: 1 })
  t.match(shown(source, 'demarc_connection_redundancy_lost_seconds'), { [LOST]: 60 })
  const single = sourceOf(healthyRouter({ connections: [healthyConnection({ lacp: null })] }))
  t.strictSame(shown(single, 'demarc_connection_redundancy_lost_seconds', ...names), {})
  t.end()
})

t.test('LLDP: whether the far end is the expected one', (t) => {
  const expectedLldp = { systemName: 'switch' as Line, portId: 'xe1' as Line }
  const far = (portId: string): LldpNeighbor => ({
    ...{ chassisId: '02:00:00:00:00:05', systemName: 'SWITCH', portId, portDescription: null },
  })
  const seen = (lldpNeighbors?: readonly LldpNeighbor[]) => {
    const ports = [
      healthyPort('p1', {
        expectedLldp,
        ...(lldpNeighbors === undefined ? {} : { lldpNeighbors }),
      }),
    ]
    return shown(sourceOf(healthyRouter({ ports })), EXPECTED)[`${EXPECTED}{p1}`]
  }
  t.equal(seen([far('xe1')]), 1)
  t.equal(seen([far('xe2')]), 0)
  t.equal(seen([]), 0, 'no far end')
  t.equal(seen(), undefined, 'lldpd does not answer')
  t.end()
})
