import * as z from 'zod'
import { record } from '../keyed/record.js'

/** One limit of the module's own for one quantity, in the quantity's unit. */
const limit = (which: string) =>
  z
    .number()
    .describe(`The module's ${which} limit, in the unit of the quantity; absent: it sets none.`)
    .exactOptional()

const limits = (of: string) =>
  z
    .strictObject({
      highAlarm: limit('high alarm'),
      highWarning: limit('high warning'),
      lowWarning: limit('low warning'),
      lowAlarm: limit('low alarm'),
    })
    .describe(`Limits of ${of} (SFF-8472, A2h bytes 0-39).`)

const QUANTITIES = [
  'temperature',
  'supplyVoltage',
  'laserBiasCurrent',
  'outputPower',
  'inputPower',
] as const
const LEVELS = ['highAlarm', 'highWarning', 'lowWarning', 'lowAlarm'] as const

const Thresholds = z.strictObject({
  temperature: limits('the temperature, °C'),
  supplyVoltage: limits('the supply voltage, V'),
  laserBiasCurrent: limits('the laser bias current, mA'),
  outputPower: limits('the launched power, dBm'),
  inputPower: limits('the received power, dBm'),
})

const Alarm = z
  .strictObject({
    quantity: z.enum(QUANTITIES).describe('The quantity that the module complains of.'),
    level: z.enum(LEVELS).describe('The limit that the quantity has crossed.'),
    lane: z
      .int()
      .min(1)
      .describe('The lane, from 1; absent: the module has one, or the flag is of all of it.')
      .exactOptional(),
  })
  .describe('One flag that the module raises.')

const reading = (meaning: string) => z.number().describe(meaning).exactOptional()

const Lane = z
  .strictObject({
    laserBiasCurrent: reading('Laser bias current of the lane, mA, written to 0.1 mA.'),
    outputPower: reading('Launched power of the lane, dBm, written to 0.1 dB.'),
    inputPower: reading('Received power of the lane, dBm, written to 0.1 dB.'),
    txDisabled: z.boolean().describe('The transmitter of the lane is switched off.'),
    txFault: z.boolean().describe('The transmitter of the lane reports a fault.'),
    rxLos: z.boolean().describe('The receiver of the lane has lost the signal.'),
  })
  .describe('One lane of a module (SFF-8636, lower page).')

/** Digital diagnostics of one module. Every reading is absent while the module has none. */
const Diagnostics = z.strictObject({
  calibration: z
    .enum(['internal', 'external'])
    .describe('Who calibrates the readings: the module, or the reader (A0h byte 92).'),
  inputPowerType: z
    .enum(['average', 'oma'])
    .describe(
      'What inputPower is: the average power, or the optical modulation amplitude (A0h byte 92 bit 3).',
    ),
  temperature: z
    .number()
    .describe('Module temperature, °C, written to 1 °C (A2h bytes 96-97).')
    .exactOptional(),
  supplyVoltage: z
    .number()
    .describe('Supply voltage, V, written to 0.01 V (A2h bytes 98-99).')
    .exactOptional(),
  laserBiasCurrent: z
    .number()
    .min(0)
    .describe('Laser bias current, mA, written to 0.1 mA (A2h bytes 100-101).')
    .exactOptional(),
  outputPower: z
    .number()
    .describe('Launched optical power, dBm, written to 0.1 dB (A2h bytes 102-103); absent at 0 mW.')
    .exactOptional(),
  inputPower: z
    .number()
    .describe('Received optical power, dBm, written to 0.1 dB (A2h bytes 104-105); absent at 0 mW.')
    .exactOptional(),
  txDisabled: z.boolean().describe('The transmitter is switched off (A2h byte 110 bit 7).'),
  txFault: z.boolean().describe('The transmitter reports a fault (A2h byte 110 bit 2).'),
  rxLos: z.boolean().describe('The receiver has lost the signal (A2h byte 110 bit 1).'),
  thresholds: Thresholds.describe(
    "The module's own limits (A2h bytes 0-39), rounded to three decimal places; four for each quantity.",
  ).exactOptional(),
  alarms: z
    .array(Alarm)
    .min(1)
    .describe('The flags that the module raises (A2h bytes 112-117); absent: none.')
    .exactOptional(),
  lanes: record(z.string().describe('Number of the lane, from 1.'), Lane)
    .describe(
      'Each lane of a module with several; the readings above are then those of the worst lane. Absent: it has one.',
    )
    .exactOptional(),
})

