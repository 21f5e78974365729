import { fault, type Fault } from '../core/base/fault.js'
import { millis, seconds, toMillis } from '../core/base/time.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { BmpPlace } from '../core/model/host-facts.js'
import type { RouterState } from '../core/model/state.js'
import { processorTime, type Clock } from '../edge/host/clock.js'
import { createTurnMeter, type TurnMeter } from './router/turn-meter.js'
import type { StateFiles } from '../edge/host/files/state-files.js'
import type { Frr } from '../edge/frr/frr.js'
import type { Log } from '../edge/host/log.js'
import type { Engine } from './change/engine.js'
import type { SyncState } from './change/ports.js'
import type { Edges } from './edges.js'
import type { SecretStore } from './state/secrets.js'
import type { Coexistence } from './health/coexistence.js'
import {
  createLookSources,
  forLateAnswers,
  forQuietLooks,
  type LookSources,
} from './health/look-sources.js'
import { observe, type RouterReads } from './health/observe.js'
import type { PathAnswer } from './health/observe-frr.js'
import { createOpticCache } from './health/optic-cache.js'
import { createSource, type SourceTerms } from './health/source.js'
import type { ProviderProfiles } from '../edge/host/profiles/profile-files.js'
import { createPartialLooks, type LookStart } from './health/partial/partial-looks.js'
import { createProviderRemarks } from './health/provider-remarks.js'
import type { LightMemories } from './optics/light-memories.js'
import { effectiveOf } from './state/kept-intent.js'
import { partialWantOf, type IntentContext } from './router/want.js'
import type { DiskWatch } from './state/disk-watch.js'

/** Observes the router for its health. */
export interface Observer {
  /**
   * Observes the router. Takes seconds at most, whatever does not answer. `late`: only because an answer came
   * after its look; what has just been read is not read again. `quiet`: only because of the time.
   */
  readonly observe: (why: 'late' | 'quiet' | 'change') => Promise<RouterState>
  /** The version of FRR that bgpd said last; null: it has not said any. */
  readonly frrVersion: () => string | null
}

export interface ObserverOptions {
  readonly settings: AgentSettings
  readonly edges: Pick<Edges, 'kernel' | 'frr' | 'prober' | 'readHost' | 'bgpConnections' | 'lldpd'>
  readonly clock: Clock
  readonly context: IntentContext
  readonly profiles: Pick<ProviderProfiles, 'profiles' | 'faults'>
  readonly coexistence: Coexistence
  /** What is remembered of the light of each port. */
  readonly lights: Pick<LightMemories, 'follow'>
  /** Where bgpd should report its sessions and does not; null: it does, or is not asked to. */
  readonly bmpSilent: () => BmpPlace | null
  readonly running: Engine['running']
  readonly syncState: Engine['syncState']
  /** Whether the running intent is confirmed, so that it is in force after a reboot as well. */
  readonly isConfirmed: () => boolean
  /** An answer came after its look. */
  readonly onLate: () => void
}

/** A cut link is reported within 1.5 s although a source hangs: the look that notices the hang waits this long. */
const DEADLINE = millis(1000)
const STALE_AFTER = millis(3000)

/** Looks take a tenth of a processor in the long run. */
export function lookPace(clock: Clock): TurnMeter {
  return createTurnMeter({ share: 0.1, burst: millis(5000), spent: processorTime, clock })
}

const SOURCES = {
  late: forLateAnswers,
  quiet: forQuietLooks,
  change: (sources: LookSources) => sources,
} as const

export function createObserver(options: ObserverOptions): Observer {
  const { clock, context, onLate } = options
  const terms: SourceTerms = { deadline: DEADLINE, staleAfter: STALE_AFTER, clock, onLate }
  const sources = createLookSources(terms)
  const reads = routerReads(options, terms)
  const remarks = createProviderRemarks(options.profiles)
  let frrVersion: string | null = null
  return {
    async observe(why) {
      const running = options.running()
      const intent = running === null ? null : effectiveOf(running)
      const want = intent === null ? null : await partialWantOf(intent, context)
      const state = await observe(
        intent,
        want?.ok === true ? want.value.want : null,
        reads,
        SOURCES[why](sources),
      )
      frrVersion = state.frr.version
      const bmpSilent = options.bmpSilent()
      return {
        ...state,
        ...(bmpSilent !== null && { bmpSilent }),
        ports: options.lights.follow(state.ports),
        unrepaired: unrepaired(options.syncState()),
        providers: remarks(running),
      }
    },
    frrVersion: () => frrVersion,
  }
}

function routerReads(
  { settings, clock, edges, coexistence, isConfirmed }: ObserverOptions,
  sourceTerms: SourceTerms,
): RouterReads {
  const { kernel, frr, prober, readHost } = edges
  return {
    links: async () => (await kernel.read()).links,
    ports: kernel.ports,
    lacp: kernel.lacp,
    protections: kernel.protections,
    neighborDevices: async (names, isNeeded) =>
      isNeeded || (await edges.lldpd.isThere()) ? edges.lldpd.neighbors(names) : null,
    optic: createOpticCache({
      eeprom: kernel.moduleEeprom,
      maxAge: toMillis(seconds(settings.intervals.optics)),
      terms: sourceTerms,
    }),
    version: frr.version,
    neighbors: frr.watched,
    routes: frr.routes,
    absent: frr.absent,
    draining: frr.draining,
    prefixes: frr.prefixes,
    paths: () => readPaths(edges),
    bgpRoutes: kernel.bgpRoutes,
    lastConfig: frr.lastRead,
    config: frr.read,
    counters: kernel.counters,
    probed: prober.follow,
    host: readHost,
    conflicts: (wanted, have) => coexistence.conflicts(wanted, have, isConfirmed()),
    ...{ wall: clock.wall, now: clock.now },
    router: settings.agent.id,
  }
}

