import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { OpticReading, OpticThresholds, ThresholdSet } from '../../../src/core/model/optic.js'
import { readOptic } from '../../../src/core/optics/reading.js'
import { buildModule } from '../../support/kernel/eeprom.js'
import { edited } from '../../support/kernel/optic-reading.js'

/** Dumps of real modules with what the equipment they came from printed; kept beside the project. */
const FOLDER = '../shared/data/eeprom'

type Present = Extract<OpticReading, { state: 'present' }>
type Printed = Readonly<Record<string, unknown>>

interface Dump {
  readonly name: string
  readonly known_ranges: readonly (readonly [number, number])[]
  readonly checksums: Readonly<Record<string, { readonly result: string } | undefined>>
  readonly calibration: string
  readonly source_decoded: Printed | string
  readonly computed_by_collector: { readonly a0?: Printed; readonly a2?: CollectedA2 }
}

interface CollectedA2 {
  readonly temperature_c: number
  readonly voltage_v: number
  readonly bias_ma: number
  readonly tx_power: { readonly mw: number }
  readonly rx_power: { readonly mw: number }
  readonly thresholds: Readonly<
    Record<string, Readonly<Record<string, number | { dbm: number | null }>>>
  >
}

const NOT_SFP = /^(qsfp|cmis)/

/** A0h for a dump that shows A2h only: the page of a built module with the calibration the dump names. */
function split(dump: Dump, bytes: Uint8Array) {
  if (dump.name.endsWith('a2only')) {
    const external = dump.calibration.startsWith('external')
    const built = buildModule({
      kind: '10GBASE-SR',
      diagnostics: external ? 'external' : 'internal',
    })
    return { a0: built.a0, a2: bytes }
  }
  const known = dump.known_ranges[0]?.[1] ?? 0
  const a2Known = dump.known_ranges.some(([from]) => from === 256)
  return { a0: bytes.subarray(0, Math.min(known, 256)), a2: a2Known ? bytes.subarray(256) : null }
}

