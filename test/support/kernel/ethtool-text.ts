import type {
  OpticDiagnostics,
  OpticReading,
  OpticThresholds,
} from '../../../src/core/model/optic.js'

/** What `ethtool -m` prints, by its own labels; the first of a label that is printed twice. */
export type EthtoolText = ReadonlyMap<string, string>

export function readEthtoolText(text: string): EthtoolText {
  const lines = text.split('\n').flatMap((line) => {
    const colon = line.indexOf(' : ')
    return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 3).trim()] as const]
  })
  return new Map(lines.reverse())
}

/** One thing both sides say. */
export interface Pair {
  readonly label: string
  readonly printed: string
  readonly ours: string | number | boolean | null
  readonly agrees: boolean
}

/**
 * ethtool 6.1 multiplies every coefficient of the received power by the reading, not by its power,
 * so with external calibration its figures are right for straight lines only.
 */
export function isBentInEthtool(a2: Uint8Array): boolean {
  return a2.subarray(56, 68).some((octet) => octet !== 0)
}

type Present = Extract<OpticReading, { state: 'present' }>

/** Everything ethtool and the decoder both say about a module, label by label. */
export function compareWithEthtool(text: EthtoolText, reading: Present): readonly Pair[] {
  const { diagnostics } = reading
  return [
    ...identityPairs(text, reading),
    ...(diagnostics === null ? [] : diagnosticPairs(text, diagnostics)),
  ]
}

function identityPairs(text: EthtoolText, { identity }: Present): readonly Pair[] {
  return [
    word(text, 'Vendor name', identity.vendor),
    word(text, 'Vendor PN', identity.vendorPart),
    word(text, 'Vendor rev', identity.vendorRev),
    word(text, 'Vendor SN', identity.serialNo),
    word(text, 'Vendor OUI', identity.vendorOui),
    word(text, 'Date code', storedDate(identity.dateCode)),
    ...(identity.wavelength === null
      ? []
      : [figure(text, 'Laser wavelength', Math.floor(identity.wavelength), 0)]),
    figure(text, 'BR, Nominal', identity.nominalBitRate, 0),
  ].flat()
}

/** ethtool's name of a quantity in its limits and flags, and the resolution of its figures. */
const QUANTITIES: Readonly<Record<keyof OpticThresholds, readonly [name: string, step: number]>> = {
  temperature: ['Module temperature', 0.011],
  supplyVoltage: ['Module voltage', 0.00011],
  laserBiasCurrent: ['Laser bias current', 0.0021],
  outputPower: ['Laser output power', 0.00011],
  inputPower: ['Laser rx power', 0.00011],
}

const LEVELS = {
  highAlarm: 'high alarm',
  lowAlarm: 'low alarm',
  highWarning: 'high warning',
  lowWarning: 'low warning',
} as const

function diagnosticPairs(text: EthtoolText, diagnostics: OpticDiagnostics): readonly Pair[] {
  const { temperature, supplyVoltage, laserBiasCurrent, outputPower, inputPower } = diagnostics
  const received = 'Receiver signal average optical power'
  return [
    figure(text, 'Module temperature', temperature, QUANTITIES.temperature[1]),
    figure(text, 'Module voltage', supplyVoltage, QUANTITIES.supplyVoltage[1]),
    figure(text, 'Laser bias current', laserBiasCurrent, QUANTITIES.laserBiasCurrent[1]),
    figure(text, 'Laser output power', outputPower?.milliwatts ?? null, QUANTITIES.outputPower[1]),
    figure(text, received, inputPower?.milliwatts ?? null, QUANTITIES.inputPower[1]),
    figure(text, 'Receiver signal OMA', inputPower?.milliwatts ?? null, QUANTITIES.inputPower[1]),
    ...limitPairs(text, diagnostics),
    ...flagPairs(text, diagnostics),
  ].flat()
}

/** Limits we call "not set" are left out: ethtool prints every number it finds. */
function limitPairs(text: EthtoolText, { thresholds }: OpticDiagnostics): readonly Pair[] {
  return combinations().flatMap(({ quantity, level, name, says, step }) => {
    const limit = thresholds?.[quantity][level] ?? null
    if (limit === null) return []
    const value = quantity.endsWith('Power') ? 10 ** (limit / 10) : limit
    return figure(text, `${name} ${says} threshold`, value, step)
  })
}

function flagPairs(text: EthtoolText, { alarms }: OpticDiagnostics): readonly Pair[] {
  return combinations().flatMap(({ quantity, level, name, says }) => {
    const label = `${name} ${says}`
    const printed = text.get(label)
    if (printed === undefined) return []
    const ours = alarms.some((alarm) => alarm.quantity === quantity && alarm.level === level)
    return [{ label, printed, ours, agrees: (printed === 'On') === ours }]
  })
}

function combinations() {
  const quantities = Object.keys(QUANTITIES) as (keyof OpticThresholds)[]
  const levels = Object.keys(LEVELS) as (keyof typeof LEVELS)[]
  return quantities.flatMap((quantity) =>
    levels.map((level) => {
      const [name, step] = QUANTITIES[quantity]
      return { quantity, level, name, says: LEVELS[level], step }
    }),
  )
}

/** ethtool prints the whole field, what is not printable as `_`; ours may begin it. */
function word(text: EthtoolText, label: string, ours: string): readonly Pair[] {
  const printed = text.get(label)
  if (printed === undefined) return []
  const padding = printed.slice(ours.length)
  const agrees = printed.startsWith(ours.replaceAll('?', '_')) && /^(_*|[0-9A-Z]{2})$/.test(padding)
  return [{ label, printed, ours, agrees }]
}

/** The date as the module stores it: `YYMMDD`, a lot code may follow. */
function storedDate(dateCode: string): string {
  return dateCode.replace(/^20(\d\d)-(\d\d)-(\d\d)$/, '$1$2$3')
}

function figure(
  text: EthtoolText,
  label: string,
  ours: number | null,
  step: number,
): readonly Pair[] {
  const printed = text.get(label)
  if (printed === undefined) return []
  const theirs = Number(/^[-+]?\d+(\.\d+)?/.exec(printed)?.[0])
  return [{ label, printed, ours, agrees: Math.abs(theirs - (ours ?? NaN)) <= step }]
}
