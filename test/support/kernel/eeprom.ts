/**
 * Builds SFF-8472 memory by its own arithmetic, so that the decoder is tested against a second
 * reading of the standard and the lab's virtual fibre has modules to plug in.
 */
export type ModuleKind =
  '10GBASE-LR' | '10GBASE-SR' | '1000BASE-LX' | '1000BASE-SX' | '25GBASE-LR' | '1000BASE-T' | 'DAC'

type Diagnostics = 'internal' | 'external' | 'none'

/** °C, V, mA, dBm, dBm; a power of null is no light at all. */
export interface Readings {
  readonly temperature: number
  readonly supplyVoltage: number
  readonly laserBiasCurrent: number
  readonly outputPower: number | null
  readonly inputPower: number | null
}

/** High alarm, low alarm, high warning, low warning, in the unit of the reading; null writes 0, "not set". */
type Limit = number | null
type Limits = readonly [Limit, Limit, Limit, Limit]
type ThresholdSpec = Readonly<Record<keyof Readings, Limits>>

export interface ModuleSpec {
  readonly kind: ModuleKind
  readonly diagnostics?: Diagnostics
  readonly vendor?: string
  readonly part?: string
  readonly serial?: string
  /** YYMMDD. */
  readonly date?: string
  readonly readings?: Partial<Readings>
  readonly thresholds?: Partial<ThresholdSpec>
  readonly txDisabled?: boolean
  readonly txFault?: boolean
  /** Default: when the received light is below the low alarm. */
  readonly rxLos?: boolean
}

/** 256 octets each; a2 is null where the module has no diagnostics. */
export interface ModuleMemory {
  readonly a0: Uint8Array
  readonly a2: Uint8Array | null
}

interface Kind {
  readonly connector: number
  /** A0h byte → value, for bytes 3-10 and 36. */
  readonly codes: Readonly<Record<number, number>>
  readonly encoding: number
  /** A0h byte 12, unit 100 MBd, and 66, unit 250 MBd. */
  readonly rate: readonly [number, number]
  readonly wavelength: number
  readonly kilometres: number
  readonly diagnostics: Diagnostics
  readonly launch: Limits
  readonly receive: Limits
}

interface Laser {
  readonly codes: Kind['codes']
  /** A0h byte 12; 255 moves the rate to byte 66. */
  readonly rate: number
  readonly wavelength: number
  readonly kilometres: number
  readonly launch: Limits
  readonly receive: Limits
}

/** Limits a usual module of the kind carries: IEEE 802.3 figures as warnings, some dB on as alarms. */
const KINDS: Readonly<Record<ModuleKind, Kind>> = {
  '10GBASE-LR': optical({
    codes: { 3: 0x20 },
    rate: 103,
    wavelength: 1310,
    kilometres: 10,
    launch: [3.5, -12.2, 0.5, -8.2],
    receive: [3.5, -18.4, 0.5, -14.4],
  }),
  '10GBASE-SR': optical({
    codes: { 3: 0x10 },
    rate: 103,
    wavelength: 850,
    kilometres: 0,
    launch: [1.7, -11.3, -1.3, -7.3],
    receive: [2, -13.9, -1, -9.9],
  }),
  '1000BASE-LX': optical({
    codes: { 6: 0x02 },
    rate: 13,
    wavelength: 1310,
    kilometres: 10,
    launch: [0, -14, -3, -11],
    receive: [0, -22, -3, -19],
  }),
  '1000BASE-SX': optical({
    codes: { 6: 0x01 },
    rate: 13,
    wavelength: 850,
    kilometres: 0,
    launch: [0, -12.5, -3, -9.5],
    receive: [1, -20, 0, -17],
  }),
  '25GBASE-LR': optical({
    codes: { 36: 0x03 },
    rate: 255,
    wavelength: 1310,
    kilometres: 10,
    launch: [4, -9, 2, -7],
    receive: [4, -16, 2, -13.3],
  }),
  '1000BASE-T': copper(0x22, { 6: 0x08 }, 13),
  DAC: copper(0x21, { 8: 0x04 }, 103),
}

