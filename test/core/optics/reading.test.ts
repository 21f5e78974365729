import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { OpticDiagnostics, OpticReading } from '../../../src/core/model/optic.js'
import { readOptic } from '../../../src/core/optics/reading.js'
import { buildModule, type ModuleKind, type ModuleMemory, seal } from '../../support/eeprom.js'

type Present = Extract<OpticReading, { state: 'present' }>

function present(t: Test, memory: ModuleMemory): Present {
  const reading = readOptic({ state: 'bytes', ...memory })
  if (reading.state !== 'present') {
    t.fail(`not present: ${JSON.stringify(reading)}`)
    throw new Error('not present')
  }
  return reading
}

function diagnosed(t: Test, memory: ModuleMemory): OpticDiagnostics {
  const { diagnostics } = present(t, memory)
  if (diagnostics === null) throw new Error('no diagnostics')
  return diagnostics
}

const near = (
  t: Test,
  have: number | null | undefined,
  want: number,
  tolerance: number,
  what = '',
) => t.ok(Math.abs((have ?? NaN) - want) <= tolerance, `${what} ${have} is ${want} ± ${tolerance}`)

t.test('a 10GBASE-LR module says who it is', (t) => {
  const { identity, remarks } = present(t, buildModule({ kind: '10GBASE-LR', serial: 'ABC123' }))
  t.strictSame(identity, {
    formFactor: 'SFP+',
    connectorType: 'LC',
    vendor: 'DEMARC LAB',
    vendorPart: '10GBASE-LR',
    vendorRev: 'A',
    vendorOui: '02:de:ac',
    serialNo: 'ABC123',
    dateCode: '2025-01-31',
    ethernetPmd: '10GBASE-LR',
    ethernetPmds: ['10GBASE-LR'],
    wavelength: 1310,
    nominalBitRate: 10_300,
    reachSmf: 10_000,
  })
  t.strictSame(remarks, [])
  t.end()
})

t.test('every kind of module is told from its codes', (t) => {
  const table: readonly [ModuleKind, string, string | null, number | null, number][] = [
    ['10GBASE-LR', 'SFP+', '10GBASE-LR', 1310, 10_300],
    ['10GBASE-SR', 'SFP+', '10GBASE-SR', 850, 10_300],
    ['1000BASE-LX', 'SFP', '1000BASE-LX', 1310, 1_300],
    ['1000BASE-SX', 'SFP', '1000BASE-SX', 850, 1_300],
    ['25GBASE-LR', 'SFP28', '25GBASE-LR', 1310, 25_750],
    ['1000BASE-T', 'SFP', '1000BASE-T', null, 1_300],
    ['DAC', 'SFP+', null, null, 10_300],
  ]
  for (const [kind, formFactor, ethernetPmd, wavelength, nominalBitRate] of table) {
    t.match(
      present(t, buildModule({ kind })).identity,
      { formFactor, ethernetPmd, wavelength, nominalBitRate },
      kind,
    )
  }
  t.end()
})

t.test('each code bit of the standard names its PMD', (t) => {
  const table: readonly [at: number, code: number, pmds: readonly string[]][] = [
    [3, 0x80, ['10GBASE-ER']],
    [3, 0x40, ['10GBASE-LRM']],
    [3, 0x20, ['10GBASE-LR']],
    [3, 0x10, ['10GBASE-SR']],
    [6, 0x40, ['1000BASE-BX10']],
    [6, 0x20, ['100BASE-FX']],
    [6, 0x10, ['100BASE-LX10']],
    [6, 0x08, ['1000BASE-T']],
    [6, 0x04, ['1000BASE-CX']],
    [6, 0x02, ['1000BASE-LX']],
    [6, 0x01, ['1000BASE-SX']],
    [36, 0x02, ['25GBASE-SR']],
    [36, 0x03, ['25GBASE-LR']],
    [36, 0x04, ['25GBASE-ER']],
    [36, 0x0c, ['25GBASE-CR']],
    [36, 0x1c, ['10GBASE-T']],
    [36, 0x1e, ['2.5GBASE-T']],
    [36, 0xee, []],
  ]
  for (const [at, code, pmds] of table) {
    const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
    a0.fill(0, 3, 11)
    a0[at] = code
    seal(a0, 0, 63)
    t.strictSame(present(t, { a0, a2 }).identity.ethernetPmds, pmds, `byte ${at} = ${code}`)
  }
  t.end()
})

