import fc from 'fast-check'
import t from 'tap'
import type { OpticDiagnostics } from '../../../src/core/model/optic.js'
import { QUANTITIES, type Quantity } from '../../../src/core/optics/quantity.js'
import { buildModule, seal } from '../../support/kernel/eeprom.js'
import { diagnosed, edited, present } from '../../support/kernel/optic-reading.js'

type Four = readonly [number, number, number, number]

/** Four rising limits for each quantity; the reading of a sound module lies between the two middle ones. */
const RISING: Readonly<Record<Quantity, Four>> = {
  temperature: [-5, 0, 70, 75],
  supplyVoltage: [2.97, 3.135, 3.465, 3.63],
  laserBiasCurrent: [2, 4, 80, 85],
  outputPower: [-12, -8, 0.5, 3.5],
  inputPower: [-18, -14, 0.5, 3.5],
}

const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })

/** High alarm, low alarm, high warning, low warning of a quantity, its four limits in any disorder. */
function disordered(quantity: Quantity, places: readonly number[]): Four {
  const at = (place: number) => RISING[quantity][places[place] ?? 0] ?? 0
  return [at(0), at(1), at(2), at(3)]
}

const NONE = { lowAlarm: null, lowWarning: null, highAlarm: null, highWarning: null }

/** The places of {@link RISING} in the order of SFF-8472. */
const PROPER = [3, 0, 2, 1]

/** Neither a limit nor a flag of the module calls a reading between the two middle limits wrong. */
function judgesSound(quantity: Quantity, found: OpticDiagnostics | null): boolean {
  const [, low, high] = RISING[quantity]
  const { lowAlarm, lowWarning, highAlarm, highWarning } = found?.thresholds?.[quantity] ?? NONE
  const lows = [lowAlarm, lowWarning].filter((limit) => limit !== null)
  const highs = [highAlarm, highWarning].filter((limit) => limit !== null)
  return (
    found !== null &&
    found.alarms.every((alarm) => alarm.quantity !== quantity) &&
    lows.every((limit) => limit < low + 0.1) &&
    highs.every((limit) => limit > high - 0.1)
  )
}

t.test(
  'limits in any disorder raise no alarm about a sound reading, and are remarked upon',
  (t) => {
    for (const quantity of QUANTITIES) {
      fc.assert(
        fc.property(order, fc.constantFrom('internal', 'external'), (places, diagnostics) => {
          const limits = disordered(quantity, places)
          const module = present(
            buildModule({
              kind: '10GBASE-LR',
              diagnostics,
              thresholds: { [quantity]: limits },
              rxLos: false,
            }),
          )
          const proper = places.every((place, at) => place === PROPER[at])
          t.equal(module.remarks.length === 0, proper)
          return judgesSound(quantity, module.diagnostics)
        }),
        { numRuns: 300 },
      )
    }
    t.end()
  },
)

t.test('an alarm limit inside its warning is not used, and the warning is', (t) => {
  const module = present(
    buildModule({
      kind: '10GBASE-LR',
      thresholds: { inputPower: [3.5, 0, 0.5, -30] },
      readings: { inputPower: -10.91 },
      rxLos: false,
    }),
  )
  t.match(module.diagnostics?.thresholds?.inputPower, { lowAlarm: null, highAlarm: Number })
  t.strictSame(module.diagnostics?.alarms, [], 'nor the flag that the module derives from it')
  t.strictSame(module.remarks, [
    'the limits of the received light contradict each other (high alarm 3.50 dBm, low alarm 0.00 dBm, high warning 0.50 dBm, low warning -30.00 dBm): low alarm not used',
  ])
  t.end()
})

t.test('limits of any octets come out in order, or not at all', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR' })
  if (a2 === null) throw new Error('no A2h')
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 40, maxLength: 40 }), (octets) => {
      const page = Uint8Array.from(a2)
      page.set(octets)
      const { thresholds } = diagnosed({ a0, a2: seal(page, 0, 95) })
      return QUANTITIES.every((quantity) => {
        const kept = thresholds?.[quantity]
        const limits = [kept?.lowAlarm, kept?.lowWarning, kept?.highWarning, kept?.highAlarm]
        const set = limits.filter((limit) => typeof limit === 'number')
        return set.every((limit, at) => at === 0 || limit >= (set[at - 1] ?? 0))
      })
    }),
    { numRuns: 2000 },
  )
  t.end()
})

/** A2h offset of the constants of each quantity: a slope in 1/256 and an offset, or five coefficients. */
const CONSTANTS: Readonly<Record<Quantity, number>> = {
  inputPower: 72,
  laserBiasCurrent: 76,
  outputPower: 80,
  temperature: 84,
  supplyVoltage: 88,
}

t.test(
  'a reading beyond what its field can express is left out, with its figure and bounds',
  (t) => {
    const remarks: string[] = []
    for (const quantity of QUANTITIES) {
      const { a0, a2 } = buildModule({ kind: '10GBASE-LR', diagnostics: 'external' })
      if (a2 === null) throw new Error('no A2h')
      const view = new DataView(a2.buffer)
      if (quantity === 'inputPower') view.setFloat32(CONSTANTS[quantity], 1e5)
      else view.setUint16(CONSTANTS[quantity], 0xffff)
      a2.fill(0, 0, 40)
      const module = present({ a0, a2: seal(a2, 0, 95) })
      t.equal(module.diagnostics?.[quantity], null, quantity)
      t.equal(module.remarks.length, 1, quantity)
      remarks.push(module.remarks[0] ?? '')
    }
    t.match(remarks, [
      /^the module temperature reads \S+ °C, outside -128 to 128 °C: not used \(A2h bytes 96-97\)$/,
      /^the supply voltage reads \S+ V, outside 0 to 6\.5535 V/,
      /^the laser current reads \S+ mA, outside 0 to 131\.07 mA/,
      /^the launched light reads \S+ mW, outside 0 to 6\.5535 mW/,
      /^the received light reads \S+ mW, outside 0 to 6\.5535 mW/,
    ])
    t.end()
  },
)

t.test('a limit beyond what its field can express is no limit', (t) => {
  const { a0, a2 } = buildModule({ kind: '10GBASE-LR', diagnostics: 'external' })
  if (a2 === null) throw new Error('no A2h')
  const high = edited(edited(a2, 8, 0xff), 9, 0xfe)
  const module = present({ a0, a2: seal(high, 0, 95) })
  t.equal(module.diagnostics?.thresholds?.supplyVoltage.highAlarm, null)
  t.match(module.remarks, [/^the high alarm limit of the supply voltage is 9\.830 V, outside 0 to/])
  t.end()
})
