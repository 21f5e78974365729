import { LIGHTS } from '../model/light.js'
import type { LightHealth } from '../wire/health-optics.js'
import { gauge, instant, type Rule } from './family.js'

type Side = NonNullable<LightHealth['inputPower']>

/** The figure of received and of launched light. */
function both(light: LightHealth, read: (side: Side) => number | undefined) {
  return LIGHTS.flatMap((name) => {
    const side = light[name]
    const value = side === undefined ? undefined : read(side)
    return value === undefined ? [] : [{ labels: [name], value }]
  })
}

/** Midnight UTC of a date. */
function midnight(date: string | undefined): number | null {
  return date === undefined ? null : instant(`${date}T00:00:00Z`)
}

/** `slope` of the health document is of this many days. */
const SLOPE_DAYS = 30

function slopes(light: LightHealth) {
  return LIGHTS.flatMap((name) => {
    const decline = light[name]?.decline
    if (decline === undefined) return []
    const { slope: likely, least, most } = decline
    return Object.entries({ likely, least, most }).map(([estimate, value]) => ({
      labels: [name, estimate],
      value: value / SLOPE_DAYS,
    }))
  })
}

function marginEnds(light: LightHealth) {
  return LIGHTS.flatMap((name) => {
    const {
      marginEnds: likely,
      marginEndsEarliest: earliest,
      marginEndsLatest: latest,
    } = light[name]?.decline ?? {}
    return Object.entries({ likely, earliest, latest }).flatMap(([estimate, date]) => {
      const value = midnight(date)
      return value === null ? [] : [{ labels: [name, estimate], value }]
    })
  })
}

function strands({ farEnd }: LightHealth) {
  const { outboundLoss: outbound, inboundLoss: inbound } = farEnd ?? {}
  return Object.entries({ outbound, inbound }).flatMap(([strand, value]) =>
    value === undefined ? [] : [{ labels: [strand], value }],
  )
}

const BOTH = 'received (inputPower) and launched (outputPower)'

/** Light with a memory: margins, and how it changed over time. */
export const LIGHT_RULES: readonly Rule<LightHealth>[] = [
  gauge(
    'demarc_optic_margin_db',
    `dB to the limit that the light is nearest to, ${BOTH}; negative: beyond it.`,
    (light) => both(light, ({ margin }) => margin),
    ['light'],
  ),
  gauge(
    'demarc_optic_baseline_loss_db',
    `dB below the baseline, at the temperature of the baseline, ${BOTH}; negative: above it.`,
    (light) => both(light, ({ loss }) => loss),
    ['light'],
  ),
  gauge(
    'demarc_optic_baseline_timestamp_seconds',
    'When the baseline was taken, seconds since 1970; absent: there is none yet.',
    ({ baseline }) => instant(baseline?.at),
  ),
  gauge(
    'demarc_optic_margin_end_timestamp_seconds',
    `Day on which light that declines reaches its low limit, ${BOTH}, seconds since 1970; by estimate: likely, earliest, latest. Absent: no decline can be shown, or not within 20 years.`,
    marginEnds,
    ['light', 'estimate'],
  ),
  gauge(
    'demarc_optic_slope_db_per_day',
    `dB in a day at one temperature, negative, ${BOTH}; by estimate: likely, and the ends of its interval of 3.3 standard deviations, least and most. Absent: no decline can be shown.`,
    slopes,
    ['light', 'estimate'],
  ),
  gauge(
    'demarc_optic_step_db',
    `dB by which the light fell at once, ${BOTH}: the largest fall since the baseline that has not been recovered. Absent: none.`,
    (light) =>
      both(light, ({ step }) => (step === undefined ? undefined : step.before - step.after)),
    ['light'],
  ),
  gauge(
    'demarc_optic_step_timestamp_seconds',
    `When that fall was first measured, ${BOTH}, seconds since 1970. Absent: none.`,
    (light) => both(light, ({ step }) => instant(step?.at) ?? undefined),
    ['light'],
  ),
  gauge(
    'demarc_optic_strand_loss_db',
    'dB that each strand of the fibre loses, by what the far end reported within a day (outbound, inbound).',
    strands,
    ['strand'],
  ),
]