async function readPaths({
  kernel,
  bgpConnections,
}: Pick<Edges, 'kernel' | 'bgpConnections'>): Promise<PathAnswer> {
  const [unresolved, connections] = await Promise.all([kernel.unresolved(), bgpConnections()])
  return { unresolved, ...connections }
}

/** What is wrong with the state directory; a disk that does not answer is a fault as well, and holds nobody up. */
export function timelyTrouble(
  files: Pick<StateFiles, 'trouble'>,
  dir: string,
  clock: Clock,
): StateFiles['trouble'] {
  const terms = { deadline: DEADLINE, staleAfter: STALE_AFTER, clock, onLate: () => undefined }
  const disk = createSource<Fault | null>(terms)
  return async () => {
    const { value, fault: silence } = await disk(files.trouble)
    return silence === null ? value : fault('STATE_UNWRITABLE', dir, `the disk hangs: ${silence}`)
  }
}

/** The reason of a look that only takes in an answer that came late. */
export const LATE = 'late'

/** The reasons of a look that only the time makes due. */
export const DUE = 'health'

/** Why a look is made. A prober notifies what it has measured itself. */
function kindOf(reasons: readonly string[]): Parameters<Observer['observe']>[0] {
  if (reasons.every((reason) => reason === LATE)) return 'late'
  const isQuiet = reasons.every((reason) => [LATE, DUE, 'probe'].includes(reason))
  return isQuiet ? 'quiet' : 'change'
}

/** The phases in which a change moves what a look would judge. */
const MOVING: readonly string[] = ['planned', 'applying', 'rolling-back']

/** Whether a change moves what would be assessed. */
function isMoving({ progress }: Pick<Engine, 'progress'>): boolean {
  return MOVING.includes(progress()?.phase ?? '')
}

/** One look: assesses the health of the router. There is none while a change is being made. */
export function createLook(
  engine: Pick<Engine, 'progress'>,
  observer: Pick<Observer, 'observe'>,
  to: {
    readonly log: Pick<Log, 'error'>
    readonly disk: Pick<DiskWatch, 'check'>
    readonly clock: Pick<Clock, 'now' | 'wall'>
    readonly onState: (state: RouterState, began: LookStart) => void
    readonly onEnd: () => void
  },
): (reasons: readonly string[]) => Promise<void> {
  return async (reasons) => {
    try {
      await to.disk.check()
      if (isMoving(engine)) return
      const began = { now: to.clock.now(), at: to.clock.wall().toISOString() }
      const state = await observer.observe(kindOf(reasons))
      // What was read while a change began is half of the old and half of the new.
      if (!isMoving(engine)) to.onState(state, began)
    } catch (error) {
      const message = 'a look at the router failed; the next one tries again'
      to.log.error({ event: 'look-failed', reasons, error }, message)
    }
    to.onEnd()
  }
}

/** Looks, and the notifications of the kernel between them. */
export function createLooks(
  engine: Pick<Engine, 'progress'>,
  observer: Pick<Observer, 'observe'>,
  to: Omit<Parameters<typeof createLook>[2], 'onState' | 'clock'> & {
    readonly clock: Clock
    readonly assess: (state: RouterState) => void
    readonly onLost: () => void
    readonly neighbor: Frr['neighbor']
  },
) {
  const { clock, assess, onLost, neighbor } = to
  const partial = createPartialLooks({
    ...{ clock, assess, onLost, neighbor },
    isMoving: () => isMoving(engine),
  })
  const notified = { onLink: partial.linkNews, onSessionEnd: partial.sessionEnd }
  const onState = (state: RouterState, began: LookStart): void =>
    assess(partial.whole(state, began))
  return { look: createLook(engine, observer, { ...to, onState }), notified }
}

/** One turn: repairs drift. */
export function createTurn(
  engine: Engine,
  secrets: SecretStore,
  to: { readonly log: Log; readonly onRepaired: () => void; readonly onEnd: () => void },
): (reasons: readonly string[]) => Promise<void> {
  return async (reasons) => {
    try {
      // Without a value, something differed, or there is nothing to compare with.
      if ((await engine.reconcile()) === null) to.onRepaired()
      await secrets.tidy()
    } catch (error) {
      const message = 'a turn failed; the next one tries again'
      to.log.error({ event: 'turn-failed', reasons, error }, message)
    }
    to.onEnd()
  }
}

/** While a change is under way, its own faults are reported with it. */
function unrepaired({ state, faults }: SyncState): readonly Fault[] {
  return state === 'failed' || state === 'drifted' ? faults : []
}
