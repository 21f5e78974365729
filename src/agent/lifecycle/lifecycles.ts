import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { isSameList, latest } from '../../core/base/remember.js'
import { createSerialQueue } from '../../core/base/serial-queue.js'
import { didYouMean } from '../../core/base/suggest.js'
import type { Move } from '../../core/lifecycle/advance.js'
import { follow, type Look, type Records } from '../../core/lifecycle/follow.js'
import { isUnmarked, seenAt } from '../../core/lifecycle/observed.js'
import { subjectKey, type LifecycleRecord } from '../../core/lifecycle/record.js'
import {
  lifecycleEvents,
  shownLifecycle,
  shownLifecycles,
  type NameOf,
} from '../../core/lifecycle/report.js'
import { withWord } from '../../core/lifecycle/word.js'
import type { HealthEvent, ServiceLifecycle, Severity, Verdict } from '../../core/model/health.js'
import type { RouterState } from '../../core/model/state.js'
import type { Profiles } from '../../core/providers/lines.js'
import { stateName } from '../../core/providers/states.js'
import type { LifecycleParams } from '../../core/wire/message-fields.js'
import type { Status } from '../../core/wire/messages.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Log } from '../../edge/host/log.js'
import type { KeptIntent } from '../state/kept-intent.js'
import { readLifecycles, writeLifecycles, type KeptLifecycles } from './lifecycle-file.js'
import { createWanted } from './wanted.js'

/** Where each connection and each attachment is in its life; kept over a restart and a reboot. */
export interface Lifecycles {
  /** Takes in a look at the router; the events of what has changed. */
  readonly look: (state: RouterState, verdicts: readonly Verdict[]) => readonly HealthEvent[]
  /** Takes in that the intent in force, or the time, is another one; the same. */
  readonly follow: () => readonly HealthEvent[]
  /** Takes in a word of the hub or of an operator. It is on the disk before the answer. */
  readonly notify: (said: LifecycleParams) => Promise<Result<Notified>>
  readonly shown: () => readonly ServiceLifecycle[]
  /** Resolves when nothing waits to be written. */
  readonly idle: () => Promise<void>
}

export interface Notified {
  readonly lifecycle: ServiceLifecycle
  readonly events: readonly HealthEvent[]
}

export interface LifecycleOptions {
  readonly files: StateFiles
  readonly log: Pick<Log, 'error'>
  /** The id of the router. */
  readonly router: string
  readonly wall: () => Date
  /** The intent in force: that of the change while one is under way. */
  readonly running: () => KeptIntent | null
  /** Whether that intent is confirmed, so that nothing rolls it back. */
  readonly isConfirmed: () => boolean
  readonly syncState: () => SyncView
  readonly profiles: () => Profiles
}

/** How the router compares with the intent in force. */
interface SyncView {
  readonly state: Status['state']
  readonly faults: readonly Fault[]
}

/** Names of words that are remembered: a hub that was killed says its last ones again. */
const TAKEN_KEPT = 256

/** Reads what an earlier process has kept. */
export async function openLifecycles(options: LifecycleOptions): Promise<Lifecycles> {
  return new AgentLifecycles(options, await readLifecycles(options.files, options.log))
}

/** The members are functions of their own, so that callers can hand them on. */
class AgentLifecycles implements Lifecycles {
  readonly #options: LifecycleOptions
  readonly #wanted: ReturnType<typeof createWanted>
  readonly #writes = createSerialQueue()
  #kept: KeptLifecycles
  readonly #show = latest(
    ([records]: readonly [Records, Profiles]) => shownLifecycles(records, this.#nameOf),
    isSameList,
  )
  readonly #unmoved = createUnmoved()
  #isWaiting = false

  constructor(options: LifecycleOptions, kept: KeptLifecycles) {
    this.#options = options
    this.#wanted = createWanted(options.running)
    this.#kept = kept
  }