function optical(laser: Laser): Kind {
  return {
    ...laser,
    connector: 0x07,
    encoding: laser.rate > 100 ? 0x06 : 0x01,
    rate: [laser.rate, laser.rate === 255 ? 103 : 0],
    diagnostics: 'internal',
  }
}

function copper(connector: number, codes: Kind['codes'], rate: number): Kind {
  const none: Limits = [null, null, null, null]
  return {
    connector,
    codes,
    encoding: 0x01,
    rate: [rate, 0],
    wavelength: 0,
    kilometres: 0,
    diagnostics: 'none',
    launch: none,
    receive: none,
  }
}

const READINGS: Readings = {
  temperature: 35,
  supplyVoltage: 3.3,
  laserBiasCurrent: 30,
  outputPower: -4,
  inputPower: -6,
}

export function buildModule(spec: ModuleSpec): ModuleMemory {
  const diagnostics = spec.diagnostics ?? KINDS[spec.kind].diagnostics
  return {
    a0: buildA0(spec, diagnostics),
    a2: diagnostics === 'none' ? null : buildA2(spec, diagnostics === 'external'),
  }
}

function buildA0(spec: ModuleSpec, diagnostics: Diagnostics): Uint8Array {
  const kind = KINDS[spec.kind]
  const page = new Uint8Array(256)
  page.set([0x03, 0x04, kind.connector], 0)
  for (const [at, code] of Object.entries(kind.codes)) page[Number(at)] = code
  page[11] = kind.encoding
  page[12] = kind.rate[0]
  page[14] = kind.kilometres
  page[15] = kind.kilometres * 10
  ascii(page, 20, 16, spec.vendor ?? 'DEMARC LAB')
  page.set([0x02, 0xde, 0xac], 37)
  ascii(page, 40, 16, spec.part ?? spec.kind)
  ascii(page, 56, 4, 'A')
  word(page, 60, kind.wavelength)
  page.set([0x00, 0x1a], 64)
  page[66] = kind.rate[1]
  ascii(page, 68, 16, spec.serial ?? 'LAB0000001')
  ascii(page, 84, 8, spec.date ?? '250131')
  page[92] = { none: 0x00, internal: 0x68, external: 0x58 }[diagnostics]
  page[93] = diagnostics === 'none' ? 0x00 : 0xf0
  page[94] = 0x08
  return seal(seal(page, 0, 63), 64, 95)
}

/** How a value becomes the 16-bit number of its field. */
type Encode = Readonly<Record<keyof Readings, (value: number | null) => number>>

const milliwatts = (dbm: number | null) => (dbm === null ? 0 : 10 ** (dbm / 10))

const INTERNAL: Encode = {
  temperature: (value) => (value ?? 0) * 256,
  supplyVoltage: (value) => (value ?? 0) * 10_000,
  laserBiasCurrent: (value) => (value ?? 0) * 500,
  outputPower: (value) => milliwatts(value) * 10_000,
  inputPower: (value) => milliwatts(value) * 10_000,
}

/** The constants of {@link CONSTANTS} turned round. */
const EXTERNAL: Encode = {
  temperature: (value) => (INTERNAL.temperature(value) + 1280) / 2,
  supplyVoltage: (value) => INTERNAL.supplyVoltage(value) / 1.5,
  laserBiasCurrent: (value) => (INTERNAL.laserBiasCurrent(value) - 100) / 2,
  outputPower: (value) => INTERNAL.outputPower(value) / 2,
  inputPower: (value) => (INTERNAL.inputPower(value) + 16) / 0.5,
}

/** A2h 56-91: received power = 0.5 x - 16; then slope and offset of bias, launch, temperature, voltage. */
function writeConstants(page: Uint8Array, external: boolean): void {
  const view = new DataView(page.buffer)
  view.setFloat32(68, external ? 0.5 : 1)
  view.setFloat32(72, external ? -16 : 0)
  const slopes = external
    ? [0x0200, 100, 0x0200, 0, 0x0200, -1280, 0x0180, 0]
    : [0x0100, 0, 0x0100, 0, 0x0100, 0, 0x0100, 0]
  slopes.forEach((value, place) => view.setInt16(76 + 2 * place, value))
}