const text = (meaning: string) => z.string().describe(meaning).exactOptional()

/**
 * What the cage of a port holds, after SFF-8472 with the names of
 * openconfig-platform-transceiver. An empty cage has only `present`, a module that cannot be read
 * only `present` and `unreadable`.
 */
const Transceiver = z.strictObject({
  present: z.boolean().describe('The cage holds a module.'),
  observedAt: z.iso
    .datetime()
    .describe(
      'When the module was read; while nothing else changes it is written anew with router.sampledAt only, ISO 8601 UTC.',
    )
    .exactOptional(),
  unreadable: text('Why the module in the cage cannot be read; absent: it can.'),
  formFactor: text('Form factor: SFP, SFP+, SFP28, GBIC, DWDM-SFP or soldered (A0h bytes 0, 12).'),
  connectorType: text('Connector, such as LC (A0h byte 2, SFF-8024 table 4-3).'),
  vendor: text('Name of the vendor (A0h bytes 20-35).'),
  vendorPart: text('Part number of the vendor (A0h bytes 40-55).'),
  vendorRev: text('Revision of the part (A0h bytes 56-59).'),
  vendorOui: text('IEEE company id of the vendor, such as 00:17:6a (A0h bytes 37-39).'),
  serialNo: text('Serial number (A0h bytes 68-83).'),
  dateCode: text(
    'Date of manufacture, ISO 8601; the raw text where it is no date (A0h bytes 84-91).',
  ),
  ethernetPmd: text('Fastest IEEE 802.3 PMD that the module names, such as 10GBASE-LR.'),
  ethernetPmds: z
    .array(z.string())
    .describe('Every IEEE 802.3 PMD that the module names, the fastest first (A0h bytes 3, 6, 36).')
    .exactOptional(),
  wavelength: z
    .number()
    .min(0)
    .describe('Nominal wavelength of the laser, nm (A0h bytes 60-62); absent without a laser.')
    .exactOptional(),
  nominalBitRate: z
    .int()
    .min(0)
    .describe('Nominal signalling rate, MBd (A0h bytes 12, 66); 0: not stated.')
    .exactOptional(),
  reachSmf: z
    .int()
    .min(0)
    .describe('Reach over single-mode fibre, m (A0h bytes 14-15); 0: not stated.')
    .exactOptional(),
  remarks: z
    .array(z.string())
    .min(1)
    .describe('Faults of the module memory that leave the rest readable; absent: none.')
    .exactOptional(),
  diagnostics: Diagnostics.describe(
    'Digital diagnostics (A2h); absent: the module has none, or they cannot be trusted.',
  ).exactOptional(),
})

const instant = (meaning: string) => z.iso.datetime().describe(`${meaning}, ISO 8601 UTC.`)
const date = (meaning: string) => z.iso.date().describe(meaning).exactOptional()
const decibels = (meaning: string) => z.number().describe(meaning)

const Step = z
  .strictObject({
    at: instant('When it was first measured'),
    before: decibels('The light before it, dBm, written to 0.1 dB.'),
    after: decibels('The light after it, dBm, written to 0.1 dB.'),
    lane: z.int().min(1).describe('The lane, from 1.'),
  })
  .describe('The largest fall since the baseline that has not been recovered; absent: none.')

const Decline = z
  .strictObject({
    slope: decibels('dB in 30 days, negative, at one temperature, written to 0.01 dB.'),
    least: decibels('Lower end of its interval of 3.3 standard deviations.'),
    most: decibels('Upper end of that interval.'),
    days: z.int().min(0).describe('Days that it was measured over.'),
    marginEnds: date(
      'Date on which the light reaches its low limit if it goes on so; absent: there is no limit, or not within 20 years.',
    ),
    marginEndsEarliest: date('The earliest date within the interval.'),
    marginEndsLatest: date('The latest date within the interval; absent: it may not end at all.'),
  })
  .describe('A slow loss of light; absent: none can be shown.')

