import { instantOf } from '../../base/time.js'
import { laserOf } from '../../light/limit.js'
import type { Light, LightView, MarginEnd, StrandView } from '../../model/light.js'
import { lanesOf } from '../../light/lanes.js'
import { PORT_OFF, type PortSubject } from './port.js'
import { rule, type Rule } from './rule.js'

interface Direction {
  readonly light: Light
  /** Part of the code, such as RX in `OPTIC_RX_STEP`. */
  readonly word: string
  readonly label: string
  /** What to do about a sudden loss, and about a slow one. */
  readonly sudden: string
  readonly slow: string
  /** Codes that explain why there is little or no light. */
  readonly suppressedBy: readonly string[]
}

const DIRECTIONS: readonly Direction[] = [
  {
    light: 'inputPower',
    word: 'RX',
    label: 'received light',
    sudden:
      'look for a connector that was touched or is dirty, and for a bent fibre, on the strand to this port',
    slow: 'clean the connectors, then have the strand to this port and the laser of the far end measured',
    suppressedBy: [...PORT_OFF, 'OPTIC_RX_LOS'],
  },
  {
    light: 'outputPower',
    word: 'TX',
    label: 'launched light',
    sudden: 'replace the module',
    slow: 'the laser ages: replace the module before that',
    suppressedBy: [...PORT_OFF, 'OPTIC_TX_DISABLED', 'OPTIC_TX_FAULT'],
  },
]

/** Loss against the baseline that is shown, dB. Modules repeat their readings within some tenths of one. */
const LOSS_SHOWN = 2
/** A margin that ends within this time is shown, ms. */
const END_SHOWN = 365 * 86_400_000

const CHANGE_RULES: readonly Rule<PortSubject>[] = DIRECTIONS.flatMap((direction) => {
  const { light, word, label, suppressedBy } = direction
  const viewOf = ({ port }: PortSubject): LightView | undefined =>
    laserOf(port.optic, port.speed) === null ? undefined : port.light?.[light]
  const low = `OPTIC_${word}_LOW`
  return [
    rule<PortSubject>({
      code: `OPTIC_${word}_STEP`,
      severity: 'warning',
      suppressedBy,
      test: (subject) => {
        const step = viewOf(subject)?.step ?? null
        if (step === null) return null
        const { before, after, at } = step
        return `${subject.port.name}: ${label} fell by ${decibels(before - after)} at once, from ${dbm(before)} to ${dbm(after)}${laneText(subject, step.lane)}, at ${minuteOf(at)}: ${direction.sudden}.`
      },
    }),
    rule<PortSubject>({
      code: `OPTIC_${word}_DECLINE`,
      severity: 'warning',
      suppressedBy: [...suppressedBy, low],
      test: (subject) => {
        const decline = viewOf(subject)?.decline ?? null
        const ends = decline?.ends ?? null
        if (decline === null || ends === null || !isNear(ends, subject)) return null
        const slope = decibels(-decline.slope * 30)
        return `${subject.port.name}: ${label} declines by ${slope} in 30 days, measured over ${decline.days} days; its margin ends on ${dayOf(ends.at)} (${between(ends)}): ${direction.slow}.`
      },
    }),
    rule<PortSubject>({
      code: `OPTIC_${word}_LOSS`,
      severity: 'warning',
      suppressedBy: [...suppressedBy, low, `OPTIC_${word}_STEP`, `OPTIC_${word}_DECLINE`],
      test: (subject) => {
        const loss = viewOf(subject)?.loss ?? null
        const baseline = subject.port.light?.baseline ?? null
        if (loss === null || baseline === null || loss < LOSS_SHOWN) return null
        return `${subject.port.name}: ${label} is ${decibels(loss)} below the baseline of ${dayOf(baseline.at)}: ${direction.sudden}; run "demarc optics baseline ${subject.port.name}" where it is right as it is.`
      },
    }),
  ]
})

/** Difference of both strands that is shown, dB: two receivers and two launched lights are each right within 1 dB or so. */
const UNEVEN = 3
/** A finding does not rest on a report that is older than this, ms. */
const REPORT_COUNTS = 3_600_000

