import * as z from 'zod'
import { fault, FaultError } from '../../core/base/fault.js'
import { FLAGS_MOST } from '../../core/light/flags.js'
import { TIERS } from '../../core/light/history.js'
import { FORMER_KEPT, STEPS_KEPT, type LightMemory } from '../../core/light/memory.js'
import type { Point } from '../../core/light/point.js'
import type { Anchor } from '../../core/light/timeline.js'
import { LIGHTS } from '../../core/model/light.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import { readShape } from '../state/kept-intent.js'
import { readOrSetAside } from '../state/set-aside.js'

/** A memory as its file has it, and where its timeline stopped. */
export interface KeptLight {
  readonly memory: LightMemory
  readonly anchor: Anchor
}

/** Names of interfaces have at most 15 octets, and may hold what a file name may not. */
const fileOf = (port: string): string => `optics-${encodeURIComponent(port)}.json`
const FILE = /^optics-(.+)\.json$/

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

/**
 * The memories of an earlier process by the names of their ports. A file that is cut, damaged or of another port is
 * set aside by its name, and its port begins anew.
 */
export async function readLights(
  files: StateFiles,
  log: Pick<Log, 'error'>,
): Promise<ReadonlyMap<string, KeptLight>> {
  const names = (await files.list()).filter((file) => FILE.test(file)).slice(0, PORTS_MOST)
  const found = new Map<string, KeptLight>()
  for (const file of names) {
    const message = 'what was remembered of the light of a port is lost; it begins anew'
    const kept = await readOrSetAside({ files, log }, { file, message }, () => readOne(files, file))
    if (kept !== undefined) found.set(kept.port, kept)
  }
  return found
}

async function readOne(files: StateFiles, file: string) {
  const kept = await readShape(files, file, Shape)
  if (kept === undefined) return undefined
  if (fileOf(kept.port) !== file) {
    throw new FaultError(fault('STATE_DAMAGED', file, `is of the port ${kept.port.slice(0, 15)}`))
  }
  const { minutes, hours, days, anchor, port, version: _, ...rest } = kept
  const newest = Math.max(...[minutes, hours, days].map((tier) => tier.at(-1)?.[0] ?? 0))
  if (newest > anchor.t) {
    throw new FaultError(fault('STATE_DAMAGED', file, 'has points that are later than its end'))
  }
  const history = { minutes: pointsOf(minutes), hours: pointsOf(hours), days: pointsOf(days) }
  return { port, anchor, memory: { ...rest, history, open: [] } }
}

/** Replaces the file of a port durably. */
export async function writeLight(
  files: Pick<StateFiles, 'write'>,
  port: string,
  { memory, anchor }: KeptLight,
): Promise<void> {
  const { history, open: _, ...rest } = memory
  const tiers = {
    minutes: rowsOf(history.minutes),
    hours: rowsOf(history.hours),
    days: rowsOf(history.days),
  }
  await files.write(fileOf(port), JSON.stringify({ version: 1, port, anchor, ...rest, ...tiers }))
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