t.test('a dual-rate module names both rates, the faster first', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  a0[6] = 0x02
  seal(a0, 0, 63)
  const { identity } = present(t, { a0, a2 })
  t.strictSame(identity.ethernetPmds, ['10GBASE-LR', '1000BASE-LX'])
  t.equal(identity.ethernetPmd, '10GBASE-LR')
  t.end()
})

t.test('copper that copies optical codes is copper', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-SR' })
  a0[36] = 0x1c
  seal(a0, 0, 63)
  t.match(present(t, { a0, a2 }).identity, { ethernetPmds: ['10GBASE-T'], wavelength: null })
  const disguised = buildModule({ kind: '10GBASE-SR' })
  disguised.a0.fill(0, 60, 62)
  seal(disguised.a0, 0, 63)
  t.match(present(t, disguised).remarks, [/copper in disguise/])
  t.end()
})

t.test('codes that were never written name nothing', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  a0.fill(0xff, 3, 11)
  seal(a0, 0, 63)
  const { identity, remarks } = present(t, { a0, a2 })
  t.strictSame(identity.ethernetPmds, [])
  t.equal(identity.wavelength, 1310)
  t.match(remarks, [/never written/])
  t.end()
})

t.test('odd places of A0h are read as the standard says', (t) => {
  const change = (edit: (a0: Uint8Array) => void) => {
    const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
    edit(a0)
    seal(seal(a0, 0, 63), 64, 95)
    return present(t, { a0, a2 }).identity
  }
  t.equal(change((a0) => a0.set([80, 0], 14)).reachSmf, 80_000, '80 km')
  t.equal(change((a0) => a0.set([40, 255], 14)).reachSmf, 40_000, '40 km and more than 25.4 km')
  t.equal(change((a0) => a0.set([0, 255], 14)).reachSmf, 25_400, 'more than 25.4 km')
  t.equal(change((a0) => a0.set([0, 5], 14)).reachSmf, 500, '500 m')
  t.equal(change((a0) => a0.set([0x06, 0x16, 98], 60)).wavelength, 1558.98, 'DWDM fraction')
  t.equal(change((a0) => (a0[2] = 0x99)).connectorType, 'unknown (0x99)')
  t.equal(change((a0) => (a0[2] = 0x00)).connectorType, 'unspecified')
  t.equal(change((a0) => a0.fill(0, 56, 60)).vendorRev, '', 'NUL padding')
  t.equal(change((a0) => (a0[22] = 0x0a)).vendor, 'DE?ARC LAB', 'no control characters')
  t.equal(change((a0) => a0.set(Buffer.from('13051199'), 84)).dateCode, '2013-05-11', 'lot code')
  t.equal(change((a0) => a0.set(Buffer.from('991399  '), 84)).dateCode, '991399', 'no such month')
  t.equal(change((a0) => (a0[0] = 0x0b)).formFactor, 'DWDM-SFP')
  t.end()
})

t.test('readings come back as they were set, internally calibrated', (t) => {
  const readings = {
    temperature: -12.5,
    supplyVoltage: 3.2871,
    laserBiasCurrent: 41.302,
    outputPower: -2.31,
    inputPower: -9.87,
  }
  const got = diagnosed(t, buildModule({ kind: '10GBASE-LR', readings }))
  t.equal(got.calibration, 'internal')
  near(t, got.temperature, -12.5, 1 / 256)
  near(t, got.supplyVoltage, 3.2871, 0.0001)
  near(t, got.laserBiasCurrent, 41.302, 0.002)
  near(t, got.outputPower?.dbm, -2.31, 0.01)
  near(t, got.outputPower?.milliwatts, 0.5875, 0.0001)
  near(t, got.inputPower?.dbm, -9.87, 0.01)
  t.match(got, { txDisabled: false, txFault: false, rxLos: false, alarms: [] })
  t.end()
})

