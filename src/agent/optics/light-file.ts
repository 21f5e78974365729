import * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { FLAGS_MOST } from '../../core/light/flags.js'
import { TIERS } from '../../core/light/history.js'
import { FORMER_KEPT, STEPS_KEPT, type LightMemory } from '../../core/light/memory.js'
import type { Point } from '../../core/light/point.js'
import type { Anchor } from '../../core/light/timeline.js'
import { LIGHTS } from '../../core/model/light.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import { openNamedFiles, type FileKind, type NamedFiles } from '../state/named/named-files.js'

/** A memory as its file has it, and where its timeline stopped. */
export interface KeptLight {
  readonly memory: LightMemory
  readonly anchor: Anchor
}

/** Ports whose light is remembered; files of more are left alone, and none is made for them. */
export const PORTS_MOST = 256

/** Lanes of a module. */
const LANES_MOST = 8

const seconds = z.number().min(0).max(1e10)
const light = z.number().min(-100).max(100)
const instant = z.iso.datetime()
const name = z.string().max(64)
const temperature = z.number().min(-300).max(300).nullable()

const ModuleId = z.strictObject({ vendor: name, vendorPart: name, serialNo: name })
const baseline = {
  at: instant,
  t: seconds,
  module: ModuleId,
  temperature,
  lanes: z
    .array(z.strictObject({ inputPower: light.nullable(), outputPower: light.nullable() }))
    .max(LANES_MOST),
}
const Step = z.strictObject({
  light: z.enum(LIGHTS),
  lane: z
    .int()
    .min(0)
    .max(LANES_MOST - 1),
  at: instant,
  t: seconds,
  before: light,
  after: light,
})
const Flag = z.strictObject({
  quantity: z.enum([...LIGHTS, 'temperature', 'supplyVoltage', 'laserBiasCurrent']),
  level: z.enum(['highAlarm', 'highWarning', 'lowWarning', 'lowAlarm']),
  lane: z.int().min(1).max(LANES_MOST).exactOptional(),
  count: z.int().min(1),
  setAt: instant,
  clearedAt: instant.nullable(),
})
const limit = light.nullable()
const FarEnd = z.strictObject({
  at: instant,
  receivedAt: instant,
  from: name,
  outputPower: light.nullable(),
  inputPower: z.union([light, z.literal('none')]).nullable(),
  limits: z.strictObject({
    highAlarm: limit,
    highWarning: limit,
    lowWarning: limit,
    lowAlarm: limit,
  }),
})

/** Time, temperature, then the received and the launched light of each lane. */
const Row = z
  .array(z.number().nullable())
  .min(4)
  .max(2 + 2 * LANES_MOST)
const rows = (most: number) =>
  z.array(Row).max(most).refine(isInOrder, 'the points are not in order')

const Shape = z.strictObject({
  version: z.literal(1),
  port: z.string(),
  anchor: z.strictObject({ t: seconds, wall: z.number().min(0).max(1e14) }),
  module: ModuleId,
  working: z.int().min(0),
  baseline: z.strictObject(baseline).nullable(),
  formerBaselines: z
    .array(
      z.strictObject({ ...baseline, endedAt: instant, reason: z.enum(['renewed', 'exchanged']) }),
    )
    .max(FORMER_KEPT),
  steps: z.array(Step).max(STEPS_KEPT),
  flags: z.array(Flag).max(FLAGS_MOST),
  farEnd: FarEnd.nullable(),
  minutes: rows(TIERS.minutes.most),
  hours: rows(TIERS.hours.most),
  days: rows(TIERS.days.most),
})

/** Every point is later than the one before it, and none is later than its end could be. */
function isInOrder(points: readonly (readonly (number | null)[])[]): boolean {
  return points.every(([t], at) => {
    const before = at === 0 ? -1 : (points[at - 1]?.[0] ?? NaN)
    return typeof t === 'number' && t > before && t <= 1e10
  })
}

/** The files of what is remembered of the light of each port. */
export function openLightFiles(files: StateFiles, log: Pick<Log, 'error'>): NamedFiles<KeptLight> {
  return openNamedFiles(LIGHT_FILES, { files, log })
}

const LIGHT_FILES: FileKind<typeof Shape, KeptLight> = {
  ...{ prefix: 'optics', of: 'port', most: PORTS_MOST, shape: Shape },
  nameOf: ({ port }) => port,
  keptFrom,
  stored,
  lost: 'what was remembered of the light of a port is lost; it begins anew',
  unwritable: {
    event: 'light-unwritable',
    message: 'what is remembered of the light of a port cannot be written',
  },
}

function keptFrom(read: z.output<typeof Shape>): Result<KeptLight> {
  const { minutes, hours, days, anchor, port, version: _, ...rest } = read
  const newest = Math.max(...[minutes, hours, days].map((tier) => tier.at(-1)?.[0] ?? 0))
  if (newest > anchor.t) {
    return refused(fault('STATE_DAMAGED', port, 'has points that are later than its end'))
  }
  const history = { minutes: pointsOf(minutes), hours: pointsOf(hours), days: pointsOf(days) }
  return ok({ anchor, memory: { ...rest, history, open: [] } })
}

function stored(port: string, { memory, anchor }: KeptLight) {
  const { history, open: _, ...rest } = memory
  const tiers = {
    minutes: rowsOf(history.minutes),
    hours: rowsOf(history.hours),
    days: rowsOf(history.days),
  }
  return { version: 1, port, anchor, ...rest, ...tiers }
}

function pointsOf(read: readonly (readonly (number | null)[])[]): Point[] {
  return read.map(([t, degrees, ...lights]) => {
    const lanes = Math.floor(lights.length / 2)
    return {
      t: t ?? 0,
      temperature: degrees ?? null,
      inputPower: lights.slice(0, lanes),
      outputPower: lights.slice(lanes, 2 * lanes),
    }
  })
}

function rowsOf(points: readonly Point[]): (number | null)[][] {
  return points.map(({ t, temperature: degrees, inputPower, outputPower }) => [
    Math.round(t * 10) / 10,
    rounded(degrees),
    ...inputPower.map(rounded),
    ...outputPower.map(rounded),
  ])
}

/** To 0.001, which is finer than any module reads. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000
}
