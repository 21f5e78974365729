import t from 'tap'
import { buildModule, type ModuleMemory, seal } from '../../support/kernel/eeprom.js'
import { diagnosed, edited, near, present } from '../../support/kernel/optic-reading.js'

/** Every number of a module, in one order. */
function figures(value: object): number[] {
  return Object.values(value).flatMap((member: unknown) => {
    if (typeof member === 'number') return [member]
    return typeof member === 'object' && member !== null ? figures(member) : []
  })
}

t.test('readings come back as they were set, internally calibrated', (t) => {
  const readings = {
    temperature: -12.5,
    supplyVoltage: 3.2871,
    laserBiasCurrent: 41.302,
    outputPower: -2.31,
    inputPower: -9.87,
  }
  const got = diagnosed(buildModule({ kind: '10GBASE-LR', readings }))
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
  const inside = figures(diagnosed(buildModule({ kind: '1000BASE-LX' })))
  const outside = diagnosed(buildModule({ kind: '1000BASE-LX', diagnostics: 'external' }))
  t.equal(outside.calibration, 'external')
  const found = figures(outside)
  t.ok(inside.length > 20, `${inside.length} figures`)
  for (const [place, want] of inside.entries()) near(t, found[place], want, 0.02)
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
  near(t, diagnosed({ a0, a2: seal(a2, 0, 95) }).inputPower?.milliwatts, 0.053225, 1e-9)
  view.setFloat32(72, -1e6)
  t.strictSame(diagnosed({ a0, a2: seal(a2, 0, 95) }).inputPower, { milliwatts: 0, dbm: null })
  view.setFloat32(72, NaN)
  t.equal(diagnosed({ a0, a2: seal(a2, 0, 95) }).inputPower, null, 'a broken constant')
  view.setFloat32(72, 1e30)
  t.equal(diagnosed({ a0, a2: seal(a2, 0, 95) }).inputPower, null, 'no module receives that')
  t.end()
})

t.test('constants of an internally calibrated module are not used', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  a2?.fill(0x7f, 56, 92)
  near(t, diagnosed({ a0, a2: a2 && seal(a2, 0, 95) }).inputPower?.dbm, -6, 0.01)
  t.end()
})

t.test('no light has no logarithm', (t) => {
  const dark = { outputPower: null, inputPower: null, laserBiasCurrent: 0 }
  const got = diagnosed(buildModule({ kind: '10GBASE-LR', readings: dark, txDisabled: true }))
  t.strictSame(got.inputPower, { milliwatts: 0, dbm: null })
  t.strictSame(got.outputPower, { milliwatts: 0, dbm: null })
  t.match(got, { rxLos: true, txDisabled: true, txFault: false })
  t.end()
})

t.test('thresholds are the module’s own, in the unit of the reading', (t) => {
  const { thresholds } = diagnosed(buildModule({ kind: '10GBASE-LR' }))
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
  const limits = (page: Uint8Array) => diagnosed({ a0, a2: seal(page, 0, 95) }).thresholds
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
  const { alarms } = diagnosed({ a0, a2 })
  t.equal(alarms.length, 11, 'ten alarms, one warning, no reserved bits')
  t.strictSame(alarms[0], { quantity: 'temperature', level: 'highAlarm' })
  t.strictSame(alarms[9], { quantity: 'inputPower', level: 'lowAlarm' })
  t.strictSame(alarms[10], { quantity: 'inputPower', level: 'lowWarning' })
  a0[93] = 0x70
  t.strictSame(diagnosed({ a0: seal(a0, 64, 95), a2 }).alarms, [], 'flags are not kept')
  t.end()
})

t.test('readings out of limits raise the flags the builder computes', (t) => {
  const readings = { temperature: 80, inputPower: -16 }
  t.strictSame(diagnosed(buildModule({ kind: '10GBASE-LR', readings })).alarms, [
    { quantity: 'temperature', level: 'highAlarm' },
    { quantity: 'temperature', level: 'highWarning' },
    { quantity: 'inputPower', level: 'lowWarning' },
  ])
  t.end()
})

t.test('diagnostics that cannot be trusted are left out, and the remark says why', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const remark = (memory: ModuleMemory) => {
    const { diagnostics, remarks } = present(memory)
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
  t.match(remark({ a0: seal(edited(a0, 92, 0x6c), 64, 95), a2: null }), /address change/)
  t.match(remark({ a0, a2: new Uint8Array(256) }), /A2h is 0x00 throughout/)
  t.match(remark({ a0, a2: new Uint8Array(256).fill(0xff) }), /A2h is 0xff throughout/)
  t.match(remark({ a0, a2: edited(a2, 33, 0x55) }), /^A2h checksum CC_DMI \(byte 95\)/)
  t.match(remark({ a0: seal(edited(a0, 92, 0x48), 64, 95), a2 }), /without a calibration/)
  t.end()
})

t.test('readings that are not ready are no readings', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  const reading = present({ a0, a2: edited(a2, 110, 0x01) })
  t.match(reading.remarks, [/not ready/])
  t.match(reading.diagnostics, { temperature: null, inputPower: null, outputPower: null })
  t.ok(reading.diagnostics?.thresholds, 'limits do not change')
  t.match(present({ a0, a2: edited(a2, 110, 0xff) }).diagnostics, { rxLos: false, txFault: false })
  const oma = present({ a0: seal(edited(a0, 92, 0x60), 64, 95), a2 })
  t.equal(oma.diagnostics?.inputPowerType, 'oma')
  t.equal(reading.diagnostics?.inputPowerType, 'average')
  t.end()
})