t.test('external calibration gives the same numbers from other counts', (t) => {
  const inside = diagnosed(t, buildModule({ kind: '1000BASE-LX' }))
  const outside = diagnosed(t, buildModule({ kind: '1000BASE-LX', diagnostics: 'external' }))
  t.equal(outside.calibration, 'external')
  near(t, outside.temperature, inside.temperature ?? NaN, 0.01)
  near(t, outside.supplyVoltage, inside.supplyVoltage ?? NaN, 0.0002)
  near(t, outside.laserBiasCurrent, inside.laserBiasCurrent ?? NaN, 0.005)
  near(t, outside.outputPower?.dbm, inside.outputPower?.dbm ?? NaN, 0.01)
  near(t, outside.inputPower?.dbm, inside.inputPower?.dbm ?? NaN, 0.01)
  for (const quantity of [
    'temperature',
    'laserBiasCurrent',
    'outputPower',
    'inputPower',
  ] as const) {
    for (const level of ['highAlarm', 'highWarning', 'lowWarning', 'lowAlarm'] as const) {
      const want = inside.thresholds?.[quantity][level] ?? NaN
      near(t, outside.thresholds?.[quantity][level], want, 0.02, `${quantity} ${level}`)
    }
  }
  t.end()
})

t.test('received power is a polynomial of the fourth order', (t) => {
  const { a0, a2 } = buildModule({ kind: '1000BASE-LX', diagnostics: 'external' })
  if (a2 === null) throw new Error('no A2h')
  const view = new DataView(a2.buffer)
  // 2^-50 x^4 + 2^-36 x^3 + 2^-20 x^2 + 2^-3 x + 3, in 0.1 µW, at x = 4096: 0.25 + 1 + 16 + 512 + 3
  const coefficients = [2 ** -50, 2 ** -36, 2 ** -20, 2 ** -3, 3]
  coefficients.forEach((value, place) => view.setFloat32(56 + 4 * place, value))
  view.setUint16(104, 4096)
  near(t, diagnosed(t, { a0, a2: seal(a2, 0, 95) }).inputPower?.milliwatts, 0.053225, 1e-9)
  view.setFloat32(72, -1e6)
  t.strictSame(diagnosed(t, { a0, a2: seal(a2, 0, 95) }).inputPower, { milliwatts: 0, dbm: null })
  view.setFloat32(72, NaN)
  t.equal(diagnosed(t, { a0, a2: seal(a2, 0, 95) }).inputPower, null, 'a broken constant')
  view.setFloat32(72, 1e30)
  t.equal(diagnosed(t, { a0, a2: seal(a2, 0, 95) }).inputPower, null, 'no module receives that')
  t.end()
})

t.test('constants of an internally calibrated module are not used', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  a2?.fill(0x7f, 56, 92)
  near(t, diagnosed(t, { a0, a2: a2 && seal(a2, 0, 95) }).inputPower?.dbm, -6, 0.01)
  t.end()
})

t.test('no light has no logarithm', (t) => {
  const dark = { outputPower: null, inputPower: null, laserBiasCurrent: 0 }
  const got = diagnosed(t, buildModule({ kind: '10GBASE-LR', readings: dark, txDisabled: true }))
  t.strictSame(got.inputPower, { milliwatts: 0, dbm: null })
  t.strictSame(got.outputPower, { milliwatts: 0, dbm: null })
  t.match(got, { rxLos: true, txDisabled: true, txFault: false })
  t.end()
})

t.test('thresholds are the module’s own, in the unit of the reading', (t) => {
  const { thresholds } = diagnosed(t, buildModule({ kind: '10GBASE-LR' }))
  near(t, thresholds?.inputPower.lowAlarm, -18.4, 0.05)
  near(t, thresholds?.inputPower.lowWarning, -14.4, 0.05)
  near(t, thresholds?.outputPower.highAlarm, 3.5, 0.01)
  t.strictSame(thresholds?.temperature, {
    highAlarm: 75,
    highWarning: 70,
    lowWarning: 0,
    lowAlarm: -5,
  })
  near(t, thresholds?.supplyVoltage.lowWarning, 3.135, 1e-9)
  near(t, thresholds?.laserBiasCurrent.highAlarm, 85, 1e-9)
  t.end()
})

