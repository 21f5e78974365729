import type { Millis } from '../../../core/base/time.js'
import type { HealthReading } from '../../../core/wire/health-reading.js'
import { decibels, power } from '../health.js'
import { ageText, localTime } from '../time.js'

type Light = NonNullable<NonNullable<HealthReading['ports']>[string]['light']>
type Side = NonNullable<Light['inputPower']>
type Line = readonly [label: string, value: string]

/** The two directions, and what their labels begin with. */
const SIDES = [
  ['inputPower', 'Receiver power'],
  ['outputPower', 'Laser output power'],
] as const

/** What the agent knows of the light of a port beside the readings of its module: margins, losses, baseline, far end. */
export function lightLines(light: Light | undefined, now: Millis): readonly Line[] {
  if (light === undefined) return []
  return [
    ...SIDES.flatMap(([key, name]) => sideLines(name, light[key], weakest(light, key))),
    ['Baseline', baselineText(light)],
    ...farEndLines(light.farEnd, now),
  ]
}

function sideLines(name: string, side: Side | undefined, baseline: number | undefined) {
  const { margin, loss, step, decline } = side ?? {}
  const lines: readonly Line[] = [
    [`${name} margin`, margin === undefined ? '' : `${decibels(margin)} to the ${limitText(side)}`],
    [`${name} baseline`, power(baseline)],
    [`${name} loss since the baseline`, decibels(loss)],
    [`${name} step`, stepText(step)],
    [`${name} decline`, declineText(decline)],
    [`${name} margin ends`, endText(side)],
  ]
  return lines.filter(([, value]) => value !== '')
}

function weakest({ baseline }: Light, key: (typeof SIDES)[number][0]): number | undefined {
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

function limitText({ level = '', limit, lane }: Side = {}): string {
  const which = Object.hasOwn(LEVELS, level) ? LEVELS[level] : level
  return `${which} of ${power(limit) || 'an unknown power'}${lane === undefined ? '' : `, lane ${lane}`}`
}

function stepText(step: Side['step']): string {
  if (step === undefined) return ''
  const { at = '', before, after } = step
  return `from ${power(before) || '?'} to ${power(after) || '?'} at ${localTime(at)}`
}

function declineText(decline: Side['decline']): string {
  if (decline?.slope === undefined) return ''
  const { slope, least = '?', most = '?', days = '?' } = decline
  return `${slope} dB in 30 days (${least} to ${most}), measured over ${days} days`
}

/** The date with its uncertainty; '' where no decline can be shown. */
export function endText(side: Side | undefined): string {
  const { marginEnds, marginEndsEarliest, marginEndsLatest } = side?.decline ?? {}
  if (marginEnds === undefined) return ''
  const last = marginEndsLatest === undefined ? 'or later' : `to ${marginEndsLatest}`
  return `${marginEnds} (${marginEndsEarliest ?? '?'} ${last})`
}

function baselineText({ baseline, formerBaselines = [] }: Light): string {
  if (baseline === undefined)
    return 'none yet: it is taken once there was a link with light for 5 minutes'
  const { at = '', temperature, vendorPart = '', serialNo = '' } = baseline
  const warm = temperature === undefined ? '' : ` at ${temperature} °C`
  const former = formerBaselines.length === 0 ? '' : `; ${formerBaselines.length} before it`
  return `taken ${localTime(at)}${warm}, module ${vendorPart} ${serialNo}${former}`
}

function farEndLines(farEnd: Light['farEnd'], now: Millis): readonly Line[] {
  if (farEnd === undefined) return []
  const { from, receivedAt, isDark, inputPower, outputPower, inboundLoss, outboundLoss } = farEnd
  const who = from === undefined ? '' : ` by ${from}`
  const lines: readonly Line[] = [
    ['Far end', `reported${who} ${ageText(receivedAt, now) || '?'} ago`],
    ['Far end receiver power', isDark === true ? 'no light' : power(inputPower) || 'not stated'],
    ['Far end laser output power', power(outputPower) || 'not stated'],
    ['Loss of the strand to the far end', strandText(outboundLoss, farEnd.worse === 'outbound')],
    ['Loss of the strand from the far end', strandText(inboundLoss, farEnd.worse === 'inbound')],
  ]
  return lines.filter(([, value]) => value !== '')
}

function strandText(loss: number | undefined, isWorse: boolean): string {
  return loss === undefined ? '' : `${decibels(loss)}${isWorse ? ', the worse one' : ''}`
}
