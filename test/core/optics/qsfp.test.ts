import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { laserOf, marginOf } from '../../../src/core/light/limit.js'
import type { OpticDiagnostics } from '../../../src/core/model/optic.js'
import { readOptic } from '../../../src/core/optics/reading.js'
import { near } from '../../support/kernel/optic-reading.js'

/** Dumps of real modules; the source of each is in the JSON beside it. */
function dump(name: string) {
  const hex = readFileSync(join('test/fixtures/eeprom', `${name}.hex`), 'utf8')
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
  return { a0: bytes.slice(0, 256), page3: bytes.slice(-128) }
}

const read = ({ a0, page3 }: ReturnType<typeof dump>) =>
  readOptic({ state: 'bytes', a0, a2: null, page3 })

t.test('a dump is read as the equipment that it came from printed it', (t) => {
  const reading = read(dump('qsfp-cisco-sr4-avago'))
  const identity = { vendorOui: '00:17:6a', serialNo: 'AVP1812S4QL', ethernetPmd: '40GBASE-SR4' }
  t.match(reading, { state: 'present', remarks: [], identity: { ...identity, wavelength: 850 } })
  const shown = JSON.parse(JSON.stringify(reading)) as {
    readonly diagnostics: OpticDiagnostics
  }
  const { temperature, supplyVoltage, lanes, thresholds } = shown.diagnostics
  near(t, temperature, 26.535, 0.0005)
  near(t, supplyVoltage, 3.254, 0.0005)
  t.equal(lanes.length, 4)
  t.match(lanes[0], { laserBiasCurrent: 6.73, outputPower: { milliwatts: 0.6037 } })
  const limits = { highAlarm: 10, highWarning: 9.5, lowWarning: 1, lowAlarm: 0.5 }
  t.match(thresholds, {
    laserBiasCurrent: limits,
    inputPower: { highAlarm: /^3\.3998/, lowAlarm: /^-13\.506/ },
    outputPower: { lowWarning: /^-7\.602/ },
  })
  t.end()
})

function seal(page: Uint8Array, from: number, at: number): void {
  page[at] = page.subarray(from, at).reduce((sum, octet) => sum + octet, 0)
}

/** The QSFP28 dump as a module of 100GBASE-LR4 would write it; microwatts of 0.1 of each lane. */
function lr4(received: readonly number[]) {
  const { a0, page3 } = dump('qsfp28-finisar-ftlc9551-sr4')
  const view = new DataView(a0.buffer)
  a0.fill(0, 3, 15)
  a0[192] = 0x03
  a0[142] = 10
  view.setUint16(186, 1310 * 20)
  received.forEach((raw, lane) => view.setUint16(34 + 2 * lane, raw))
  for (const lane of [0, 1, 2, 3]) view.setUint16(50 + 2 * lane, 10_000)
  seal(a0, 128, 191)
  seal(a0, 192, 223)
  return { a0, page3 }
}

t.test('100GBASE-LR4: four lanes, the weakest counts', (t) => {
  const reading = read(lr4([5000, 4000, 1000, 6000]))
  t.match(reading, {
    state: 'present',
    identity: { formFactor: 'QSFP28', ethernetPmds: ['100GBASE-LR4'], reachSmf: 10_000 },
    diagnostics: { inputPower: { milliwatts: 0.1 }, alarms: [] },
  })
  const laser = laserOf(reading, 100_000)
  t.ok(laser !== null)
  if (laser === null) return t.end()
  t.match(marginOf(laser, 'inputPower'), { lane: 3 })
  const bare = readOptic({ state: 'bytes', a0: lr4([5000, 4000, 1000, 6000]).a0, a2: null })
  const without = laserOf(bare, 100_000)
  t.match(without && marginOf(without, 'inputPower'), {
    level: 'standardLow',
    limit: -10.6,
    lane: 3,
  })
  return t.end()
})

t.test('flags, loss of signal and a switched off transmitter are of their lane', (t) => {
  const { a0, page3 } = lr4([5000, 4000, 0, 6000])
  a0[3] = 0x04
  a0[86] = 0x02
  a0[10] = 0x40
  const reading = read({ a0, page3 })
  t.match(reading, {
    diagnostics: {
      rxLos: true,
      txDisabled: true,
      alarms: [{ quantity: 'inputPower', level: 'lowAlarm', lane: 3 }],
      lanes: [
        { rxLos: false },
        { txDisabled: true },
        { rxLos: true, inputPower: { dbm: null } },
        {},
      ],
    },
  })
  t.end()
})

t.test('a wrong checksum, a short page and random octets never give a number that is none', (t) => {
  const { a0, page3 } = lr4([1, 1, 1, 1])
  a0[150] = 0x20
  t.match(read({ a0, page3 }), { state: 'unreadable', reason: /page 00h checksum CC_BASE/ })
  t.match(read({ a0: a0.slice(0, 128), page3 }), { reason: /ends after 128 octets/ })
  const octets = fc.uint8Array({ minLength: 256, maxLength: 256 })
  fc.assert(
    fc.property(octets, octets, (page, limits) => {
      page[0] = 0x11
      page[128] = 0x11
      seal(page, 128, 191)
      const text = JSON.stringify(read({ a0: page, page3: limits }))
      return text.includes('"state":"present"') && !/NaN|Infinity/.test(text)
    }),
  )
  t.end()
})
