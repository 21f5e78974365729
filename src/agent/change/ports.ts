import type { Fault } from '../../core/base/fault.js'
import type { Result } from '../../core/base/result.js'
import type { Millis, Seconds } from '../../core/base/time.js'
import type { HubRoute } from '../../core/change/hub-path.js'
import type { Sessions } from '../../core/frr/diff/limits.js'
import type { ForeignPaths, LinkHost } from '../../core/model/foreign-paths.js'
import type { Have, Want } from '../../core/model/plan.js'
import type { AskedProbe } from '../../core/model/probe.js'
import type { RouteQuestion, RouteView } from '../../core/routes/table.js'
import type { Intent } from '../../core/wire/intent.js'
import type { ChangeProgress, Status } from '../../core/wire/messages.js'
import type { Clock } from '../../edge/host/clock.js'
import type { ManagedRouter } from '../router/ports.js'
import type { StateStore } from '../state/state-store.js'
import type { ChangeJournal } from './journal.js'
import type { WitnessReports } from './witnesses.js'

/** A clock, with the boot that its monotonic instants belong to. */
export interface BootClock extends Clock {
  readonly bootId: string
}

/** What changes keep on the disk. */
export interface ChangeRecords {
  readonly store: StateStore
  readonly journal: ChangeJournal
}

/** What a change is judged by. */
export interface WitnessSource {
  /** Every witness of this intent, the probes of a push, and hosts on foreign links. */
  readonly query: (
    intent: Intent,
    probes: readonly AskedProbe[],
    hosts: readonly LinkHost[],
  ) => Promise<WitnessReports>
  /** The hosts on foreign links that judge a change to this want. */
  readonly linkHosts: (want: Want, have: Have) => Promise<readonly LinkHost[]>
  /** The sessions that are Established; a fault while FRR does not report them. */
  readonly established: () => Promise<Result<Sessions>>
  /** The BGP tables of VRFs. Rejects with a FaultError. */
  readonly routes: (questions: readonly RouteQuestion[]) => Promise<RouteView>
  /** Where the kernel sends packets for the hub; null: not known. */
  readonly hubRoute: () => Promise<HubRoute | null>
  /** Where packets go that a change must not take over, the hub's included. */
  readonly foreignPaths: () => Promise<ForeignPaths>
}

/** The passwords in FRR's configuration, as far as changes handle them. */
export interface ChangeSecrets {
  /** Whether the text behind a digest is known, so that FRR can be given it. */
  readonly isKnown: (digest: string) => boolean
  /** The passwords behind the digests in a configuration, sealed for the journal. */
  readonly seal: (have: Have) => string
  /** Makes sealed passwords known again; a fault for what cannot be opened. */
  readonly unseal: (sealed: string) => readonly Fault[]
}

/** What changes work with. */
export interface ChangePorts {
  readonly router: ManagedRouter
  readonly records: ChangeRecords
  readonly clock: BootClock
  readonly witnesses: WitnessSource
  readonly secrets: ChangeSecrets
}

/** What the settings allow a change. */
export interface SafetyLimits {
  /** The longest time an automatic change may take until its witnesses are healthy. */
  readonly window: Millis
  /** Time that each witness has to come back. */
  readonly grace: Millis
  /** Time that peers get to move their traffic away from a session that ends. */
  readonly drain: Seconds
}

/** When the tasks of a change run. */
export interface ChangeSchedule {
  /** Queues a task; tasks never overlap. */
  readonly exclusively: (task: () => Promise<void>) => void
  /** Time between two queries of the witnesses. */
  readonly pollInterval: Millis
  /** Pauses before the second, third … attempt of a rollback; about half a minute in all if left out. */
  readonly retryPauses?: readonly Millis[]
  /** Aborted when the program stops; no further query is queued then. */
  readonly signal: AbortSignal
}

/** How the router compares with the intent in force. */
export interface SyncState {
  readonly state: Status['state']
  readonly faults: readonly Fault[]
}

/** Receives what happens to a change. */
export interface ChangeObserver {
  readonly onProgress: (progress: ChangeProgress) => void
  /** The witnesses that a provisional change still waits for. */
  readonly onPending: (subjects: readonly string[]) => void
  readonly onSyncState: (state: SyncState) => void
}
