import type { Rules } from './cells/bad-input.js'
import type { Failure } from './cells/failover.js'
import type { Limit } from './cells/limit.js'
import type { ModeScene } from './scene.js'

/** What is tried of each mode, in this order. */
export const CELLS = ['up', 'through', 'failover', 'limit', 'bad input', 'delete'] as const
export type CellName = (typeof CELLS)[number]

/** A service of a provider, as data: its routers, and what is expected of demarc in each cell. */
export interface Mode {
  readonly provider: string
  /** The name of its folder, which has `intent.json` and the configurations of the routers. */
  readonly name: string
  /** One sentence. */
  readonly says: string
  readonly fibres: readonly Fibre[]
  readonly routers: readonly FarRouterData[]
  /** The sessions that must be there. */
  readonly sessions: readonly Session[]
  /** Hosts behind the provider's routers that a host in the customer's network reaches. */
  readonly hosts: readonly string[]
  /** The host in the customer's network that reaches them; {@link LAN_HOST} without it. */
  readonly from?: string
  /** The prefix rules of what the customer's network gets; all of BGP without it. */
  readonly toCore?: readonly string[]
  /** The longest packet that passes; one of an octet more does not. */
  readonly mtu: number
  /** More than the usual: a reason why the cell must fail is thrown, what it adds to the figures is returned. */
  readonly special?: Readonly<Partial<Record<CellName, Special>>>
  readonly failure: Failure
  readonly limit: Limit
  readonly badInput: Rules
  /** The daemons of static routes run on the customer's router. */
  readonly withStatic?: boolean
}

export type Special = (scene: ModeScene) => Promise<string>

/** A port of the customer's router, and the port of the provider's router at the other end. */
export interface Fibre {
  readonly port: string
  readonly router: string
  readonly far: string
}

export interface FarRouterData {
  readonly name: string
  readonly program: 'bird' | 'gobgp' | 'frr' | 'none'
  /** Its configuration, a file in the folder of the mode; none for a router without BGP. */
  readonly config?: string
  /** The words of `ip` that make its links, addresses and routes. */
  readonly ip: readonly string[]
  /** What GoBGP announces; the others have it in their configuration. */
  readonly announce?: readonly string[]
  /** It is started by an act of the mode, and not with the others. */
  readonly late?: boolean
}

/** A session as a router of the provider sees it. */
export interface Session {
  readonly router: string
  /** The addresses of the customer and of the provider. */
  readonly customer: string
  readonly neighbor: string
  /** It is not of the provider, so that its limits do not hold. */
  readonly unlimited?: true
}
