/** A BGP router that demarc did not write, and what it says of its sessions. */
export interface BgpPeer {
  readonly kind: 'bird' | 'gobgp' | 'frr'
  /** By neighbour address; undefined when it has no such neighbour. */
  readonly session: (address: string) => PeerSession | undefined
  /** Prefixes in use that came from neighbours. */
  readonly routes: () => readonly string[]
  readonly stop: () => Promise<void>
}

export interface PeerSession {
  readonly established: boolean
  /** The peer's own word for the state. */
  readonly state: string
  /** When the session was established, as the peer writes it; the same text means the same session. */
  readonly since: string
}

/** How a peer is to behave. */
export interface PeerOptions {
  readonly localAs: number
  readonly routerId: string
  readonly neighbors: readonly PeerNeighbor[]
  /** Prefixes to announce to everybody. */
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