/** Only what the far end itself has measured shows whether it receives our light. */
const STRAND_RULES: readonly Rule<PortSubject>[] = [
  rule({
    code: 'OPTIC_FAR_END_DARK',
    severity: 'critical',
    suppressedBy: [...PORT_OFF, 'OPTIC_TX_DISABLED', 'OPTIC_TX_FAULT', 'OPTIC_TX_LOW'],
    test: (subject) => {
      const farEnd = reportOf(subject)
      const launched = launchedBy(subject)
      if (farEnd === null || launched === null || !isDark(farEnd)) return null
      const { inputPower } = farEnd
      const measured = typeof inputPower === 'number' ? `only ${dbm(inputPower)}` : 'no light'
      return `${subject.port.name} launches ${dbm(launched)}, and the far end receives ${measured}${source(farEnd)}: the strand from this port to the far end is cut, or plugged wrongly; have it checked.`
    },
  }),
  rule({
    code: 'OPTIC_STRAND_LOSS',
    severity: 'warning',
    suppressedBy: [...PORT_OFF, 'OPTIC_RX_LOS', 'OPTIC_FAR_END_DARK'],
    test: (subject) => {
      const farEnd = reportOf(subject)
      const { outboundLoss = null, inboundLoss = null } = farEnd ?? {}
      if (farEnd === null || outboundLoss === null || inboundLoss === null) return null
      if (Math.abs(outboundLoss - inboundLoss) < UNEVEN) return null
      const worse = outboundLoss > inboundLoss ? 'from this port to the far end' : 'to this port'
      return `${subject.port.name}: the strand to the far end loses ${decibels(outboundLoss)} and the one back ${decibels(inboundLoss)}${source(farEnd)}: clean and check the strand ${worse}.`
    },
  }),
]

export const LIGHT_RULES: readonly Rule<PortSubject>[] = [...CHANGE_RULES, ...STRAND_RULES]

function reportOf({ port }: PortSubject): StrandView | null {
  const farEnd = port.light?.farEnd ?? null
  if (farEnd === null || port.opticAt === null) return null
  return millisBetween(farEnd.receivedAt, port.opticAt) <= REPORT_COUNTS ? farEnd : null
}

/** dBm of the weakest lane; null: the module launches none. */
function launchedBy({ port }: PortSubject): number | null {
  const laser = laserOf(port.optic, port.speed)
  const lanes = laser === null ? [] : lanesOf(laser.diagnostics)
  const powers = lanes.map(({ outputPower }) => outputPower?.dbm ?? null)
  const lit = powers.filter((power) => power !== null)
  return lit.length === 0 || lit.length < powers.length ? null : Math.min(...lit)
}

function isDark({ inputPower, limits: { lowAlarm } }: StrandView): boolean {
  if (inputPower === 'none') return true
  return inputPower !== null && lowAlarm !== null && inputPower < lowAlarm
}

function isNear({ at }: MarginEnd, { port }: PortSubject): boolean {
  return port.opticAt !== null && millisBetween(port.opticAt, at) < END_SHOWN
}

function millisBetween(from: string, to: string): number {
  return (instantOf(to) ?? 0) - (instantOf(from) ?? 0)
}

function between({ earliest, latest }: MarginEnd): string {
  const last = latest === null ? 'or later' : `to ${dayOf(latest)}`
  return `${dayOf(earliest)} ${last}`
}

function source({ from, receivedAt }: StrandView): string {
  return ` (reported${from === '' ? '' : ` by ${from}`} at ${minuteOf(receivedAt)})`
}

function laneText(subject: PortSubject, lane: number): string {
  const lanes = subject.port.light?.baseline?.lanes.length ?? 1
  return lanes > 1 ? ` on lane ${lane + 1}` : ''
}

function minuteOf(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`
}

function dayOf(instant: string): string {
  return instant.slice(0, 10)
}

function decibels(value: number): string {
  return `${value.toFixed(1)} dB`
}

function dbm(value: number): string {
  return `${value.toFixed(1)} dBm`
}
