import type { Fault } from '../core/base/fault.js'
import { seconds, toMillis, type Millis } from '../core/base/time.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { Have } from '../core/model/plan.js'
import type { RouterState } from '../core/model/state.js'
import type { Engine } from './change/engine.js'
import type { SyncState } from './change/ports.js'
import type { Edges } from './edges.js'
import type { Coexistence } from './health/coexistence.js'
import { observe } from './health/observe.js'
import { createOpticCache } from './health/optic-cache.js'
import { wantOf, type IntentContext } from './router/want.js'

/** Observes the router for its health. */
export interface Observer {
  /** Observes the router. `known` is what this turn has read already; null: nothing. */
  readonly observe: (known: Have | null) => Promise<RouterState>
  /** The version of FRR at the last observation; null while FRR does not answer. */
  readonly frrVersion: () => string | null
}

export interface ObserverOptions {
  readonly settings: AgentSettings
  readonly edges: Pick<Edges, 'kernel' | 'frr' | 'readHost'>
  readonly clock: { readonly now: () => Millis; readonly wall: () => Date }
  readonly context: IntentContext
  readonly coexistence: Coexistence
  readonly running: Engine['running']
  readonly syncState: Engine['syncState']
  /** Whether the running intent is confirmed, so that it is in force after a reboot as well. */
  readonly isConfirmed: () => boolean
}

export function createObserver(options: ObserverOptions): Observer {
  const { settings, edges, clock, context, coexistence, isConfirmed } = options
  const { kernel, frr } = edges
  const optic = createOpticCache({
    eeprom: kernel.moduleEeprom,
    maxAge: toMillis(seconds(settings.intervals.optics)),
    now: clock.now,
  })
  let frrVersion: string | null = null
  return {
    async observe(known) {
      const intent = options.running()?.intent ?? null
      const want = intent === null ? null : await wantOf(intent, context)
      const state = await observe(intent, want?.ok === true ? want.value : null, {
        read: async () => known ?? { ...(await kernel.read()), frr: await frr.pulse() },
        ports: kernel.ports,
        lacp: kernel.lacp,
        optic,
        neighbors: frr.neighbors,
        host: edges.readHost,
        conflicts: (wanted, have) => coexistence.conflicts(wanted, have, isConfirmed()),
        wall: clock.wall,
        router: settings.agent.id,
      })
      frrVersion = state.frr.reachable ? state.frr.version : null
      return { ...state, unrepaired: unrepaired(options.syncState()) }
    },
    frrVersion: () => frrVersion,
  }
}

/** While a change is under way, its own faults are reported with it. */
function unrepaired({ state, faults }: SyncState): readonly Fault[] {
  return state === 'failed' || state === 'drifted' ? faults : []
}
