import type { OpticDiagnostics, OpticalPower } from '../model/optic.js'
import { type Calibration, externalCalibration, INTERNAL } from './calibration.js'
import { blank, CC_DMI, checksumFault, hex, u16, u8 } from './page.js'
import { power } from './power.js'
import { LABELS, outOfBounds, type Quantity } from './quantity.js'
import { readAlarms, readThresholds } from './thresholds.js'

/** What A2h holds, and its faults in words. */
export interface Diagnosis {
  readonly diagnostics: OpticDiagnostics | null
  readonly remarks: readonly string[]
}

/** A0h byte 92, diagnostic monitoring type (SFF-8472 table 8-5). */
const TYPE = {
  implemented: 0x40,
  internal: 0x20,
  external: 0x10,
  averagePower: 0x08,
  addressChange: 0x04,
} as const

/** Octets of A2h that are needed; the last one is the second of the warning flags, byte 117. */
const NEEDED = 118

/** A2h byte 110. */
const STATUS = { txDisabled: 0x80, txFault: 0x04, rxLos: 0x02, notReady: 0x01 } as const

/** Reads A2h. Values that cannot be trusted are left out. */
export function readDiagnostics(a0: Uint8Array, a2: Uint8Array | null): Diagnosis {
  const type = u8(a0, 92) ?? 0
  if ((type & TYPE.implemented) === 0) return { diagnostics: null, remarks: [] }
  const fault = pageFault(type, a2)
  if (fault !== null || a2 === null) return { diagnostics: null, remarks: [fault ?? ''] }
  return trusted(type, a0, a2)
}

/** Why nothing of the page can be used, in words. */
function pageFault(type: number, a2: Uint8Array | null): string | null {
  if ((type & (TYPE.internal | TYPE.external)) === 0) {
    return `diagnostics are announced without a calibration: A0h byte 92 is ${hex(type)}`
  }
  if (a2 === null || a2.length === 0) {
    return (type & TYPE.addressChange) !== 0
      ? 'diagnostics need an address change (A0h byte 92 bit 2), which drivers do not make'
      : 'diagnostics are announced (A0h byte 92) but A2h does not answer'
  }
  if (a2.length < NEEDED) return `A2h ends after ${a2.length} octets, ${NEEDED} are needed`
  const filler = blank(a2.subarray(0, NEEDED))
  if (filler !== null) return `A2h is ${hex(filler)} throughout: the page was never read`
  const wrong = checksumFault(a2, CC_DMI)
  return wrong === null ? null : `A2h ${wrong}`
}

function trusted(type: number, a0: Uint8Array, a2: Uint8Array): Diagnosis {
  const external = (type & TYPE.external) !== 0
  const calibration = external ? externalCalibration(a2) : INTERNAL
  const status = readStatus(a2)
  const { thresholds, unusable, remarks } = readThresholds(a2, calibration)
  const { readings, faults } = status.notReady ? NOT_READY : readValues(a2, calibration)
  const alarms = status.notReady ? [] : readAlarms(a0, a2)
  return {
    diagnostics: {
      calibration: external ? 'external' : 'internal',
      inputPowerType: (type & TYPE.averagePower) === 0 ? 'oma' : 'average',
      ...readings,
      txDisabled: status.txDisabled,
      txFault: status.txFault,
      rxLos: status.rxLos,
      thresholds,
      alarms: alarms.filter(
        ({ quantity, level }) =>
          !unusable.some((limit) => limit.quantity === quantity && limit.level === level),
      ),
      lanes: [],
    },
    remarks: [...faults, ...remarks],
  }
}

/**
 * The bits are read even if A0h byte 93 does not announce them: real modules were found that set them
 * correctly without the announcement, and modules without such bits keep them 0.
 */
function readStatus(a2: Uint8Array) {
  const raw = u8(a2, 110) ?? 0
  const status = raw === 0xff ? 0 : raw
  return {
    txDisabled: (status & STATUS.txDisabled) !== 0,
    txFault: (status & STATUS.txFault) !== 0,
    rxLos: (status & STATUS.rxLos) !== 0,
    notReady: (status & STATUS.notReady) !== 0,
  }
}

type Readings = Pick<
  OpticDiagnostics,
  'temperature' | 'supplyVoltage' | 'laserBiasCurrent' | 'outputPower' | 'inputPower'
>

interface Values {
  readonly readings: Readings
  /** Readings that cannot be right, in words. */
  readonly faults: readonly string[]
}

const NOT_READY: Values = {
  readings: {
    temperature: null,
    supplyVoltage: null,
    laserBiasCurrent: null,
    outputPower: null,
    inputPower: null,
  },
  faults: ['the module reports that its readings are not ready (A2h byte 110)'],
}

/** A2h bytes 96-105: temperature, supply voltage, bias, launch power, received power. */
function readValues(a2: Uint8Array, calibration: Calibration): Values {
  const faults: string[] = []
  const read = (at: number, quantity: Quantity): number | null => {
    const value = calibration[quantity](u16(a2, at) ?? NaN)
    const fault = outOfBounds(quantity, value)
    if (fault === null) return value
    faults.push(`the ${LABELS[quantity]} reads ${fault}: not used (A2h bytes ${at}-${at + 1})`)
    return null
  }
  const light = (at: number, quantity: Quantity): OpticalPower | null => {
    const milliwatts = read(at, quantity)
    return milliwatts === null ? null : power(milliwatts)
  }
  const readings = {
    temperature: read(96, 'temperature'),
    supplyVoltage: read(98, 'supplyVoltage'),
    laserBiasCurrent: read(100, 'laserBiasCurrent'),
    outputPower: light(102, 'outputPower'),
    inputPower: light(104, 'inputPower'),
  }
  return { readings, faults }
}
