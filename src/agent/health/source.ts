import { FaultError } from '../../core/base/fault.js'
import { millis, toSeconds, type Millis } from '../../core/base/time.js'
import type { Seen } from '../../core/model/state.js'

/** What a source said last, and when. */
export interface Reading<T> extends Seen {
  /** null: it has never answered. */
  readonly value: T | null
}

/**
 * Something that is asked at every look. A look waits for the answer until the deadline at most. After that the
 * question stays open, no other one is asked meanwhile, and later looks do not wait for it at all. An answer that is
 * not older than `maxAge` is taken instead of a new one. Never rejects: an error is the fault of the reading.
 */
export type Source<T> = (read: () => Promise<T>, maxAge?: Millis) => Promise<Reading<T>>

export interface SourceTerms {
  /** The longest time that one look waits. */
  readonly deadline: Millis
  /** Older than this, what a source said last is stale while it does not answer. */
  readonly staleAfter: Millis
  readonly clock: {
    readonly now: () => Millis
    readonly wall: () => Date
    readonly sleep: (duration: Millis, signal?: AbortSignal) => Promise<void>
  }
  /** An answer came after its look was over. */
  readonly onLate: () => void
}

/** The newest answer. Its instants are those of the question: an answer is as old as that. */
interface Answer<T> {
  readonly value: T
  readonly asked: Millis
  readonly at: string
  /** How long the question was open. */
  readonly took: Millis
}

/** A question may be open this many times as long as the last one before its source counts as silent. */
const PATIENCE = 2
/** However slow a source was, it counts as silent when a question has been open for this long. */
const PATIENCE_MAX = millis(10_000)

/** A source that has not been asked. */
export function createSource<T>(terms: SourceTerms): Source<T> {
  return new AskedSource<T>(terms).look
}

class AskedSource<T> {
  readonly #terms: SourceTerms
  #answer: Answer<T> | null = null
  /** Why the last question was refused; null: it was answered. */
  #refusal: string | null = null
  /** When the question was asked that has no answer yet; null: there is none. */
  #openSince: Millis | null = null

  constructor(terms: SourceTerms) {
    this.#terms = terms
  }

  readonly look: Source<T> = async (read, maxAge = millis(0)) => {
    if (this.#openSince === null && !this.#isYoung(maxAge)) await this.#waitFor(this.#ask(read))
    const fault = this.#openSince === null ? this.#refusal : this.#silence(this.#openSince)
    if (this.#answer === null) return { value: null, at: null, fault }
    return { value: this.#answer.value, at: this.#answer.at, fault }
  }

  #isYoung(maxAge: Millis): boolean {
    if (this.#answer === null || this.#refusal !== null) return false
    return this.#terms.clock.now() - this.#answer.asked < maxAge
  }

  async #ask(read: () => Promise<T>): Promise<void> {
    const { clock, deadline, onLate } = this.#terms
    const asked = clock.now()
    const at = clock.wall().toISOString()
    this.#openSince = asked
    try {
      const value = await read()
      this.#answer = { value, asked, at, took: millis(clock.now() - asked) }
      this.#refusal = null
    } catch (error) {
      this.#refusal = reasonOf(error)
    }
    this.#openSince = null
    if (clock.now() - asked > deadline) onLate()
  }

  async #waitFor(answered: Promise<void>): Promise<void> {
    const { clock, deadline } = this.#terms
    const over = new AbortController()
    await Promise.race([answered, clock.sleep(deadline, over.signal)])
    over.abort()
  }

  /** The text stays the same while the source is silent, so that there is nothing new to report. */
  #silence(openSince: Millis): string | null {
    const { clock, deadline, staleAfter } = this.#terms
    const now = clock.now()
    const since = this.#answer?.asked ?? openSince
    const limit = this.#answer === null ? deadline : staleAfter
    if (now - since < limit || now - openSince < this.#patience()) return null
    return `it did not answer within ${toSeconds(deadline)} s`
  }

  /** A bgpd with a thousand neighbours takes longer for each answer than the deadline is. */
  #patience(): Millis {
    const { deadline } = this.#terms
    const took = this.#answer?.took ?? 0
    return took < deadline ? millis(0) : millis(Math.min(PATIENCE * took, PATIENCE_MAX))
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof FaultError) return error.fault.message
  return error instanceof Error ? error.message : String(error)
}
