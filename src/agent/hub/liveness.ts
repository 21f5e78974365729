/** The hub as a witness of a change: what was heard of it, whatever it was about. Monotonic ms. */
export interface HubLiveness {
  readonly connected: boolean
  /** The hub spoke, in a connection that was up. */
  readonly lastSeenAt: number | null
  /** Something answered at its address, if only to refuse, and was not silent since: the way there is open. */
  readonly answeredAt: number | null
  /** IP address that answered last. */
  readonly address: string | null
  readonly lastError: string | null
}

/** Where there is no hub, nobody asks it. */
export const NO_LIVENESS: HubLiveness = {
  connected: false,
  lastSeenAt: null,
  answeredAt: null,
  address: null,
  lastError: null,
}

type Seen = Pick<HubLiveness, 'lastSeenAt' | 'answeredAt' | 'address'>

/** Notes every sign of life of the hubs; `url` is the one that was dialled. */
export function createLiveness(now: () => number) {
  /** Of those that have not been silent since. */
  const answers = new Map<string, number>()
  let lastSeenAt: number | null = null
  let address: string | null = null
  return {
    heard(): void {
      lastSeenAt = now()
    },
    answered(url: string, from: string | undefined): void {
      answers.set(url, now())
      address = from ?? address
    },
    /** A dial or a ping led nowhere: what was answered before says nothing of the way as it is. */
    silent(url: string): void {
      answers.delete(url)
    },
    seen: (): Seen => ({
      lastSeenAt,
      answeredAt: answers.size === 0 ? null : Math.max(...answers.values()),
      address,
    }),
  }
}
