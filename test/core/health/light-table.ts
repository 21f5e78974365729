import type { LightView, StrandView } from '../../../src/core/model/light.js'
import { withPort, type Row } from './rule-tables.js'

const NO_CHANGE: LightView = { loss: null, step: null, decline: null }
const NO_LIMITS = { highAlarm: null, highWarning: null, lowWarning: null, lowAlarm: null }
const READ_AT = '2025-01-31T10:20:30.000Z'

/** What a memory shows of the received light, and what the far end reported. */
export const withLight = (
  inputPower: Partial<LightView>,
  farEnd: Partial<StrandView> | null = null,
  outputPower: Partial<LightView> = {},
) =>
  withPort({
    light: {
      inputPower: { ...NO_CHANGE, ...inputPower },
      outputPower: { ...NO_CHANGE, ...outputPower },
      baseline: {
        at: READ_AT,
        t: 0,
        module: { vendor: 'V', vendorPart: 'P', serialNo: 'S' },
        temperature: 35,
        lanes: [{ inputPower: -6, outputPower: -4 }],
      },
      formerBaselines: [],
      flags: [],
      farEnd:
        farEnd === null
          ? null
          : {
              ...{ at: READ_AT, receivedAt: READ_AT, from: 'provider', limits: NO_LIMITS },
              ...{ outputPower: null, inputPower: null, outboundLoss: null, inboundLoss: null },
              ...farEnd,
            },
    },
  })
export const STEP = {
  light: 'inputPower',
  lane: 0,
  at: READ_AT,
  t: 0,
  before: -6,
  after: -9,
} as const
const decline = (at: string) => ({
  decline: {
    slope: -0.01,
    least: -0.02,
    most: -0.005,
    days: 90,
    ends: { at, earliest: at, latest: null },
  },
})

/** Ports whose light has changed over time, or is known at the far end. */
export const LIGHT_TABLE: readonly Row[] = [
  ['light fell at once', withLight({ step: STEP, loss: 3 }), ['warning OPTIC_RX_STEP']],
  ['light was lost unseen', withLight({ loss: 2.5 }), ['warning OPTIC_RX_LOSS']],
  [
    'light declines, and its margin ends in half a year',
    withLight({ loss: 2.5, ...decline('2025-07-31T00:00:00.000Z') }),
    ['warning OPTIC_RX_DECLINE'],
  ],
  ['launched light fell at once', withLight({}, null, { step: STEP }), ['warning OPTIC_TX_STEP']],
  ['launched light was lost', withLight({}, null, { loss: 2.5 }), ['warning OPTIC_TX_LOSS']],
  [
    'launched light declines',
    withLight({}, null, decline('2025-07-31T00:00:00.000Z')),
    ['warning OPTIC_TX_DECLINE'],
  ],
  ['light declines for years to come', withLight(decline('2030-01-31T00:00:00.000Z')), []],
  [
    'the far end receives nothing of what is launched',
    withLight({}, { inputPower: 'none', inboundLoss: 2 }),
    ['critical OPTIC_FAR_END_DARK'],
  ],
  [
    'the far end received nothing two hours ago',
    withLight({}, { inputPower: 'none', receivedAt: '2025-01-31T08:20:30.000Z' }),
    [],
  ],
  [
    'one strand loses more than the other',
    withLight({}, { inputPower: -13, outboundLoss: 9, inboundLoss: 2 }),
    ['warning OPTIC_STRAND_LOSS'],
  ],
]
