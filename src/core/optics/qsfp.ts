import type {
  OpticAlarm,
  OpticDiagnostics,
  OpticIdentity,
  OpticLane,
  OpticReading,
  ThresholdSet,
} from '../model/optic.js'
import { INTERNAL } from './calibration.js'
import { dateCode, connectorName } from './identity.js'
import { consistentLimits, type Level } from './limits.js'
import { checksumFault, text, u16, u8 } from './page.js'
import { dbm, power } from './power.js'
import { isFlat, QSFP_BASE, QSFP_EXT, qsfpFault, qsfpFormFactor } from './qsfp-page.js'
import type { Quantity } from './quantity.js'

/** SFF-8024 table 4-4 as byte 192 of a module with four lanes names it. */
const EXTENDED: Readonly<Record<number, string>> = {
  0x02: '100GBASE-SR4',
  0x03: '100GBASE-LR4',
  0x04: '100GBASE-ER4',
  0x0b: '100GBASE-CR4',
}

/** SFF-8636 byte 131. */
const COMPLIANCE: readonly (readonly [mask: number, pmd: string])[] = [
  [0x02, '40GBASE-LR4'],
  [0x04, '40GBASE-SR4'],
  [0x08, '40GBASE-CR4'],
]

/**
 * Decodes the memory of a QSFP+ or QSFP28 module (SFF-8636). `page`: the lower page and page 00h; `limits`: octets 128
 * to 255 of page 03h. Never throws.
 */
export function readQsfp(page: Uint8Array, limits: Uint8Array | undefined): OpticReading {
  const reason = qsfpFault(page) ?? prefixed(checksumFault(page, QSFP_BASE))
  if (reason !== null) return { state: 'unreadable', reason }
  const extended = prefixed(checksumFault(page, QSFP_EXT))
  const identity = readIdentity(page)
  const diagnostics = identity.wavelength === null || isFlat(page) ? null : readLanes(page, limits)
  return { state: 'present', identity, diagnostics, remarks: extended === null ? [] : [extended] }
}

function prefixed(fault: string | null): string | null {
  return fault === null ? null : `page 00h ${fault}`
}

function readIdentity(page: Uint8Array): OpticIdentity {
  const pmds = pmdsOf(page)
  return {
    formFactor: qsfpFormFactor(page) ?? 'QSFP',
    connectorType: connectorName(octet(page, 130)),
    vendor: text(page, 148, 164),
    vendorPart: text(page, 168, 184),
    vendorRev: text(page, 184, 186),
    vendorOui: [165, 166, 167].map((at) => octet(page, at).toString(16).padStart(2, '0')).join(':'),
    serialNo: text(page, 196, 212),
    dateCode: dateCode(text(page, 212, 220)),
    ethernetPmd: pmds[0] ?? null,
    ethernetPmds: pmds,
    wavelength: wavelength(page),
    nominalBitRate: nominalBitRate(page),
    reachSmf: octet(page, 142) * 1000,
  }
}

function pmdsOf(page: Uint8Array): readonly string[] {
  const extended = EXTENDED[octet(page, 192)]
  const named = COMPLIANCE.filter(([mask]) => (octet(page, 131) & mask) !== 0)
  return [...(extended === undefined ? [] : [extended]), ...named.map(([, pmd]) => pmd)]
}

/** MBd. Byte 140, unit 100 MBd; 0xff moves it to byte 222, unit 250 MBd. */
function nominalBitRate(page: Uint8Array): number {
  const hundreds = octet(page, 140)
  return hundreds === 0xff ? octet(page, 222) * 250 : hundreds * 100
}

/** nm, or null without a laser: byte 147, bits 7-4, names copper from 0xa on. */
function wavelength(page: Uint8Array): number | null {
  return octet(page, 147) >> 4 >= 0x0a ? null : (u16(page, 186) ?? 0) / 20
}

function octet(page: Uint8Array, at: number): number {
  return u8(page, at) ?? 0
}

const LANES = [1, 2, 3, 4] as const

