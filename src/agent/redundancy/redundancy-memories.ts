import * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import {
  HOURS_MAX,
  hourOf,
  type LostHour,
  type RedundancyTrend,
} from '../../core/health/bundle/redundancy.js'
import type { HealthHistory } from '../../core/health/rules/history.js'
import { anchorOf, startTimeline, type Anchor } from '../../core/light/timeline.js'
import type { Clock } from '../../edge/host/clock.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import type { KeptRedundancy } from '../health/monitor.js'
import { openNamedFiles, type FileKind, type NamedFiles } from '../state/named/named-files.js'

/** What bundles went without; kept over a restart and a reboot. */
export interface RedundancyMemories extends KeptRedundancy {
  /** Writes what is not written yet. */
  readonly close: () => Promise<void>
}

/** The lost hours of a bundle as its file has them, and where their timeline stopped. */
interface KeptTrend {
  readonly hours: readonly LostHour[]
  readonly anchor: Anchor
}

/** Bundles of which files are read. */
const FILES_MOST = 256

/** A bundle is written this often at most, s: so much of a loss a power cut may cost. */
const WRITTEN_EVERY = 300

const Hour = z.strictObject({
  hour: z.int().min(0).max(1e7),
  // A look that came late counts with its whole time.
  memberSeconds: z.number().min(0).max(1e9),
  losses: z.int().min(0).max(1e6),
})

const Shape = z.strictObject({
  version: z.literal(1),
  connection: z.string(),
  anchor: z.strictObject({ t: z.number().min(0).max(1e10), wall: z.number().min(0).max(1e14) }),
  hours: z.array(Hour).max(HOURS_MAX),
})

const REDUNDANCY_FILES: FileKind<typeof Shape, KeptTrend> = {
  ...{ prefix: 'redundancy', of: 'connection', most: FILES_MOST, shape: Shape },
  nameOf: ({ connection }) => connection,
  keptFrom,
  stored: (connection, { hours, anchor }) => ({ version: 1, connection, anchor, hours }),
  lost: 'what was remembered of the lost redundancy of a connection is lost; it begins anew',
  unwritable: {
    event: 'redundancy-unwritable',
    message: 'what is remembered of the lost redundancy of a connection cannot be written',
  },
}

function keptFrom({ connection, hours, anchor }: z.output<typeof Shape>): Result<KeptTrend> {
  const ends = [...hours.map(({ hour }) => hour), hourOf(anchor) + 1]
  return ends.every((hour, at) => at === 0 || hour > (ends[at - 1] ?? Infinity))
    ? ok({ hours, anchor })
    : refused(fault('STATE_DAMAGED', connection, 'has hours that are not in order before its end'))
}

/** Reads what an earlier process has kept. */
export async function openRedundancyMemories(options: {
  readonly files: StateFiles
  readonly log: Pick<Log, 'error'>
  readonly clock: Pick<Clock, 'now' | 'wall'>
}): Promise<RedundancyMemories> {
  const { clock } = options
  const files = openNamedFiles(REDUNDANCY_FILES, options)
  const clocks = { mono: clock.now(), wall: clock.wall().getTime() }
  const bundles: (readonly [string, RedundancyTrend])[] = []
  for (const [name, { anchor, hours }] of await files.read()) {
    const line = startTimeline(anchor, clocks)
    const isOld = hours.every(({ hour }) => hour <= hourOf(line) - HOURS_MAX)
    if (isOld) files.remove(name)
    else bundles.push([name, { line, missing: null, hours }])
  }
  return new AgentRedundancy(files, bundles)
}

interface Written {
  readonly hours: readonly LostHour[]
  /** On the timeline of the bundle. */
  readonly at: number
}

/** The members are functions of their own, so that callers can hand them on. */
class AgentRedundancy implements RedundancyMemories {
  readonly bundles: HealthHistory['bundles']
  readonly #files: NamedFiles<KeptTrend>
  readonly #written: Map<string, Written>
  #newest: HealthHistory['bundles']

  constructor(files: NamedFiles<KeptTrend>, bundles: HealthHistory['bundles']) {
    this.bundles = bundles
    this.#files = files
    this.#newest = bundles
    this.#written = new Map(bundles.map(([name, { hours }]) => [name, { hours, at: -Infinity }]))
  }

  readonly keep: RedundancyMemories['keep'] = (bundles) => {
    this.#newest = bundles
    for (const [name, trend] of bundles) {
      const { hours = NONE, at = -Infinity } = this.#written.get(name) ?? {}
      const isNew = trend.hours !== hours
      if (isNew && trend.line.t - at >= WRITTEN_EVERY) this.#save(name, trend)
    }
    const names = new Set(bundles.map(([name]) => name))
    for (const name of this.#written.keys()) if (!names.has(name)) this.#written.delete(name)
  }

  readonly close: RedundancyMemories['close'] = async () => {
    // Also where nothing was lost since: the wall clock may have been set.
    for (const [name, trend] of this.#newest) this.#save(name, trend)
    await this.#files.idle()
  }

  #save(name: string, { line, hours }: RedundancyTrend): void {
    if (hours.length === 0) return
    this.#written.set(name, { hours, at: line.t })
    this.#files.save(name, { hours, anchor: anchorOf(line) })
  }
}

const NONE: readonly LostHour[] = []
