import { attemptFault } from '../../core/base/attempt.js'
import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { didYouMean } from '../../core/base/suggest.js'
import { laserOf, type Laser } from '../../core/light/limit.js'
import { renewed, withLight, type LightMemory } from '../../core/light/memory.js'
import { advance, anchorOf, startTimeline, type Timeline } from '../../core/light/timeline.js'
import { trendsOf, viewOf, type LaneTrend } from '../../core/light/view.js'
import type { Baseline, FarEnd } from '../../core/model/light.js'
import type { PortState } from '../../core/model/state.js'
import type { Clock } from '../../edge/host/clock.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import type { NamedFiles } from '../state/named/named-files.js'
import { openLightFiles, PORTS_MOST, type KeptLight } from './light-file.js'

/** What is remembered of the light of each port; kept over a restart and a reboot. */
export interface LightMemories {
  /** Takes in the modules that a look has read, and adds to each port what is remembered of its light. */
  readonly follow: (ports: readonly PortState[]) => readonly PortState[]
  /** Takes a new baseline. It is on the disk before the answer. */
  readonly renew: (port: string) => Promise<Result<Baseline>>
  /** Takes in what the far end of a port measures. */
  readonly report: (port: string, measured: Omit<FarEnd, 'receivedAt'>) => Promise<Result<FarEnd>>
  /** Writes what is not written yet. */
  readonly close: () => Promise<void>
}

export interface LightOptions {
  readonly files: StateFiles
  readonly log: Pick<Log, 'error'>
  readonly clock: Pick<Clock, 'now' | 'wall'>
}

/** Reads what an earlier process has kept. */
export async function openLightMemories(options: LightOptions): Promise<LightMemories> {
  const files = openLightFiles(options.files, options.log)
  return new AgentLights(options, files, await files.read())
}

interface Followed {
  memory: LightMemory | null
  now: Timeline
  trends: readonly LaneTrend[]
  laser: Laser | null
  /** When the module was read that the memory has taken in. */
  readAt: string | null
  /** When it was written last, on the timeline; what came since is not on the disk. */
  writtenAt: number
}

/** Readings are written this often, s: so much of them a power cut may cost. */
const WRITTEN_EVERY = 3600
/** A flag that comes and goes is written at most this often, s. */
const FLAGS_WRITTEN_EVERY = 300

/** The members are functions of their own, so that callers can hand them on. */
class AgentLights implements LightMemories {
  readonly #clock: LightOptions['clock']
  readonly #files: NamedFiles<KeptLight>
  readonly #kept: ReadonlyMap<string, KeptLight>
  readonly #ports = new Map<string, Followed>()

  constructor(
    { clock }: LightOptions,
    files: NamedFiles<KeptLight>,
    kept: ReadonlyMap<string, KeptLight>,
  ) {
    this.#clock = clock
    this.#files = files
    this.#kept = kept
  }

  readonly follow: LightMemories['follow'] = (ports) =>
    ports.map((port) => {
      const laser = port.present ? laserOf(port.optic, port.speed) : null
      const followed = this.#followed(port.name, laser !== null)
      if (followed === null) return port
      this.#advance(followed)
      followed.laser = laser
      const isNew = laser !== null && port.opticAt !== followed.readAt && port.adminUp
      if (isNew) this.#take(port, laser, followed)
      const { memory, trends, now } = followed
      return memory === null ? port : { ...port, light: viewOf(memory, trends, { laser, now }) }
    })

  readonly renew: LightMemories['renew'] = async (port) => {
    const followed = this.#ports.get(port)
    if (followed === undefined || followed.memory === null) return this.#unknown(port)
    this.#advance(followed)
    const before = followed.memory
    const memory = followed.laser === null ? null : renewed(before, followed.now)
    const baseline = memory?.baseline ?? null
    if (memory === null || baseline === null) {
      const text = `${port} has no light both ways: a baseline is what a circuit was like when it worked`
      return refused(fault('OPTIC_NO_LIGHT', port, text))
    }
    const unwritten = await this.#keep(port, followed, memory)
    return unwritten ?? ok(baseline)
  }

