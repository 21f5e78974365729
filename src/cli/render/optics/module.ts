import type { HealthReading } from '../../../core/wire/health-reading.js'
import { figure } from '../health.js'
import { localTime } from '../time.js'

type Port = NonNullable<HealthReading['ports']>[string]
type Diagnostics = NonNullable<NonNullable<Port['transceiver']>['diagnostics']>
type Lane = NonNullable<Diagnostics['lanes']>[string]
type Flags = NonNullable<NonNullable<Port['light']>['flags']>
type Line = readonly [label: string, value: string]

const LEVELS = [
  ['highAlarm', 'high alarm'],
  ['lowAlarm', 'low alarm'],
  ['highWarning', 'high warning'],
  ['lowWarning', 'low warning'],
] as const

/** The words of `show interfaces diagnostics optics` of Junos. */
const QUANTITIES = [
  { key: 'laserBiasCurrent', name: 'Laser bias current', text: milliamperes, ofLane: true },
  { key: 'outputPower', name: 'Laser output power', text: powerText, ofLane: true },
  { key: 'temperature', name: 'Module temperature', text: degrees, ofLane: false },
  { key: 'supplyVoltage', name: 'Module voltage', text: volts, ofLane: false },
  { key: 'inputPower', name: 'Laser rx power', text: powerText, ofLane: true },
] as const
type Quantity = (typeof QUANTITIES)[number]

/** The readings of the module; of one with several lanes those of its worst lane. */
export function readingLines(diagnostics: Diagnostics): readonly Line[] {
  return [
    ...laneReadings(diagnostics, diagnostics.inputPowerType),
    ['Module temperature', degrees(diagnostics.temperature)],
    ['Module voltage', volts(diagnostics.supplyVoltage)],
  ]
}

/** The readings and states of one lane, or of a module with one. */
function laneReadings(lane: Lane, type: Diagnostics['inputPowerType']): readonly Line[] {
  const received =
    type === 'oma'
      ? 'Receiver signal modulation amplitude'
      : 'Receiver signal average optical power'
  return [
    ['Laser bias current', milliamperes(lane.laserBiasCurrent)],
    ['Laser output power', lane.txDisabled === true ? 'switched off' : powerText(lane.outputPower)],
    [received, lane.rxLos === true ? 'no light' : powerText(lane.inputPower)],
    ['Receiver loss of signal', onOff(lane.rxLos)],
    ['Transmitter fault', onOff(lane.txFault)],
    ['Transmitter disabled', onOff(lane.txDisabled)],
  ]
}

/** The flags of the module that are not of one lane, each with how often it came and when. */
export function flagLines(diagnostics: Diagnostics, flags: Flags | undefined): readonly Line[] {
  const isOfModule = ({ ofLane }: Quantity) => !ofLane || diagnostics.lanes === undefined
  return QUANTITIES.filter(isOfModule).flatMap((quantity) =>
    flagsOf(quantity, undefined, { diagnostics, flags }),
  )
}

interface FlagSource {
  readonly diagnostics: Diagnostics
  readonly flags: Flags | undefined
}

/** A level for which the module sets no limit that can be used has no flag either. */
function flagsOf(
  { key, name }: Quantity,
  lane: string | undefined,
  { diagnostics, flags }: FlagSource,
): readonly Line[] {
  const { thresholds, alarms = [] } = diagnostics
  return LEVELS.flatMap(([level, word]): readonly Line[] => {
    const isOn = alarms.some(
      (alarm) =>
        alarm.quantity === key &&
        alarm.level === level &&
        (lane === undefined || String(alarm.lane) === lane),
    )
    const record = flags?.[[key, level, ...(lane === undefined ? [] : [lane])].join('/')]
    if (!isOn && record === undefined && thresholds?.[key]?.[level] === undefined) return []
    return [[`${name} ${word}`, `${onOff(isOn)}${pastText(record)}`]]
  })
}

function pastText(record: Flags[string] | undefined): string {
  if (record === undefined) return ''
  const { count = 1, setAt = '', clearedAt } = record
  const times = count === 1 ? 'once' : `${count} times, last`
  const until = clearedAt === undefined ? '' : `, until ${localTime(clearedAt)}`
  return `, came up ${times} at ${localTime(setAt)}${until}`
}

/** The limits that the module sets. */
export function thresholdLines({ thresholds }: Diagnostics): readonly Line[] {
  return QUANTITIES.flatMap(({ key, name, text }) =>
    LEVELS.flatMap(([level, word]): readonly Line[] => {
      const limit = thresholds?.[key]?.[level]
      return limit === undefined ? [] : [[`${name} ${word} threshold`, text(limit)]]
    }),
  )
}

/** Each lane of a module with several: its readings and its flags. */
export function lanes(
  diagnostics: Diagnostics,
  flags: Flags | undefined,
): readonly { readonly lane: string; readonly lines: readonly Line[] }[] {
  return Object.entries(diagnostics.lanes ?? {}).map(([lane, reading]) => ({
    lane,
    lines: [
      ...laneReadings(reading, diagnostics.inputPowerType),
      ...QUANTITIES.filter(({ ofLane }) => ofLane).flatMap((quantity) =>
        flagsOf(quantity, lane, { diagnostics, flags }),
      ),
    ],
  }))
}

/** dBm with the same in mW, which is computed from it. */
function powerText(dbm: number | undefined): string {
  return dbm === undefined
    ? 'not measured'
    : `${(10 ** (dbm / 10)).toFixed(4)} mW / ${dbm.toFixed(1)} dBm`
}

function milliamperes(value: number | undefined): string {
  return figure(value, 'mA') || 'not measured'
}

function degrees(value: number | undefined): string {
  return value === undefined
    ? 'not measured'
    : `${value.toFixed(0)} degrees C / ${(value * 1.8 + 32).toFixed(0)} degrees F`
}

function volts(value: number | undefined): string {
  return value === undefined ? 'not measured' : `${value.toFixed(2)} V`
}

function onOff(isOn: boolean | undefined): string {
  return isOn === true ? 'On' : 'Off'
}