/** Lower page: readings at 22-57, status at 3-4 and 86. */
function readLanes(page: Uint8Array, limits: Uint8Array | undefined): OpticDiagnostics {
  const bit = (at: number, lane: number): boolean => (octet(page, at) & (1 << (lane - 1))) !== 0
  const value = (quantity: Quantity, at: number): number => INTERNAL[quantity](u16(page, at) ?? 0)
  const lanes = LANES.map((lane): OpticLane => {
    const at = 2 * (lane - 1)
    return {
      lane,
      inputPower: power(value('inputPower', 34 + at)),
      laserBiasCurrent: value('laserBiasCurrent', 42 + at),
      outputPower: power(value('outputPower', 50 + at)),
      rxLos: bit(3, lane),
      txFault: bit(4, lane),
      txDisabled: bit(86, lane),
    }
  })
  const least = (key: 'inputPower' | 'outputPower') =>
    power(Math.min(...lanes.map((lane) => lane[key]?.milliwatts ?? 0)))
  return {
    calibration: 'internal',
    inputPowerType: (octet(page, 220) & 0x08) === 0 ? 'oma' : 'average',
    temperature: value('temperature', 22),
    supplyVoltage: value('supplyVoltage', 26),
    laserBiasCurrent: Math.max(...lanes.map(({ laserBiasCurrent }) => laserBiasCurrent ?? 0)),
    outputPower: least('outputPower'),
    inputPower: least('inputPower'),
    txDisabled: lanes.some(({ txDisabled }) => txDisabled),
    txFault: lanes.some(({ txFault }) => txFault),
    rxLos: lanes.some(({ rxLos }) => rxLos),
    thresholds: limits === undefined || limits.length < 72 ? null : readThresholds(limits),
    alarms: readFlags(page),
    lanes,
  }
}

/** Page 03h, from its octet 128: high alarm, low alarm, high warning, low warning, 16 bits each. */
function readThresholds(limits: Uint8Array) {
  const set = (quantity: Quantity, at: number): ThresholdSet => {
    const limit = (place: number): number | null => {
      const raw = u16(limits, at - 128 + 2 * place) ?? 0
      const isLight = quantity === 'inputPower' || quantity === 'outputPower'
      if (quantity !== 'temperature' && (raw === 0 || raw === 0xffff)) return null
      const value = INTERNAL[quantity](raw)
      return isLight ? dbm(value) : value
    }
    const [highAlarm, lowAlarm] = [limit(0), limit(1)]
    return consistentLimits({ highAlarm, lowAlarm, highWarning: limit(2), lowWarning: limit(3) })
      .limits
  }
  return {
    temperature: set('temperature', 128),
    supplyVoltage: set('supplyVoltage', 144),
    inputPower: set('inputPower', 176),
    laserBiasCurrent: set('laserBiasCurrent', 184),
    outputPower: set('outputPower', 192),
  }
}

/** In the order of the bits, from the top. */
const LEVELS: readonly Level[] = ['highAlarm', 'lowAlarm', 'highWarning', 'lowWarning']
const LANE_FLAGS = [
  ['inputPower', 9],
  ['laserBiasCurrent', 11],
  ['outputPower', 13],
] as const

/** Bytes 6-7: the module; 9-14: four bits for each lane, the first lane of each octet on top. */
function readFlags(page: Uint8Array): readonly OpticAlarm[] {
  const raised = (raw: number, shift: number): readonly Level[] =>
    LEVELS.filter((_, place) => (raw & (0x80 >> (place + shift))) !== 0)
  const whole = (
    [
      ['temperature', 6],
      ['supplyVoltage', 7],
    ] as const
  ).flatMap(([quantity, at]) => raised(octet(page, at), 0).map((level) => ({ quantity, level })))
  const ofLanes = LANE_FLAGS.flatMap(([quantity, from]) =>
    LANES.flatMap((lane) => {
      const raw = octet(page, from + (lane > 2 ? 1 : 0))
      return raised(raw, lane % 2 === 1 ? 0 : 4).map((level) => ({ quantity, level, lane }))
    }),
  )
  return [...whole, ...ofLanes]
}
