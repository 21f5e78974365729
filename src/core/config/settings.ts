import type { Seconds } from '../base/time.js'
import type { Impact } from '../model/plan.js'
import type { HubPermission } from './hub-methods.js'

/** The settings of `/etc/demarc/demarc.toml`, with defaults filled in. */
export interface AgentSettings {
  readonly agent: { readonly id: string }
  /** null: there is no `[hub]` table; only the local command pushes intents. */
  readonly hub: HubLinkSettings | null
  /** Names or patterns (`*`, `?`) of the ports and bridge members that demarc may use. */
  readonly ports: { readonly manage: readonly string[] }
  readonly frr: FrrSettings
  readonly state: { readonly dir: string; readonly socket: string }
  readonly intervals: IntervalSettings
  readonly safety: SafetySettings
  readonly secrets: SecretSettings
  /** Where metrics can be scraped; null: nowhere. */
  readonly metrics: ListenSettings | null
  /** Where metrics are sent with OTLP; null: nowhere. */
  readonly otlp: OtlpSettings | null
  readonly log: LogSettings
}

interface OtlpSettings {
  /** An address of HTTP or HTTPS, with its path. */
  readonly url: string
  /** A file with the token of the collector; null: it asks for none. */
  readonly tokenFile: string | null
  /** A file with the authorities that may sign the collector's certificate, in PEM; null: Node's own are trusted. */
  readonly caFile: string | null
  /** Between two deliveries. */
  readonly interval: Seconds
}

/** A TCP port at an address of this machine. */
export interface ListenSettings {
  readonly address: string
  readonly port: number
}

/** Where this router's own secrets are. */
interface SecretSettings {
  /** A directory with one file for each secret, named like the secret. */
  readonly dir: string
  /** What the name of a systemd credential has before the name of the secret. */
  readonly credentialPrefix: string
}

/** How the agent reaches its hub. */
export interface HubLinkSettings {
  /** 1-8 `wss://` or, where allowed, `ws://` addresses, tried in this order. */
  readonly urls: readonly string[]
  readonly token: TokenPlace
  /** PEM file with the authorities to trust; null: Node's own list. */
  readonly caFile: string | null
  /** What the hub may ask of this agent. */
  readonly allow: readonly HubPermission[]
  /** The longest wait between two rounds of dialling; the wait is random (full jitter). */
  readonly reconnectMax: Seconds
  /** A ping is sent when nothing was received for this long. */
  readonly heartbeatInterval: Seconds
  /** The connection is closed when nothing was received for this long; above the interval. */
  readonly heartbeatTimeout: Seconds
}

/** Where the agent's token lies: a path, or the name of a systemd credential. */
export type TokenPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'credential'; readonly name: string }

interface FrrSettings {
  /** Directory of the daemons' `.vty` sockets. */
  readonly runDir: string
  /** Where bgpd reports its sessions over BMP, on loopback; null: nowhere. */
  readonly bmp: ListenSettings | null
}

interface IntervalSettings {
  /** Between two complete reads of the router, with the repair of drift. */
  readonly poll: Seconds
  /** Between two reads of links, LACP and BGP. */
  readonly health: Seconds
  /** Between two reads of module EEPROMs. */
  readonly optics: Seconds
}

interface SafetySettings {
  /** The highest impact of any change of a hub, and of a local one that does not allow another. */
  readonly maxImpact: Impact
  /** Time for a change to be confirmed, or to confirm itself, where the push names none. */
  readonly confirmWithin: Seconds
  /** Time for sessions, bundles and the hub to be up again after a change. */
  readonly grace: Seconds
  /** Time for peers to move their traffic off a session that a change ends; 0: no time. */
  readonly drain: Seconds
  /** What the agent does about drift: differences that no change of demarc made. */
  readonly drift: (typeof DRIFT_POLICIES)[number]
}

export const DRIFT_POLICIES = ['repair', 'report'] as const

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
interface LogSettings {
  readonly level: (typeof LOG_LEVELS)[number]
}

/** The settings of `/etc/demarc-hub/hub.toml`, with defaults filled in. */
export interface HubSettings {
  readonly listen: ListenSettings
  /** null: without TLS, only on loopback or with `[listen] allow_plain`. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly data: { readonly dir: string }
  /** Who may use the HTTP API; none: the hub generates a token and keeps it in its data directory. */
  readonly operators: readonly HubOperator[]
  /** The token that may read the metrics and nothing else; null: only those of operators may. */
  readonly metrics: { readonly token: TokenProof | null }
  readonly routers: readonly HubRouter[]
  readonly limits: HubLimits
  readonly log: LogSettings
}

interface HubRouter {
  readonly id: string
  readonly token: TokenProof
  /** The token before a rotation, which is accepted as well while it is named; null: there is none. */
  readonly previousToken: TokenProof | null
}

/** Somebody who may use the HTTP API. */
interface HubOperator {
  /** The audit names a person with this token so. */
  readonly name: string
  readonly token: TokenProof
}

/** What a token is compared with: its SHA-256 in hex, or a file that holds the token. */
export type TokenProof =
  | { readonly kind: 'sha256'; readonly digest: string }
  | { readonly kind: 'file'; readonly path: string }

interface HubLimits {
  /** Events kept for each router; the oldest are dropped first. */
  readonly eventsKept: number
  /** Intents and change outcomes kept for each router. */
  readonly historyKept: number
  /** Audit records kept of the whole hub. */
  readonly auditKept: number
}
