/** The hub as a witness of a change: what was heard of it, whatever it was about. Monotonic ms. */
export interface HubSigns {
  readonly connected: boolean
  /** The hub spoke, in a connection that was up. */
  readonly heardAt: number | null
  /** Something answered at its address, if only to refuse: the way there is open. */
  readonly answeredAt: number | null
  /** IP address that answered last. */
  readonly address: string | null
  readonly lastError: string | null
}

/** Where there is no hub, nobody asks it. */
export const NO_SIGNS: HubSigns = {
  connected: false,
  heardAt: null,
  answeredAt: null,
  address: null,
  lastError: null,
}

type Seen = Pick<HubSigns, 'heardAt' | 'answeredAt' | 'address'>

/** Notes every sign of life of the hub. */
export function createSigns(now: () => number) {
  let seen: Seen = { heardAt: null, answeredAt: null, address: null }
  return {
    heard: () => (seen = { ...seen, heardAt: now() }),
    answered: (address: string | undefined) =>
      (seen = { ...seen, answeredAt: now(), address: address ?? seen.address }),
    seen: () => seen,
  }
}