t.test('limits that limit nothing are not set', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const none = { highAlarm: null, highWarning: null, lowWarning: null, lowAlarm: null }
  const limits = (page: Uint8Array) => diagnosed(t, { a0, a2: seal(page, 0, 95) }).thresholds
  a2.fill(0, 0, 40)
  t.strictSame(limits(a2)?.inputPower, none, 'all zero')
  t.strictSame(limits(a2)?.temperature, none, 'all zero')
  a2.set([0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0], 32)
  t.strictSame(limits(a2)?.inputPower, none, 'from nothing to everything')
  a2.set([0x10, 0, 0x10, 0, 0x0c, 0, 0x0d, 0], 24)
  t.strictSame(limits(a2)?.outputPower, none, 'equal, and upside down')
  t.end()
})

t.test('each flag of the module is named', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  a2.set([0xff, 0xff, 0, 0, 0x00, 0x40], 112)
  const { alarms } = diagnosed(t, { a0, a2 })
  t.equal(alarms.length, 11, 'ten alarms, one warning, no reserved bits')
  t.strictSame(alarms[0], { quantity: 'temperature', level: 'highAlarm' })
  t.strictSame(alarms[9], { quantity: 'inputPower', level: 'lowAlarm' })
  t.strictSame(alarms[10], { quantity: 'inputPower', level: 'lowWarning' })
  a0[93] = 0x70
  t.strictSame(diagnosed(t, { a0: seal(a0, 64, 95), a2 }).alarms, [], 'flags are not kept')
  t.end()
})

t.test('readings out of limits raise the flags the builder computes', (t) => {
  const readings = { temperature: 80, inputPower: -16 }
  t.strictSame(diagnosed(t, buildModule({ kind: '10GBASE-LR', readings })).alarms, [
    { quantity: 'temperature', level: 'highAlarm' },
    { quantity: 'temperature', level: 'highWarning' },
    { quantity: 'inputPower', level: 'lowWarning' },
  ])
  t.end()
})

t.test('a cage without a module and one that fails are passed on', (t) => {
  t.strictSame(readOptic({ state: 'absent' }), { state: 'absent' })
  const failed = { state: 'unreadable', reason: 'EIO' } as const
  t.strictSame(readOptic(failed), failed)
  t.end()
})

t.test('a page that cannot be trusted is unreadable, and the reason names the place', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  const reason = (page: Uint8Array) => {
    const reading = readOptic({ state: 'bytes', a0: page, a2 })
    return reading.state === 'unreadable' ? reason1(reading.reason) : 'readable'
  }
  const reason1 = (text: string) => text
  t.equal(reason(a0.subarray(0, 64)), 'A0h ends after 64 octets, 96 are needed')
  t.equal(reason(new Uint8Array(0)), 'A0h ends after 0 octets, 96 are needed')
  t.match(reason(new Uint8Array(256)), /0x00 throughout/)
  t.match(reason(new Uint8Array(256).fill(0xff)), /0xff throughout/)
  t.match(reason(a0.with(40, 0x7f)), /^A0h checksum CC_BASE \(byte 63\) is 0x[0-9a-f]{2}, computed/)
  t.match(reason(seal(a0.with(0, 0x11), 0, 63)), /0x11 \(QSFP28\) is not one of SFF-8472/)
  t.match(reason(seal(a0.with(0, 0x7f), 0, 63)), /0x7f is not one of SFF-8472/)
  t.end()
})

t.test('a wrong extended checksum leaves a readable module with a remark', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  const reading = present(t, { a0: a0.with(95, (a0[95] ?? 0) ^ 1), a2 })
  t.match(reading.remarks, [/^A0h checksum CC_EXT \(byte 95\)/])
  near(t, reading.diagnostics?.inputPower?.dbm, -6, 0.01)
  t.end()
})