  readonly report: LightMemories['report'] = async (port, measured) => {
    const followed = this.#ports.get(port)
    if (followed === undefined || followed.memory === null) return this.#unknown(port)
    const receivedAt = this.#clock.wall().toISOString()
    const farEnd = { ...measured, receivedAt }
    const unwritten = await this.#keep(port, followed, { ...followed.memory, farEnd })
    return unwritten ?? ok(farEnd)
  }

  readonly close: LightMemories['close'] = async () => {
    for (const [port, followed] of this.#ports) this.#save(port, followed)
    await this.#files.idle()
  }

  /** null: there is no module to follow, or there are too many. */
  #followed(port: string, hasLaser: boolean): Followed | null {
    const known = this.#ports.get(port)
    if (known !== undefined) return known
    const kept = this.#kept.get(port)
    if (this.#ports.size >= PORTS_MOST || (kept === undefined && !hasLaser)) return null
    const now = startTimeline(kept?.anchor ?? null, this.#clocks())
    const memory = kept?.memory ?? null
    const trends = memory === null ? [] : trendsOf(memory)
    const followed = { memory, now, trends, laser: null, readAt: null, writtenAt: now.t }
    this.#ports.set(port, followed)
    return followed
  }

  #take(port: PortState, laser: Laser, followed: Followed): void {
    const before = followed.memory
    const memory = withLight(before, { laser, hasLink: port.carrier }, followed.now)
    followed.memory = memory
    followed.readAt = port.opticAt
    if (hasNewGround(before, memory)) followed.trends = trendsOf(memory)
    const age = followed.now.t - followed.writtenAt
    const hasNewFlags = before !== null && before.flags !== memory.flags
    const isDue = age >= (hasNewFlags ? FLAGS_WRITTEN_EVERY : WRITTEN_EVERY)
    if (isDue || hasEvent(before, memory)) this.#save(port.name, followed)
  }

  /** Keeps what a person or the hub has asked for; the faults where it could not be written. */
  async #keep(port: string, followed: Followed, memory: LightMemory) {
    const before = followed.memory
    followed.memory = memory
    const unwritten = await attemptFault(() =>
      this.#files.write(port, keptOf(memory, followed.now)),
    )
    if (unwritten === null) {
      followed.trends = trendsOf(memory)
      return null
    }
    // A reading that was taken in meanwhile goes on from it.
    if (followed.memory === memory) followed.memory = before
    return refused(unwritten)
  }

  /** A reading is taken again, so that nobody waits for the disk. */
  #save(port: string, followed: Followed): void {
    followed.writtenAt = followed.now.t
    if (followed.memory !== null) this.#files.save(port, keptOf(followed.memory, followed.now))
  }

  #advance(followed: Followed): void {
    followed.now = advance(followed.now, this.#clocks())
  }

  #clocks() {
    return { mono: this.#clock.now(), wall: this.#clock.wall().getTime() }
  }

  #unknown(port: string) {
    const near = didYouMean(port, [...this.#ports.keys()])
    const text = `the intent names no port of this name with a module whose light can be read${near}; "demarc show optics" lists them`
    return refused(fault('PORT_MISSING', port, text))
  }
}

function keptOf(memory: LightMemory, now: Timeline): KeptLight {
  return { memory, anchor: anchorOf(now) }
}

/** Whether the trends have to be computed anew. */
function hasNewGround(before: LightMemory | null, now: LightMemory): boolean {
  return (
    before === null ||
    before.history.days !== now.history.days ||
    before.baseline !== now.baseline ||
    before.steps !== now.steps
  )
}

/** Whether something happened that a power cut must not lose. */
function hasEvent(before: LightMemory | null, now: LightMemory): boolean {
  return (
    before === null ||
    before.module !== now.module ||
    before.baseline !== now.baseline ||
    before.steps !== now.steps
  )
}
