import type { Fault } from '../base/fault.js'
import type { Seconds } from '../base/time.js'
import type { BgpInstance } from './bgp.js'
import type { PlanConflict } from './drift.js'
import type {
  BondOptions,
  BridgePortSettings,
  BridgeSettings,
  HaveLink,
  HaveProtections,
  LinkModeSettings,
  LinkSysctl,
  Protection,
  WantLink,
} from './link.js'
import type { Ifname, InterfaceAddress } from './names.js'
import type { RuleFamily, RuleOwner, StaticRoute, VrfRules } from './vrf.js'

/** Desired: the whole of what demarc should make true on this router. */
export interface Want {
  /** Ports, bonds, VLANs, VRFs, bridges and bridge members the intent names. */
  readonly links: readonly WantLink[]
  /** One for each VRF (or the default) that has neighbours. */
  readonly bgp: readonly BgpInstance[]
  /** Sorted by VRF, prefix and next hop. */
  readonly routes: readonly StaticRoute[]
}

/** Observed: the whole router, foreign things included. */
export interface Have {
  readonly links: readonly HaveLink[]
  /** What a new link starts with: `net.*.conf.default`. */
  readonly sysctlDefaults: LinkSysctl
  /** undefined: not known, as in a journal of a demarc that did not read them. */
  readonly vrfRules?: VrfRules
  /** undefined: not known, likewise. */
  readonly protections?: HaveProtections
  readonly frr: HaveFrr
}

/** Running configuration of FRR, secrets already replaced by digests. */
export interface HaveFrr {
  /** bgpd's, for example `8.4.4`; null when bgpd cannot be reached. */
  readonly version: string | null
  /** null: the daemon cannot be reached; `faults` says why. That matters only to a want that needs it. */
  readonly bgpd: ConfigTree | null
  readonly bfdd: ConfigTree | null
  /** Absent: not read, as in a journal of a demarc that did not know static routes. */
  readonly routes?: HaveRoutes
  readonly faults: readonly Fault[]
  /** Those that bgpd has learned from zebra; absent: none. They stand in no configuration of bgpd's. */
  readonly l3Vnis?: readonly L3Vni[]
}

/** The VXLAN network identifier that EVPN uses for the routes of a VRF: `vni N` of zebra. */
export interface L3Vni {
  readonly vni: number
  /** null: the default VRF; absent: one that has no block in bgpd's configuration. */
  readonly vrf?: string | null
}

/** The static routes of FRR, demarc's own and others. */
export interface HaveRoutes {
  /** The daemon that has them: mgmtd from FRR 9 on, staticd before. */
  readonly daemon: 'staticd' | 'mgmtd'
  /** null: the daemon cannot be reached; `fault` says why. That matters only to a want with routes. */
  readonly config: ConfigTree | null
  readonly fault: Fault | null
}

/** FRR's part of a plan, before and after the kernel's steps. */
export interface FrrPlan {
  /** New neighbours that can be reached before anything is broken. */
  readonly early: readonly PlannedStep[]
  /** Moves the traffic from the ending sessions, and ends them. */
  readonly drain: readonly PlannedStep[]
  /** Removes neighbours and blocks that are no longer wanted, before their links and VRFs are removed. */
  readonly remove: readonly PlannedStep[]
  /** Everything else: once zebra knows the links and VRFs. */
  readonly change: readonly PlannedStep[]
  readonly effects: readonly Effect[]
}

/** One configuration line and the lines inside its block. */
export interface ConfigNode {
  readonly line: string
  readonly children: ConfigTree
}
export type ConfigTree = readonly ConfigNode[]

/** What a step does to traffic, in ascending order. */
export const IMPACTS = ['none', 'soft', 'session-reset', 'link-flap', 'traffic-loss'] as const
export type Impact = (typeof IMPACTS)[number]

/** By the order of `IMPACTS`. */
export function isWorse(a: Impact, b: Impact): boolean {
  return IMPACTS.indexOf(a) > IMPACTS.indexOf(b)
}

/** `none` for no impacts. */
export function worstImpact(impacts: Iterable<Impact>): Impact {
  let worst: Impact = 'none'
  for (const impact of impacts) if (isWorse(impact, worst)) worst = impact
  return worst
}