const Side = z.strictObject({
  margin: decibels(
    'dB to the limit that the light is nearest to, of the lane that has least, written to 0.1 dB; negative: beyond it. Absent: no light, or no limit.',
  ).exactOptional(),
  limit: decibels('That limit, dBm.').exactOptional(),
  level: z
    .enum([...LEVELS, 'standardHigh', 'standardLow'])
    .describe("Which one it is: the module's own, or that of the standard of its PMD.")
    .exactOptional(),
  lane: z
    .int()
    .min(1)
    .describe('The lane that has least margin, from 1; absent: the module has one.')
    .exactOptional(),
  loss: decibels(
    'dB below the baseline, at the temperature of the baseline, of the lane that lost most, written to 0.1 dB; negative: above it. Absent: not known.',
  ).exactOptional(),
  step: Step.exactOptional(),
  decline: Decline.exactOptional(),
})

const BaselineLane = z
  .strictObject({
    inputPower: decibels('Received light, dBm.').exactOptional(),
    outputPower: decibels('Launched light, dBm.').exactOptional(),
  })
  .describe('One lane.')

const baseline = {
  at: instant('When it was taken'),
  vendor: z.string().describe('Vendor of the module.'),
  vendorPart: z.string().describe('Part number of the module.'),
  serialNo: z.string().describe('Serial number of the module.'),
  temperature: decibels('Module temperature, °C; absent: not measured.').exactOptional(),
  lanes: record(z.string().describe('Number of the lane, from 1.'), BaselineLane).describe(
    'The light of each lane.',
  ),
}

const FlagRecord = z
  .strictObject({
    count: z.int().min(1).describe('How often it was seen to come up.'),
    setAt: instant('When it came up last'),
    clearedAt: instant('When it went; absent: it is up').exactOptional(),
  })
  .describe('One flag over time.')

const FarEnd = z.strictObject({
  at: instant('When it was measured, as its sender states it'),
  receivedAt: instant('When it came to this router'),
  from: z.string().describe('Who measured it; absent: not stated.').exactOptional(),
  outputPower: decibels('What the far end launches, dBm; absent: not stated.').exactOptional(),
  inputPower: decibels(
    'What the far end receives, dBm; absent: not stated, or none.',
  ).exactOptional(),
  isDark: z.boolean().describe('The far end receives no light; absent: it does.').exactOptional(),
  limits: limits('what the far end receives, dBm'),
  outboundLoss: decibels(
    'Loss of the strand to the far end, dB: our launched light less what it receives; absent: one of both is not known.',
  ).exactOptional(),
  inboundLoss: decibels(
    'Loss of the strand from the far end, dB: its launched light less what we receive; absent: one of both is not known.',
  ).exactOptional(),
  worse: z
    .enum(['outbound', 'inbound'])
    .describe('The strand that loses more; absent: not known, or both lose the same.')
    .exactOptional(),
})

/** What the agent knows of the light of a port beside the readings of its module. */
const LightOfPort = z.strictObject({
  inputPower: Side.describe('The received light.').exactOptional(),
  outputPower: Side.describe('The launched light.').exactOptional(),
  baseline: z
    .strictObject(baseline)
    .describe('What the circuit was like when it first worked; absent: it has not yet.')
    .exactOptional(),
  formerBaselines: z
    .array(
      z
        .strictObject({
          ...baseline,
          endedAt: instant('When another one replaced it'),
          reason: z
            .enum(['renewed', 'exchanged'])
            .describe('`renewed`: somebody asked for a new one; `exchanged`: another module came.'),
        })
        .describe('One of them.'),
    )
    .min(1)
    .max(8)
    .describe('Baselines that others have replaced, the newest last; absent: none.')
    .exactOptional(),
  flags: record(
    z
      .string()
      .describe(
        'Quantity, limit and lane, such as `inputPower/lowAlarm` or `inputPower/lowAlarm/2`.',
      ),
    FlagRecord,
  )
    .describe('The flags of the module that were ever seen up; absent: none.')
    .exactOptional(),
  farEnd: FarEnd.describe(
    'What the other end of the fibre measures, as it was reported within the last day; absent: nothing.',
  ).exactOptional(),
})

/** What a port has of its module and its light. */
export const PORT_OPTICS = {
  transceiver: Transceiver.describe('The module in the cage (openconfig-platform-transceiver).'),
  light: LightOfPort.describe(
    'Margins of its light, and how it changed over time; absent: there is no module whose light can be read.',
  ).exactOptional(),
}

export type LightHealth = z.output<typeof LightOfPort>
export type TransceiverHealth = z.output<typeof Transceiver>
export type DiagnosticsHealth = NonNullable<TransceiverHealth['diagnostics']>
