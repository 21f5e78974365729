import type { Impact } from '../model/plan.js'

/** What `/etc/demarc/demarc.toml` says, defaults filled in. Times are seconds. */
export interface AgentSettings {
  readonly agent: { readonly id: string }
  /** null: no `[hub]` table; the router works from files alone. */
  readonly hub: HubLinkSettings | null
  /** Exact names or globs (`*`, `?`) of the ports and bridge members demarc may touch. */
  readonly ports: { readonly manage: readonly string[] }
  readonly frr: FrrSettings
  readonly state: { readonly dir: string; readonly socket: string }
  readonly intervals: IntervalSettings
  readonly safety: SafetySettings
  readonly secrets: SecretSettings
  readonly log: LogSettings
}

/** Where this router's own secrets are; see `parseSecret`. */
interface SecretSettings {
  /** One file for each secret, named like the secret. */
  readonly dir: string
  /** A systemd credential is named like the secret, after this. */
  readonly credentialPrefix: string
}

/** How the agent finds, trusts and paces its hub. */
export interface HubLinkSettings {
  /** 1-8 `wss://` or, where allowed, `ws://` addresses, tried in this order. */
  readonly urls: readonly string[]
  readonly token: TokenPlace
  /** PEM file with the authorities to trust; null: Node's own list. */
  readonly caFile: string | null
  /** Cap of the full-jitter back-off. */
  readonly reconnectMax: number
  /** A ping is sent after this much silence. */
  readonly heartbeatInterval: number
  /** The connection is dead when nothing was heard for this long; above the interval. */
  readonly heartbeatTimeout: number
}

/** Where the agent's token lies: a path, or the name of a systemd credential. */
export type TokenPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'credential'; readonly name: string }

interface FrrSettings {
  /** Directory of the daemons' `.vty` sockets. */
  readonly runDir: string
}

interface IntervalSettings {
  /** Whole snapshot, plan and repair of drift. */
  readonly poll: number
  /** Links, LACP, BGP. */
  readonly health: number
  /** Module EEPROMs. */
  readonly optics: number
}

interface SafetySettings {
  /** Ceiling for every change, whatever a push allows. */
  readonly maxImpact: Impact
  /** Time within which a change must be confirmed, or prove itself, where the push names none. */
  readonly confirmWithin: number
  /** Time that a session, a bundle or the hub has to come back after a change. */
  readonly grace: number
  /** Time that peers get to move their traffic from a session that ends; 0: sessions just end. */
  readonly drain: number
  /** What is done about a difference that no change made. */
  readonly drift: (typeof DRIFT_POLICIES)[number]
}

export const DRIFT_POLICIES = ['repair', 'report'] as const

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
interface LogSettings {
  readonly level: (typeof LOG_LEVELS)[number]
}

/** What the hub's file says, defaults filled in. */
export interface HubSettings {
  readonly listen: { readonly address: string; readonly port: number }
  /** null: plain, only on loopback or where `[listen] allow_plain` says so. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly data: { readonly dir: string }
  /** Who may use the HTTP API; null: the hub makes a token and keeps it in its data directory. */
  readonly api: { readonly token: TokenProof | null }
  readonly routers: readonly HubRouter[]
  readonly limits: HubLimits
  readonly log: LogSettings
}

interface HubRouter {
  readonly id: string
  readonly token: TokenProof
}

/** What a presented token is compared with: its SHA-256 in hex, or a file that holds the token. */
export type TokenProof =
  | { readonly kind: 'sha256'; readonly digest: string }
  | { readonly kind: 'file'; readonly path: string }

interface HubLimits {
  /** Events kept for each router, oldest dropped first. */
  readonly eventsKept: number
  /** Intents and change outcomes kept for each router. */
  readonly historyKept: number
}
