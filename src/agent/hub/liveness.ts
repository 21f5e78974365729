import type { Millis } from '../../core/base/time.js'

/** The hub as a witness of a change. Instants are monotonic. */
export interface HubLiveness {
  readonly connected: boolean
  /** The last answer of the hub in a connection that was up; null: none yet. */
  readonly lastSeenAt: Millis | null
  /**
   * The last time that something answered at an address of a hub, if only with a refusal, and did not
   * time out since. It shows that the path to the hub is open. null: nothing.
   */
  readonly answeredAt: Millis | null
  /** The IP address that answered last. */
  readonly address: string | null
  readonly lastError: string | null
}

/** The liveness of a hub that is not configured. */
export const NO_LIVENESS: HubLiveness = {
  connected: false,
  lastSeenAt: null,
  answeredAt: null,
  address: null,
  lastError: null,
}

/** Records the answers of the hubs of one link; `url` is the one that was dialled. */
export interface LivenessRecord {
  readonly seen: () => void
  readonly answered: (url: string, address: string | undefined) => void
  /** A dial or a ping timed out, so an earlier answer no longer shows that the path is open. */
  readonly timedOut: (url: string) => void
  readonly read: () => Pick<HubLiveness, 'lastSeenAt' | 'answeredAt' | 'address'>
}

export function createLivenessRecord(now: () => Millis): LivenessRecord {
  /** Time of the last answer by URL; removed when a later dial or ping times out. */
  const answers = new Map<string, Millis>()
  let lastSeenAt: Millis | null = null
  let address: string | null = null
  return {
    seen() {
      lastSeenAt = now()
    },
    answered(url, from) {
      answers.set(url, now())
      address = from ?? address
    },
    timedOut(url) {
      answers.delete(url)
    },
    read: () => ({
      lastSeenAt,
      answeredAt: [...answers.values()].reduce<Millis | null>(
        (newest, at) => (newest === null || at > newest ? at : newest),
        null,
      ),
      address,
    }),
  }
}