t.test('diagnostics that cannot be trusted are left out, and the remark says why', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const remark = (memory: ModuleMemory) => {
    const { diagnostics, remarks } = present(t, memory)
    t.equal(diagnostics, null)
    return remarks.join('; ')
  }
  t.equal(
    remark(buildModule({ kind: '10GBASE-LR', diagnostics: 'none' })),
    '',
    'has none: no fault',
  )
  t.equal(remark({ a0, a2: a2.subarray(0, 106) }), 'A2h ends after 106 octets, 118 are needed')
  t.match(remark({ a0, a2: null }), /A2h does not answer/)
  t.match(remark({ a0, a2: new Uint8Array(0) }), /A2h does not answer/)
  t.match(remark({ a0: seal(a0.with(92, 0x6c), 64, 95), a2: null }), /address change/)
  t.match(remark({ a0, a2: new Uint8Array(256) }), /A2h is 0x00 throughout/)
  t.match(remark({ a0, a2: new Uint8Array(256).fill(0xff) }), /A2h is 0xff throughout/)
  t.match(remark({ a0, a2: a2.with(33, 0x55) }), /^A2h checksum CC_DMI \(byte 95\)/)
  t.match(remark({ a0: seal(a0.with(92, 0x48), 64, 95), a2 }), /without a calibration/)
  t.end()
})

t.test('readings that are not ready are no readings', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const reading = present(t, { a0, a2: a2.with(110, 0x01) })
  t.match(reading.remarks, [/not ready/])
  t.match(reading.diagnostics, { temperature: null, inputPower: null, outputPower: null })
  t.ok(reading.diagnostics?.thresholds, 'limits do not change')
  t.match(present(t, { a0, a2: a2.with(110, 0xff) }).diagnostics, { rxLos: false, txFault: false })
  const oma = present(t, { a0: seal(a0.with(92, 0x60), 64, 95), a2 })
  t.equal(oma.diagnostics?.inputPowerType, 'oma')
  t.equal(reading.diagnostics?.inputPowerType, 'average')
  t.end()
})

const noisy = fc.uint8Array({ minLength: 0, maxLength: 300 })

t.test('junk never throws and never gives a number that is none', (t) => {
  const everyNumberIsFinite = (value: unknown): boolean => {
    if (typeof value === 'number') return Number.isFinite(value)
    if (value === null || typeof value !== 'object') return true
    return Object.values(value).every(everyNumberIsFinite)
  }
  fc.assert(
    fc.property(noisy, fc.option(noisy), (a0, a2) =>
      everyNumberIsFinite(readOptic({ state: 'bytes', a0, a2 })),
    ),
  )
  const sealed = fc.uint8Array({ minLength: 256, maxLength: 256 })
  fc.assert(
    fc.property(sealed, sealed, (a0, a2) => {
      a0[0] = 0x03
      a0[92] = (a0[92] ?? 0) | 0x70
      const reading = readOptic({
        state: 'bytes',
        a0: seal(seal(a0, 0, 63), 64, 95),
        a2: seal(a2, 0, 95),
      })
      return reading.state === 'present' && everyNumberIsFinite(reading)
    }),
    { numRuns: 1000 },
  )
  t.end()
})

t.test('one flipped bit under a checksum is always seen', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const flip = (page: Uint8Array, at: number, bit: number) =>
    page.with(at, (page[at] ?? 0) ^ (1 << bit))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      return readOptic({ state: 'bytes', a0: flip(a0, at, bit), a2 }).state === 'unreadable'
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const reading = readOptic({ state: 'bytes', a0, a2: flip(a2, at, bit) })
      return reading.state === 'present' && reading.diagnostics === null
    }),
  )
  t.end()
})

t.test('text of a module never carries a control character', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (junk) => {
      const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
      a0.set(junk, 20)
      const reading = readOptic({ state: 'bytes', a0: seal(a0, 0, 63), a2 })
      return reading.state === 'present' && /^[\x20-\x7e]*$/.test(reading.identity.vendor)
    }),
  )
  t.end()
})