function buildA2(spec: ModuleSpec, external: boolean): Uint8Array {
  const encode = external ? EXTERNAL : INTERNAL
  const readings = { ...READINGS, ...spec.readings }
  const thresholds = { ...defaultThresholds(spec.kind), ...spec.thresholds }
  const page = new Uint8Array(256)
  for (const [place, quantity] of QUANTITIES.entries()) {
    thresholds[quantity].forEach((limit, i) => {
      word(page, place * 8 + i * 2, limit === null ? 0 : encode[quantity](limit))
    })
    word(page, 96 + place * 2, encode[quantity](readings[quantity]))
  }
  writeConstants(page, external)
  page[110] = status(spec, readings, thresholds)
  writeFlags(page, readings, thresholds)
  return seal(page, 0, 95)
}

/** In the order of A2h, both of the limits and of the readings. */
const QUANTITIES = [
  'temperature',
  'supplyVoltage',
  'laserBiasCurrent',
  'outputPower',
  'inputPower',
] as const

function defaultThresholds(kind: ModuleKind): ThresholdSpec {
  return {
    temperature: [75, -5, 70, 0],
    supplyVoltage: [3.63, 2.97, 3.465, 3.135],
    laserBiasCurrent: [85, 2, 80, 4],
    outputPower: KINDS[kind].launch,
    inputPower: KINDS[kind].receive,
  }
}

function status(spec: ModuleSpec, readings: Readings, thresholds: ThresholdSpec): number {
  const dark = (readings.inputPower ?? -Infinity) < (thresholds.inputPower[1] ?? -Infinity)
  const bits = [
    [spec.txDisabled ?? false, 0x80],
    [spec.txFault ?? false, 0x04],
    [spec.rxLos ?? dark, 0x02],
  ] as const
  return bits.reduce((sum, [set, bit]) => (set ? sum | bit : sum), 0)
}

/** A2h 112-113 and 116-117: two bits a quantity, high before low, from the top. */
function writeFlags(page: Uint8Array, readings: Readings, thresholds: ThresholdSpec): void {
  for (const [place, quantity] of QUANTITIES.entries()) {
    const value = readings[quantity] ?? -Infinity
    const [highAlarm, lowAlarm, highWarning, lowWarning] = thresholds[quantity]
    const octet = 112 + (place >> 2)
    const shift = 6 - 2 * (place % 4)
    const flags = (high: Limit, low: Limit) =>
      ((value > (high ?? Infinity) ? 2 : 0) | (value < (low ?? -Infinity) ? 1 : 0)) << shift
    page[octet] = (page[octet] ?? 0) | flags(highAlarm, lowAlarm)
    page[octet + 4] = (page[octet + 4] ?? 0) | flags(highWarning, lowWarning)
  }
}

function ascii(page: Uint8Array, at: number, length: number, value: string): void {
  page.set(Buffer.from(value.padEnd(length).slice(0, length), 'latin1'), at)
}

function word(page: Uint8Array, at: number, value: number): void {
  const raw = Math.max(-0x8000, Math.min(0xffff, Math.round(value))) & 0xffff
  page.set([raw >> 8, raw & 0xff], at)
}

/** Writes the sum of `from` … `at` - 1 to `at`. */
export function seal(page: Uint8Array, from: number, at: number): Uint8Array {
  page[at] = page.subarray(from, at).reduce((total, octet) => total + octet, 0) & 0xff
  return page
}

/** A0h and A2h one after the other, 512 octets; a missing A2h is zeroes. */
export function toFile(memory: ModuleMemory): Uint8Array {
  const file = new Uint8Array(512)
  file.set(memory.a0, 0)
  if (memory.a2 !== null) file.set(memory.a2, 256)
  return file
}
