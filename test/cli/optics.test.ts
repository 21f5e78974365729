import t from 'tap'
import { renderOptics } from '../../src/cli/render/optics/screen.js'
import { localTime } from '../../src/cli/render/time.js'
import { millis } from '../../src/core/base/time.js'
import { assess } from '../../src/core/health/assess.js'
import { healthDocument } from '../../src/core/health/document.js'
import { NO_HISTORY } from '../../src/core/health/rules/history.js'
import type { HealthReading } from '../../src/core/wire/health-reading.js'
import { localAgent } from '../support/agent/local-agent.js'
import { darkPort, healthyPort, healthyRouter, moduleIn } from '../support/agent/router-state.js'
import { demarc } from '../support/process/demarc.js'

const AT = '2026-11-29T17:23:36.512Z'
const NOW = millis(Date.parse(AT) + 12_000)

const healthOf = (state: Parameters<typeof assess>[0]): HealthReading =>
  healthDocument(state, assess(state, NO_HISTORY, millis(0)).verdicts, null)

/** The value of each label of one block. */
function values(shown: string): Readonly<Record<string, string>> {
  const pairs = shown.split('\n').flatMap((line) => {
    const [, label, value] = /^ {4}(\S.*?) +: (.*)$/.exec(line) ?? []
    return label === undefined || value === undefined ? [] : [[label, value] as const]
  })
  return Object.fromEntries(pairs)
}

const readings = { inputPower: -9, outputPower: -2.2, temperature: 32, supplyVoltage: 3.3 }
const port = healthyPort('p1', {
  opticAt: AT,
  optic: moduleIn({ serial: 'SN1', readings: { ...readings, laserBiasCurrent: 35 } }),
})

t.test('a block has the lines of Junos, each with its label', (t) => {
  const shown = renderOptics(healthOf(healthyRouter({ ports: [port] })), NOW)
  t.match(shown, /^Physical interface: p1\n {4}Health {37}: ok\n/, 'one port has no summary')
  t.match(values(shown), {
    Module: /^10GBASE-LR, .*, serial SN1, 1310 nm$/,
    Read: `12 s ago, at ${localTime(AT)}`,
    'Laser bias current': '35.0 mA',
    'Laser output power': '0.6026 mW / -2.2 dBm',
    'Module temperature': '32 degrees C / 90 degrees F',
    'Module voltage': '3.30 V',
    'Receiver signal average optical power': '0.1259 mW / -9.0 dBm',
    'Receiver loss of signal': 'Off',
    'Receiver power margin': /^\d+\.\d dB to the low alarm of -\d+\.\d dBm$/,
    'Module temperature high alarm': 'Off',
    'Laser rx power low warning': 'Off',
  })
  const thresholds = Object.keys(values(shown)).filter((label) => label.endsWith('threshold'))
  t.equal(thresholds.length, 20)
  t.match(values(shown)['Laser rx power low alarm threshold'], /^0\.\d{4} mW \/ -\d+\.\d dBm$/)
  t.end()
})

const light = {
  inputPower: {
    ...{ margin: 1.6, limit: -14.4, level: 'lowAlarm', loss: 4.1 },
    step: { at: AT, before: -6, after: -9, lane: 1 },
    decline: {
      ...{ slope: -0.2, least: -0.3, most: -0.1, days: 90 },
      ...{ marginEnds: '2027-07-01', marginEndsEarliest: '2027-05-01' },
    },
  },
  baseline: {
    ...{ at: AT, vendorPart: 'LR10', serialNo: 'SN0', temperature: 30 },
    lanes: { 1: { inputPower: -4.9, outputPower: -2.2 } },
  },
  formerBaselines: [{}],
  flags: { 'inputPower/lowAlarm': { count: 3, setAt: AT, clearedAt: AT } },
  farEnd: { from: 'provider', receivedAt: AT, isDark: true, outboundLoss: 3.2, worse: 'outbound' },
} as const

t.test('the memory of the light is in the block, with its dates in local time', (t) => {
  const ports = healthOf(healthyRouter({ ports: [port] })).ports ?? {}
  const shown = renderOptics({ ports: { p1: { ...ports['p1'], light } } }, NOW)
  const local = localTime(AT)
  t.match(values(shown), {
    'Receiver power margin': '1.6 dB to the low alarm of -14.4 dBm',
    'Receiver power baseline': '-4.9 dBm',
    'Receiver power loss since the baseline': '4.1 dB',
    'Receiver power step': `from -6.0 dBm to -9.0 dBm at ${local}`,
    'Receiver power decline': '-0.2 dB in 30 days (-0.3 to -0.1), measured over 90 days',
    'Receiver power margin ends': '2027-07-01 (2027-05-01 or later)',
    Baseline: `taken ${local} at 30 °C, module LR10 SN0; 1 before it`,
    'Far end': 'reported by provider 12 s ago',
    'Far end receiver power': 'no light',
    'Loss of the strand to the far end': '3.2 dB, the worse one',
    'Laser rx power low alarm': /^Off, came up 3 times, last at .*, until .*/,
  })
  t.notMatch(shown, /\dT\d/)
  t.end()
})

