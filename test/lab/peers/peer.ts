/** A BGP router of another implementation, and what it reports about its sessions. */
export interface BgpPeer {
  readonly kind: 'bird' | 'gobgp' | 'frr'
  /** By neighbour address; undefined when it has no such neighbour. */
  readonly session: (address: string) => PeerSession | undefined
  /** Prefixes in use that came from neighbours. */
  readonly routes: () => readonly string[]
  /** How many routes it has accepted from this neighbour. */
  readonly received: (address: string) => number
  readonly stop: () => Promise<void>
}

export interface PeerSession {
  readonly established: boolean
  /** The state in the peer's own words. */
  readonly state: string
  /** When the session was established, in the peer's format. The same text means the same session. */
  readonly since: string
}

/** The configuration of a peer. */
export interface PeerOptions {
  readonly localAs: number
  readonly routerId: string
  readonly neighbors: readonly PeerNeighbor[]
  /** Prefixes to announce to every neighbour. */
  readonly announce: readonly string[]
  /** An existing directory for configuration, sockets and logs. */
  readonly dir: string
}

export interface PeerNeighbor {
  readonly address: string
  readonly localAddress: string
  readonly peerAs: number
  readonly password?: string
  readonly bfd?: boolean
  /** Seconds. */
  readonly holdTime?: number
}