/** The settings of an existing link that one message can change. */
export type LinkSettings = Partial<Pick<WantLink, 'alias' | 'mtu' | 'up' | 'master'>> & {
  readonly bond?: Partial<BondOptions>
  readonly stp?: boolean
  readonly bridge?: BridgeSettings
  /** Only of a link in a bridge. */
  readonly bridgePort?: BridgePortSettings
  /** MAC address of a bond, which its ports get too. */
  readonly mac?: string
}

/** A step that the kernel takes. Each holds what its inverse needs. */
export type KernelStep =
  | { readonly do: 'link-add'; readonly link: NewLink }
  | { readonly do: 'link-delete'; readonly link: NewLink }
  | {
      readonly do: 'link-set'
      readonly link: Ifname
      readonly to: LinkSettings
      readonly from: LinkSettings
    }
  | {
      readonly do: 'address-add' | 'address-delete'
      readonly link: Ifname
      readonly address: InterfaceAddress
    }
  /** Sets the protocol (IFA_PROTO) of an address, which marks its owner, and nothing else. */
  | {
      readonly do: 'address-mark'
      readonly link: Ifname
      readonly address: InterfaceAddress
      readonly to: number
      readonly from: number
    }
  | {
      readonly do: 'sysctl-set'
      readonly link: Ifname
      readonly to: Partial<LinkSysctl>
      readonly from: Partial<LinkSysctl>
    }
  /** Sets speed, duplex and auto-negotiation of a port. What its driver refuses is left as it is. */
  | {
      readonly do: 'link-modes-set'
      readonly link: Ifname
      readonly to: LinkModeSettings
      readonly from: LinkModeSettings
    }
  | ProtectionStep
  | VrfRuleStep

/** Sets or removes (null) the limits of what a link sends in its bridge. The link need not exist. */
export interface ProtectionStep {
  readonly do: 'protection-set'
  readonly link: Ifname
  readonly to: Protection | null
  readonly from: Protection | null
}

/** Adds, removes or marks the rule that closes the VRFs of the router. */
export type VrfRuleStep = {
  /** A VRF of demarc's that needs the rule; the rule itself names none. */
  readonly link: Ifname
  readonly family: RuleFamily
} & (
  | { readonly do: 'vrf-rule-add' | 'vrf-rule-delete' }
  | { readonly do: 'vrf-rule-mark'; readonly to: RuleOwner; readonly from: RuleOwner }
)

/** A link without its addresses, sysctls, link modes and what it has in a bridge, which have steps of their own. */
export type NewLink = Omit<WantLink, 'addresses' | 'sysctl' | 'bridgePort' | 'modes' | 'protection'>

/** Lines for `configure terminal`. Secrets are digests, see {@link SecretDigest}. */
export interface FrrStep {
  readonly do: 'frr'
  readonly daemon: FrrDaemon
  readonly lines: readonly string[]
}
export type FrrDaemon = 'zebra' | 'bgpd' | 'bfdd' | 'staticd' | 'mgmtd'

/** Waits until zebra knows these links and VRFs, so that FRR neither refuses nor loses lines that name them. */
export interface FrrWaitStep {
  readonly do: 'frr-wait'
  readonly links: readonly Ifname[]
  readonly vrfs: readonly Ifname[]
}

/** Waits while the peers move their traffic. */
export interface PauseStep {
  readonly do: 'pause'
  readonly seconds: Seconds
}

export type Step = KernelStep | FrrStep | FrrWaitStep | PauseStep

const NOT_KERNEL: readonly string[] = ['frr', 'frr-wait', 'pause'] satisfies Exclude<
  Step,
  KernelStep
>['do'][]

/** Whether the step is one of the kernel's. */
export function isKernelStep(step: Step): step is KernelStep {
  return !NOT_KERNEL.includes(step.do)
}

/** One step of a plan, with what it does to traffic and why. */
export interface PlannedStep<S extends Step = Step> {
  readonly step: S
  readonly impact: Impact
}

/** What a change does to one subject that people know by name. */
export interface Effect {
  /** `neighbor 10.0.0.1`, `attachment net-a`, `connection dl-par`, `port enp1s0f0`. */
  readonly subject: string
  readonly impact: Impact
  /** The attribute or line responsible, for people. */
  readonly why: string
}

export interface Plan {
  readonly steps: readonly PlannedStep[]
  /** The worst of all effects. */
  readonly impact: Impact
  readonly effects: readonly Effect[]
  /** Conflicts whose steps are not in the plan, because it does not concern them; absent: there are none. */
  readonly leftOut?: readonly PlanConflict[]
}
