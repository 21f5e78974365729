import { laserOf, marginOf, type Laser } from '../../light/limit.js'
import type { Baseline, Light, LightView, PortLight, StrandView } from '../../model/light.js'
import type { PortState } from '../../model/state.js'
import type { LightHealth } from '../../wire/health-optics.js'
import { BANDS, damp, known, rounded } from '../shown/damping.js'

/** What is known of the light of a port beside its readings; null: nothing. */
export function lightHealth(
  { optic, speed, light }: Pick<PortState, 'optic' | 'speed' | 'light'>,
  before: LightHealth | undefined,
): LightHealth | null {
  const laser = laserOf(optic, speed)
  if (laser === null && light === undefined) return null
  const side = (of: Light) => sideHealth(of, { laser, view: light?.[of], before: before?.[of] })
  return known({
    inputPower: side('inputPower'),
    outputPower: side('outputPower'),
    ...(light === undefined ? {} : rememberedHealth(light, before)),
  })
}

type SideHealth = NonNullable<LightHealth['inputPower']>

function sideHealth(
  light: Light,
  from: {
    readonly laser: Laser | null
    readonly view: LightView | undefined
    readonly before: SideHealth | undefined
  },
): SideHealth | null {
  const { laser, view, before } = from
  const found = laser === null ? null : marginOf(laser, light)
  const margin = damp(before?.margin, found?.margin ?? null, BANDS.power)
  const written = known({
    margin,
    limit: found === null ? null : rounded(found.limit, 3),
    level: found?.level,
    lane: found?.lane,
    ...(view === undefined ? {} : changeHealth(view, before)),
  })
  return Object.keys(written).length === 0 ? null : written
}

function changeHealth({ loss, step, decline }: LightView, before: SideHealth | undefined) {
  return {
    loss: damp(before?.loss, loss, BANDS.power),
    step:
      step === null
        ? null
        : {
            at: step.at,
            before: rounded(step.before, 1),
            after: rounded(step.after, 1),
            lane: step.lane + 1,
          },
    decline: decline === null ? null : declineHealth(decline),
  }
}

/** Days of the slope that is written: a month of ageing is a figure that people can use. */
const SLOPE_DAYS = 30

function declineHealth({ slope, least, most, days, ends }: NonNullable<LightView['decline']>) {
  const monthly = (daily: number): number => rounded(daily * SLOPE_DAYS, 2)
  return known({
    slope: monthly(slope),
    least: monthly(least),
    most: monthly(most),
    days,
    marginEnds: ends === null ? null : dateOf(ends.at),
    marginEndsEarliest: ends === null ? null : dateOf(ends.earliest),
    marginEndsLatest: ends === null || ends.latest === null ? null : dateOf(ends.latest),
  })
}

function dateOf(instant: string): string {
  return instant.slice(0, 10)
}

function rememberedHealth(light: PortLight, before: LightHealth | undefined) {
  const { baseline, formerBaselines, flags, farEnd } = light
  return {
    baseline: baseline === null ? null : baselineHealth(baseline),
    formerBaselines:
      formerBaselines.length === 0
        ? null
        : formerBaselines.map((former) => ({
            ...baselineHealth(former),
            endedAt: former.endedAt,
            reason: former.reason,
          })),
    flags:
      flags.length === 0
        ? null
        : Object.fromEntries(
            flags.map(({ quantity, level, lane, count, setAt, clearedAt }) => [
              [quantity, level, ...(lane === undefined ? [] : [lane])].join('/'),
              known({ count, setAt, clearedAt }),
            ]),
          ),
    farEnd: farEnd === null ? null : farEndHealth(farEnd, before?.farEnd),
  }
}

function baselineHealth({ at, module, temperature, lanes }: Baseline) {
  return known({
    at,
    ...module,
    temperature: temperature === null ? null : rounded(temperature, 0),
    lanes: Object.fromEntries(
      lanes.map(({ inputPower, outputPower }, lane) => [
        String(lane + 1),
        known({ inputPower: dbm(inputPower), outputPower: dbm(outputPower) }),
      ]),
    ),
  })
}

function dbm(value: number | null): number | null {
  return value === null ? null : rounded(value, 2)
}

function worseOf(outbound: number, inbound: number): 'outbound' | 'inbound' {
  return outbound > inbound ? 'outbound' : 'inbound'
}

function farEndHealth(view: StrandView, before: LightHealth['farEnd']) {
  const { at, receivedAt, from, inputPower, outputPower, limits } = view
  const outboundLoss = damp(before?.outboundLoss, view.outboundLoss, BANDS.power)
  const inboundLoss = damp(before?.inboundLoss, view.inboundLoss, BANDS.power)
  const isBoth = outboundLoss !== null && inboundLoss !== null && outboundLoss !== inboundLoss
  const worse = isBoth ? worseOf(outboundLoss, inboundLoss) : null
  const { highAlarm, highWarning, lowWarning, lowAlarm } = limits
  return known({
    at,
    receivedAt,
    from: from === '' ? null : from,
    outputPower,
    inputPower: inputPower === 'none' ? null : inputPower,
    isDark: inputPower === 'none' ? true : null,
    limits: known({ highAlarm, highWarning, lowWarning, lowAlarm }),
    outboundLoss,
    inboundLoss,
    worse,
  })
}
