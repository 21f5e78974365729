import * as z from 'zod'

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
  })
  .describe('One flag that the module raises.')

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
})

const text = (meaning: string) => z.string().describe(meaning).exactOptional()

/**
 * What the cage of a port holds, after SFF-8472 with the names of
 * openconfig-platform-transceiver. An empty cage has only `present`, a module that cannot be read
 * only `present` and `unreadable`.
 */
export const Transceiver = z.strictObject({
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