function load(file: string): Dump & ReturnType<typeof split> {
  const dump = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dump
  const hex = readFileSync(join(FOLDER, `${dump.name}.hex`), 'utf8')
  return { ...dump, ...split(dump, Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')) }
}

/** Why each of these cannot be read: the refusal is the right answer. */
const UNREADABLE: Readonly<Record<string, RegExp>> = {
  'corrupted-read-bnxt': /CC_BASE/,
  'fboss-10gbaset-sfp': /CC_BASE/,
  'fboss-finisar-sfp10g-lr-bits': /CC_BASE/,
  'fiberstore-sfp-10gsr-85-base64bytes': /A0h ends after 64 octets/,
  'fiberstore-sfp-10gsr-85-i2c-glitch': /A0h ends after 64 octets/,
  'tplink-tl-sm410u-base64bytes': /A0h ends after 64 octets/,
}

/** Modules whose remarks are known and deserved. */
const REMARKS: Readonly<Record<string, RegExp>> = {
  'allzero-a2-mlx4-cx2-a2only': /0x00 throughout/,
  'asterfusion-ec2002-a2only': /CC_DMI/,
  'finisar-ftlx1471d3bcl-lr': /CC_EXT/,
  'finisar-ftlx8574d3bcl-sr': /CC_EXT/,
  'fs-xg-sfp-25-20n2-xgspon': /CC_EXT/,
  'lantech-8330-262d-e-2g5sx': /CC_EXT/,
  'oem-sfp-10g-t8-copper-as-sr': /probably a copper module/,
  'oem-sfp-ge-t-ccext-bad': /CC_EXT.*probably a copper module/,
  'ubnt-uf-instant-gpon': /CC_EXT.*never written/,
}

/** The first number of what was printed: '-2.85 dBm' is -2.85, '0x03' is no number. */
function printedNumber(value: unknown): number | null {
  const match = /^[+-]?\d+(\.\d+)?/.exec(String(value))
  return match === null || /^0x/i.test(String(value)) ? null : Number(match[0])
}

interface Check {
  /** Keys of the different printers for one thing. */
  readonly keys: readonly string[]
  readonly ours: (reading: Present) => number | string | null | undefined
  /** Largest difference; RouterOS cuts to whole numbers. */
  readonly within?: number
}

const CHECKS: readonly Check[] = [
  { keys: ['Vendor OUI'], ours: (r) => r.identity.vendorOui },
  { keys: ['Vendor Part Number'], ours: (r) => r.identity.vendorPart },
  {
    keys: ['Date Code (yy/mm/dd)', 'Date code', 'DateCode', 'date_code', 'sfp-manufacturing-date'],
    ours: (r) => r.identity.dateCode,
  },
  {
    keys: ['Vendor Name', 'Vendor name', 'VendorName', 'sfp-vendor-name', 'vendor_name', 'vendor'],
    ours: (r) => r.identity.vendor,
  },
  {
    keys: ['Vendor PN', 'VendorPN', 'sfp-vendor-part-number', 'vend_pn', 'part'],
    ours: (r) => r.identity.vendorPart,
  },
  {
    keys: [
      'Vendor Serial Number',
      'Vendor SN',
      'VendorSN',
      'sfp-vendor-serial',
      'vendor_sn',
      'serial',
    ],
    ours: (r) => r.identity.serialNo,
  },
  {
    keys: ['Vendor rev', 'VendorRev', 'sfp-vendor-revision', 'vend_rev'],
    ours: (r) => r.identity.vendorRev,
  },
  {
    keys: ['Laser wavelength', 'Wavelength', 'sfp-wavelength', 'wavelength_nm', 'wavelength'],
    ours: (r) => r.identity.wavelength ?? 0,
    within: 0.99,
  },
  {
    keys: ['BR, Nominal', 'BR_Nominal', 'Bit Rate', 'nominal_mbaud'],
    ours: (r) => r.identity.nominalBitRate,
    within: 0,
  },
  {
    keys: ['Link Reach 9u fiber (Km)', 'Link Reach 9u fiber (100m)', 'SMF(m)'],
    ours: (r) => r.identity.reachSmf,
    within: 0,
  },
  {
    keys: ['length_sm_km', 'SMF(km)', 'sfp-link-length-sm'],
    ours: (r) => r.identity.reachSmf / 1000,
    within: 0,
  },
  {
    keys: ['realtime Temperature', 'Module temperature', 'Temperature (2 decimals)'],
    ours: (r) => r.diagnostics?.temperature,
    within: 0.005,
  },
  { keys: ['sfp-temperature'], ours: (r) => r.diagnostics?.temperature, within: 1 },
  {
    keys: ['realtime Voltage', 'Module voltage', 'Voltage (2 decimals)', 'sfp-supply-voltage'],
    ours: (r) => r.diagnostics?.supplyVoltage,
    within: 0.005,
  },
  {
    keys: ['realtime Tx Bias', 'Laser bias current', 'Bias mA'],
    ours: (r) => r.diagnostics?.laserBiasCurrent,
    within: 0.001,
  },
  { keys: ['sfp-tx-bias-current'], ours: (r) => r.diagnostics?.laserBiasCurrent, within: 1 },
  {
    keys: ['realtime Tx Power', 'Laser output power'],
    ours: (r) => r.diagnostics?.outputPower?.milliwatts,
    within: 0.0001,
  },
  {
    keys: ['realtime Rx Power', 'Receiver signal average optical power', 'RxPower mW'],
    ours: (r) => r.diagnostics?.inputPower?.milliwatts,
    within: 0.0001,
  },
  { keys: ['sfp-tx-power'], ours: (r) => r.diagnostics?.outputPower?.dbm, within: 0.005 },
  { keys: ['sfp-rx-power'], ours: (r) => r.diagnostics?.inputPower?.dbm, within: 0.005 },
]

/** Where the source itself is wrong or was read at another moment; see the corpus' own index. */
const EXCEPTIONS: Readonly<Record<string, RegExp>> = {
  'extcal-huawei-hpsp2120': /^sfp-(temperature|supply-voltage)$/,
  'fs-sfp28-25gsr': /^(Module temperature|Laser output power)$/,
  'mellanox-cx3-sr-a2only':
    /^(Module temperature|Module voltage|Laser bias current|Laser output power)$/,
  'oem-sfp-ge35-ld10-bx10': /^vendor$/,
}

/** Printers differ in separators, padding, the century, and add a lot code or a revision. */
function spelled(value: unknown): string {
  const text = String(value)
    .replace(/ *(\(rev|lot code).*$/, '')
    .replaceAll(/[.:/]/g, '-')
    .trim()
  const date = /^(?:20)?(\d\d)-?(\d\d)-?(\d\d)(\d\d)?$/.exec(text)
  return date === null ? text : date.slice(1, 4).join('-')
}

function agrees(check: Check, printed: unknown, reading: Present): boolean {
  const ours = check.ours(reading)
  if (typeof ours === 'string') return spelled(printed) === spelled(ours)
  const number = printedNumber(printed)
  return number === null || Math.abs((ours ?? NaN) - number) <= (check.within ?? 0) + 1e-9
}

/** Compares everything the source printed that we read too; the number of values compared. */
function compareWithSource(t: Test, dump: Dump, reading: Present): number {
  const printed = dump.source_decoded
  if (typeof printed === 'string') return 0
  let compared = 0
  for (const check of CHECKS) {
    for (const key of check.keys.filter((name) => printed[name] !== undefined)) {
      if (EXCEPTIONS[dump.name]?.test(key)) continue
      const said = `${key}: ${String(printed[key])} is ${String(check.ours(reading))}`
      t.ok(agrees(check, printed[key], reading), said)
      compared += 1
    }
  }
  return compared
}

/** The two ways printers lay limits out: by name, or high alarm, low alarm, high and low warning. */
const PRINTED_LEVELS = ['highAlarm', 'lowAlarm', 'highWarning', 'lowWarning'] as const
const PRINTED_NAMES = ['alarm_high', 'alarm_low', 'warning_high', 'warning_low'] as const
const PRINTED_LIMITS: readonly [RegExp, keyof OpticThresholds][] = [
  [/^temp/, 'temperature'],
  [/^voltage/, 'supplyVoltage'],
  [/^bias/, 'laserBiasCurrent'],
  [/^tx/, 'outputPower'],
  [/^rx/, 'inputPower'],
]

function comparePrintedLimits(t: Test, dump: Dump, reading: Present): number {
  const limits = typeof dump.source_decoded === 'string' ? {} : dump.source_decoded['thresholds']
  const tables = Object.entries((limits ?? {}) as Readonly<Record<string, Printed>>)
  const pairs = tables.flatMap(([key, printed]) => printedPairs(key, printed, reading))
  for (const { says, have, want } of pairs) t.ok(Math.abs(have - want) < 0.001, says)
  return pairs.length
}

/** Ours in the printed unit, mW for light, beside what was printed; limits we call "not set" are left out. */
function printedPairs(key: string, printed: Printed, reading: Present) {
  const quantity = PRINTED_LIMITS.find(([name]) => name.test(key))?.[1] ?? 'temperature'
  const set = reading.diagnostics?.thresholds?.[quantity]
  return PRINTED_LEVELS.flatMap((level, place) => {
    const limit = set?.[level] ?? null
    if (limit === null) return []
    const text = String(printed[PRINTED_NAMES[place] ?? ''] ?? printed[place])
    const have = quantity.endsWith('Power') ? 10 ** (limit / 10) : limit
    const want = printedNumber(text) ?? NaN
    return [{ says: `${key} ${level}: ${text} is ${have}`, have, want }]
  })
}

const QUANTITIES = {
  temperature_c: 'temperature',
  voltage_v: 'supplyVoltage',
  bias_ma: 'laserBiasCurrent',
  tx_power: 'outputPower',
  rx_power: 'inputPower',
} as const
const LEVELS = {
  high_alarm: 'highAlarm',
  low_alarm: 'lowAlarm',
  high_warning: 'highWarning',
  low_warning: 'lowWarning',
} as const

/** A limit that we call "not set" is agreed with; any other must be the same number. */
function compareLimits(t: Test, want: CollectedA2['thresholds'], reading: Present): number {
  const pairs = Object.entries(QUANTITIES).flatMap(([theirs, ours]) =>
    Object.entries(LEVELS).flatMap(([level, name]) => {
      const have = limitOf(reading, ours, name)
      const expected = decibels(want[theirs]?.[level])
      return have === null || expected === null ? [] : [{ ours, name, have, expected }]
    }),
  )
  for (const { ours, name, have, expected } of pairs) {
    t.ok(Math.abs(have - expected) < 0.006, `${ours} ${name}: ${expected} is ${have}`)
  }
  return pairs.length
}

function limitOf(reading: Present, quantity: keyof OpticThresholds, level: keyof ThresholdSet) {
  return reading.diagnostics?.thresholds?.[quantity][level] ?? null
}

function decibels(limit: number | { dbm: number | null } | undefined): number | null {
  return typeof limit === 'object' ? limit.dbm : (limit ?? null)
}

function compareWithCollector(t: Test, want: CollectedA2, reading: Present): number {
  const { diagnostics } = reading
  const pairs = [
    [want.temperature_c, diagnostics?.temperature, 0.001],
    [want.voltage_v, diagnostics?.supplyVoltage, 0.0001],
    [want.bias_ma, diagnostics?.laserBiasCurrent, 0.001],
    [Math.max(0, want.tx_power.mw), diagnostics?.outputPower?.milliwatts, 0.0001],
    [Math.max(0, want.rx_power.mw), diagnostics?.inputPower?.milliwatts, 0.0001],
  ] as const
  for (const [theirs, ours, within] of pairs) {
    t.ok(Math.abs(theirs - (ours ?? NaN)) <= within, `collector ${theirs} is ${ours}`)
  }
  return pairs.length + compareLimits(t, want.thresholds, reading)
}

function checkSfp(t: Test, dump: ReturnType<typeof load>): number {
  const reading = readOptic({ state: 'bytes', a0: dump.a0, a2: dump.a2 })
  const refusal = UNREADABLE[dump.name]
  if (refusal !== undefined) {
    t.match(reading, { state: 'unreadable', reason: refusal }, dump.name)
    return 0
  }
  if (reading.state !== 'present') {
    t.fail(`${dump.name}: ${JSON.stringify(reading)}`)
    return 0
  }
  t.match(
    reading.remarks.join('; '),
    REMARKS[dump.name] ?? /^(diagnostics are announced .* but A2h does not answer)?$/,
    dump.name,
  )
  const collected = dump.computed_by_collector.a2
  const compared = compareWithSource(t, dump, reading) + comparePrintedLimits(t, dump, reading)
  if (collected === undefined || reading.diagnostics === null) return compared
  return compared + compareWithCollector(t, collected, reading)
}

t.test('real modules are read as the equipment they came from read them', (t) => {
  if (!existsSync(FOLDER)) {
    t.comment('the corpus of real modules (../shared/data/eeprom) is absent: extra suite not run')
    t.pass('own fixtures are the other tests of this room')
    t.end()
    return
  }
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'))
  let compared = 0
  for (const file of files.filter((name) => !NOT_SFP.test(name)))
    compared += checkSfp(t, load(file))
  t.ok(files.length >= 72, `${files.length} dumps`)
  t.ok(compared >= 1200, `${compared} printed values compared`)
  t.comment(`corpus: ${files.length} dumps, ${compared} values compared`)
  t.end()
})

t.test('modules with another memory map are refused by name', (t) => {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER) : []
  for (const file of files.filter((name) => NOT_SFP.test(name) && name.endsWith('.hex'))) {
    const a0 = Buffer.from(readFileSync(join(FOLDER, file), 'utf8').replaceAll(/\s/g, ''), 'hex')
    const reading = readOptic({ state: 'bytes', a0, a2: null })
    t.equal(
      reading.state,
      file.startsWith('qsfp') ? (a0.length < 224 ? 'unreadable' : 'present') : 'unsupported',
      file,
    )
  }
  const built = buildModule({ kind: '10GBASE-LR' }).a0
  t.match(readOptic({ state: 'bytes', a0: edited(built, 0, 0x18), a2: null }), {
    reason: /QSFP-DD/,
  })
  t.end()
})