  readonly look: Lifecycles['look'] = (state, verdicts) => {
    const isConfirmed = this.#options.isConfirmed()
    const isApplied = hasWhatIsWanted(this.#options.syncState())
    const services = servicesOf(verdicts)
    const known = [isConfirmed, isApplied, this.#wanted(), this.#kept.records, ...services]
    if (this.#unmoved.isSame(known)) return []
    const seen = seenAt(state, verdicts)
    const moves = this.#follow({
      isApplied,
      seen: (key) => seen.get(key),
      isGone: (record) => isApplied && isConfirmed && isUnmarked(record, state.marks),
    })
    if (moves.length === 0) this.#unmoved.keep(known, this.#kept.records)
    const bySubject = new Map(
      verdicts.map(({ kind, name, severity }) => [`${kind}/${name}`, severity]),
    )
    return this.#events(moves, (key) => bySubject.get(key))
  }

  readonly follow: Lifecycles['follow'] = () => this.#events(this.#followIntent())

  readonly notify: Lifecycles['notify'] = async (said) => {
    const events = this.follow()
    const key = subjectKey(said)
    const record = this.#kept.records.get(key)
    if (record === undefined) return refused(this.#unknown(key))
    const isKnown = said.id !== undefined && this.#kept.taken.includes(said.id)
    if (isKnown) return ok({ lifecycle: shownLifecycle(record, this.#nameOf), events })
    const next = withWord(record, said, this.#now())
    if (!next.ok) return next
    const before = this.#kept
    const ids = said.id === undefined ? before.taken : [...before.taken, said.id].slice(-TAKEN_KEPT)
    this.#kept = {
      records: new Map(before.records).set(key, next.value.record),
      taken: ids,
    }
    const unwritten = await attemptFault(() => this.#writes.run(() => this.#write()))
    if (unwritten !== null) {
      this.#takeBack(key, { from: next.value.record, to: record }, said.id)
      return refused(unwritten)
    }
    const moved = this.#events(next.value.moves)
    const lifecycle = shownLifecycle(next.value.record, this.#nameOf)
    return ok({ lifecycle, events: [...events, ...moved] })
  }

  readonly shown: Lifecycles['shown'] = () =>
    this.#show([this.#kept.records, this.#options.profiles()])

  readonly idle: Lifecycles['idle'] = this.#writes.idle

  /** Nothing was looked at: only what the intent and the time say. */
  #followIntent(): readonly Move[] {
    return this.#follow({ isApplied: false, seen: () => undefined, isGone: () => false })
  }

  #follow(look: Pick<Look, 'isApplied' | 'seen' | 'isGone'>): readonly Move[] {
    const { records, moves } = follow(this.#kept.records, {
      ...look,
      subjects: this.#wanted(),
      at: this.#now(),
    })
    if (records !== this.#kept.records) {
      this.#kept = { ...this.#kept, records }
      this.#save()
    }
    return moves
  }

  /** What a look has found is found again after a crash, so that nobody waits for the disk. */
  #save(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    const write = async (): Promise<void> => {
      this.#isWaiting = false
      await this.#write()
    }
    this.#writes.run(write).catch((error: unknown) => {
      const message = 'the lifecycles cannot be written; a restart goes on from older ones'
      this.#options.log.error({ event: 'lifecycle-unwritable', error }, message)
    })
  }

  #write(): Promise<void> {
    return writeLifecycles(this.#options.files, this.#kept)
  }

  /** A word that could not be written was not taken, unless a look has gone on from it. */
  #takeBack(
    key: string,
    { from, to }: { readonly from: LifecycleRecord; readonly to: LifecycleRecord },
    id: string | undefined,
  ): void {
    const { records, taken } = this.#kept
    this.#kept = {
      records: records.get(key) === from ? new Map(records).set(key, to) : records,
      taken: taken.filter((each) => each !== id),
    }
  }

  readonly #nameOf: NameOf = (record) =>
    stateName(this.#options.profiles().get(record.provider ?? ''), record)

  #events(
    moves: readonly Move[],
    severityOf: (key: string) => Severity | undefined = () => undefined,
  ): readonly HealthEvent[] {
    const { router } = this.#options
    return lifecycleEvents(moves, { at: this.#now(), router, severityOf })
  }

  #unknown(key: string): Fault {
    const known = [...this.#kept.records.keys()]
    const near = didYouMean(key, known)
    const message = `the intent in force has none of this name${near}; "demarc show connections" and "demarc show attachments" list them`
    return fault('SUBJECT_UNKNOWN', key, message)
  }

  #now(): string {
    return this.#options.wall().toISOString()
  }
}

/** The router was read back and has it; what somebody changed since then is drift, and has a fault. */
function hasWhatIsWanted({ state, faults }: SyncView): boolean {
  if (state === 'drifted') return faults.length > 0
  return state === 'in-sync' || state === 'provisional' || state === 'no-intent'
}

/** What the lifecycles follow of the verdicts; all else of them may change. */
function servicesOf(verdicts: readonly Verdict[]): readonly (string | undefined)[] {
  return verdicts.flatMap(({ kind, name, service, findings }) =>
    kind === 'router' || kind === 'port'
      ? []
      : [name, service, findings.find(({ severity }) => severity !== 'warning')?.code],
  )
}

/** Remembers looks that moved nothing, so that the same one costs nothing. */
function createUnmoved() {
  let last: readonly unknown[] | null = null
  return {
    isSame: (known: readonly unknown[]): boolean => last !== null && isSameList(last, known),
    /** Not where the time alone moves something, or where the router's own links may. */
    keep(known: readonly unknown[], records: Records): void {
      const isTimed = [...records.values()].some(({ state }) => TIMED.includes(state))
      last = isTimed || known[3] !== records ? null : known
    },
  }
}
const TIMED: readonly LifecycleRecord['state'][] = ['confirming', 'deleting', 'deleted']
