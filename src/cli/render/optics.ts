import { millis, toSeconds, type Millis } from '../../core/base/time.js'
import type { HealthReading } from '../../core/wire/health-reading.js'
import { printable, table, wrapped } from './table.js'
import { localTime, span } from './time.js'

type Port = NonNullable<HealthReading['ports']>[string]
type Light = NonNullable<Port['light']>
type Side = NonNullable<Light['inputPower']>
type Diagnostics = NonNullable<NonNullable<Port['transceiver']>['diagnostics']>

const SIDES = [
  ['received', 'inputPower'],
  ['launched', 'outputPower'],
] as const

/**
 * Both lights of each port against their limits and their baseline, and below what else is known of them; `now` is the
 * wall clock in milliseconds since 1970. '' where no light can be read.
 */
export function renderLight(health: HealthReading, now: Millis): string {
  const ports = Object.entries(health.ports ?? {})
  const rows = ports.flatMap(([name, port]) => lightRows(name, port))
  if (rows.length === 0) return ''
  const head = ['port', 'light', 'now', 'baseline', 'loss', 'margin', 'to the limit', 'margin ends']
  const more = ports.flatMap(([name, port]) =>
    remarks(port, now).flatMap((line) => wrapped(`${name}: ${line}`)),
  )
  return [table(head, rows), ...more].join('\n')
}

/** dB to the nearest limit, such as `12.3 dB`; '' where there is none. */
export function marginText(side: Side | undefined): string {
  return decibels(side?.margin)
}

function lightRows(name: string, { light, transceiver }: Port): string[][] {
  const diagnostics = transceiver?.diagnostics
  if (light === undefined || diagnostics === undefined) return []
  return SIDES.flatMap(([word, key]) => [
    [
      name,
      word,
      dbm(diagnostics[key]),
      dbm(weakest(light, key)),
      decibels(light[key]?.loss),
      marginText(light[key]),
      limitText(light[key]),
      endText(light[key]),
    ],
    ...laneRows(word, key, light, diagnostics),
  ])
}

/** The lanes of a module with several. */
function laneRows(
  word: string,
  key: (typeof SIDES)[number][1],
  { baseline }: Light,
  { lanes }: Diagnostics,
): string[][] {
  return Object.entries(lanes ?? {}).map(([lane, reading]) => [
    '',
    `${word} ${printable(lane)}`,
    dbm(reading[key]),
    dbm(baseline?.lanes?.[lane]?.[key]),
  ])
}

function weakest({ baseline }: Light, key: (typeof SIDES)[number][1]): number | undefined {
  const lanes = Object.values(baseline?.lanes ?? {}).flatMap((lane) => lane[key] ?? [])
  return lanes.length === 0 ? undefined : Math.min(...lanes)
}

const LEVELS: Readonly<Record<string, string>> = {
  highAlarm: 'high alarm',
  highWarning: 'high warning',
  lowWarning: 'low warning',
  lowAlarm: 'low alarm',
  standardHigh: 'most of the standard',
  standardLow: 'least of the standard',
}

function limitText(side: Side | undefined): string {
  if (side?.limit === undefined) return ''
  const lane = side.lane === undefined ? '' : `, lane ${side.lane}`
  return `${LEVELS[side.level ?? ''] ?? printable(side.level ?? '')} ${dbm(side.limit)}${lane}`
}

function endText(side: Side | undefined): string {
  const { marginEnds, marginEndsEarliest, marginEndsLatest } = side?.decline ?? {}
  if (marginEnds === undefined) return ''
  const last = marginEndsLatest === undefined ? 'or later' : `to ${marginEndsLatest}`
  return printable(`${marginEnds} (${marginEndsEarliest ?? ''} ${last})`)
}

/** What the table has no column for. */
function remarks({ light, transceiver }: Port, now: Millis): readonly string[] {
  if (light === undefined) return []
  const read = transceiver?.observedAt
  return [
    ...(read === undefined ? [] : [`read ${age(read, now)} ago`]),
    ...baselineText(light),
    ...SIDES.flatMap(([word, key]) => changeText(word, light[key])),
    ...farEndText(light.farEnd, now),
    ...flagTexts(light.flags),
  ]
}

function baselineText({ baseline, formerBaselines = [] }: Light): readonly string[] {
  if (baseline === undefined)
    return ['no baseline yet: it is taken once there was a link with light for 5 minutes']
  const { at = '', temperature, vendorPart, serialNo } = baseline
  const warm = temperature === undefined ? '' : ` at ${temperature} °C`
  const former = formerBaselines.length === 0 ? '' : `; ${formerBaselines.length} before it`
  const module = `module ${vendorPart ?? ''} ${serialNo ?? ''}`
  return [printable(`baseline of ${localTime(at)}${warm}, ${module}${former}`)]
}

function changeText(word: string, side: Side | undefined): readonly string[] {
  const { step, decline } = side ?? {}
  const steps =
    step?.at === undefined
      ? []
      : [
          `${word} light went from ${dbm(step.before)} to ${dbm(step.after)} at ${localTime(step.at)}`,
        ]
  const slopes =
    decline?.slope === undefined
      ? []
      : [
          `${word} light changes by ${decline.slope} dB in 30 days (${decline.least ?? '?'} to ${decline.most ?? '?'}), measured over ${decline.days ?? '?'} days`,
        ]
  return [...steps, ...slopes]
}

function farEndText(farEnd: Light['farEnd'], now: Millis): readonly string[] {
  if (farEnd === undefined) return []
  const facts = [
    ...farReadings(farEnd),
    ...(farEnd.outboundLoss === undefined
      ? []
      : [`the strand to it loses ${decibels(farEnd.outboundLoss)}`]),
    ...(farEnd.inboundLoss === undefined
      ? []
      : [`the strand from it loses ${decibels(farEnd.inboundLoss)}`]),
    ...(farEnd.worse === undefined
      ? []
      : [farEnd.worse === 'outbound' ? 'the one to it is worse' : 'the one from it is worse']),
  ]
  const who = farEnd.from === undefined ? '' : ` by ${farEnd.from}`
  return [
    printable(
      `far end, reported${who} ${age(farEnd.receivedAt ?? '', now)} ago: ${facts.join(', ')}`,
    ),
  ]
}

function farReadings({ isDark, inputPower, outputPower }: NonNullable<Light['farEnd']>) {
  const received = isDark === true ? 'no light' : dbm(inputPower) || 'not stated'
  return [`receives ${received}`, `launches ${dbm(outputPower) || 'not stated'}`]
}

/** Flags that are shown; `--json` has them all. */
const FLAGS_SHOWN = 8

function flagTexts(flags: Light['flags'] = {}): readonly string[] {
  return Object.entries(flags)
    .slice(0, FLAGS_SHOWN)
    .map(([name, { count = 0, setAt = '', clearedAt }]) => {
      const times = count === 1 ? 'once' : `${count} times`
      const until = clearedAt === undefined ? 'and is up' : `until ${localTime(clearedAt)}`
      return printable(`the module raised ${name} ${times}, last at ${localTime(setAt)} ${until}`)
    })
}

function age(instant: string, now: Millis): string {
  const passed = now - Date.parse(instant)
  return Number.isNaN(passed) ? '?' : span(toSeconds(millis(Math.max(0, passed))))
}

function dbm(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(1)} dBm`
}

function decibels(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(1)} dB`
}