t.test('a dark port is first said in the summary of several', (t) => {
  const bare = healthyPort('p3', { optic: { state: 'absent' }, expectedOptic: null })
  const copper = healthyPort('p4', { optic: moduleIn({ kind: '1000BASE-T' }), expectedOptic: null })
  const state = healthyRouter({ ports: [port, darkPort('p2'), bare, copper] })
  const [summary = '', ...blocks] = renderOptics(healthOf(state), NOW).split('\n\n')
  t.match(
    summary,
    /^PORT +HEALTH +RX +RX MARGIN +RX LOSS +TX +TX MARGIN +TX LOSS +MARGIN ENDS +AGE\n/,
  )
  t.match(summary, /\np1 +ok +-9\.0 dBm +\d+\.\d dB +-2\.2 dBm +\d+\.\d dB +12 s\n/)
  t.match(summary, /\np2 .* no light .*\np3 +ok\n/)
  t.equal(blocks.length, 4)
  t.match(values(blocks[1] ?? ''), {
    'Receiver signal average optical power': 'no light',
    'Receiver loss of signal': 'On',
  })
  t.match(values(blocks[2] ?? ''), { Module: 'none' })
  t.match(values(blocks[3] ?? ''), { 'Optical diagnostics': 'none' })
  t.end()
})

t.test('the summary has the earlier end of both margins', (t) => {
  const end = (marginEnds: string) => ({
    decline: { marginEnds, marginEndsEarliest: '2027-01-01' },
  })
  const declining = { inputPower: end('2028-03-01'), outputPower: end('2027-06-01') }
  const [, line] = renderOptics({ ports: { p1: { light: declining }, p2: {} } }, NOW).split('\n')
  t.match(line, /^p1 +unknown +2027-06-01 \(2027-01-01 or later\)$/)
  t.end()
})

t.test('a module of several lanes shows each of them with its flags', (t) => {
  const ports = healthOf(healthyRouter({ ports: [port] })).ports ?? {}
  const transceiver = ports['p1']?.transceiver
  const lane = { laserBiasCurrent: 6, outputPower: 0, inputPower: -3, rxLos: false }
  const diagnostics = {
    ...transceiver?.diagnostics,
    alarms: [{ quantity: 'inputPower', level: 'lowAlarm', lane: 2 }],
    lanes: { 1: lane, 2: { ...lane, rxLos: true }, 3: lane, 4: lane },
  }
  const shown = renderOptics(
    { ports: { p1: { transceiver: { ...transceiver, diagnostics } } } },
    NOW,
  )
  const [module = '', first = '', second = ''] = shown.split(/^ {2}Lane \d\n/m)
  t.equal(values(module)['Module temperature high alarm'], 'Off')
  t.notMatch(module, /rx power low alarm +:/, 'flags of lanes are below their lane')
  t.match(values(first), {
    'Laser output power': '1.0000 mW / 0.0 dBm',
    'Laser rx power low alarm': 'Off',
  })
  t.match(values(second), {
    'Receiver signal average optical power': 'no light',
    'Laser rx power low alarm': 'On',
  })
  t.end()
})

t.test('one port is shown by its name, as JSON too, and a wrong name is refused', async (t) => {
  const at = await localAgent(t)
  at.look(healthyRouter())
  const show = (...words: string[]) => demarc('--socket', at.socket, ...words)
  const one = await show('show', 'optics', 'p2')
  t.match(one, { status: 0, out: /^Physical interface: p2\n/ })
  t.notMatch(one.out, /p1/)
  const { out } = await show('--json', 'show', 'optics', 'p2')
  t.match(JSON.parse(out), { p2: { transceiver: { present: true } } })
  t.strictSame(Object.keys(JSON.parse(out) as object), ['p2'])
  t.match(await show('show', 'optics', 'p22'), { status: 65, err: /SUBJECT_UNKNOWN .*"p2"/ })
  t.match(await show('show', 'events', 'p2'), { status: 65, err: /takes no name/ })
  const traffic = await show('--json', 'show', 'traffic', 'net-a')
  const parts = { ports: {}, connections: {}, attachments: { 'net-a': {} } }
  t.strictSame(JSON.parse(traffic.out), parts)
  t.match(await show('--utc', 'show', 'traffic'), { status: 0, out: /\nport +p1 +not known/ })
})
