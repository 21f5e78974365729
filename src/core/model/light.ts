import type { OpticThresholds, ThresholdSet } from './optic.js'

/** Received and launched light, with the names of openconfig-platform-transceiver. */
export const LIGHTS = ['inputPower', 'outputPower'] as const
export type Light = (typeof LIGHTS)[number]

/** What distinguishes one module from another. */
export interface ModuleId {
  readonly vendor: string
  readonly vendorPart: string
  readonly serialNo: string
}

/** The light of one lane, dBm; null: none was measured. */
export type LaneLight = Readonly<Record<Light, number | null>>

/** What a circuit was like when it first worked with this module. */
export interface Baseline {
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string
  /** Seconds on the timeline of the memory. */
  readonly t: number
  readonly module: ModuleId
  /** °C; null: not measured. */
  readonly temperature: number | null
  /** One for each lane; one alone for a module with one lane. */
  readonly lanes: readonly LaneLight[]
}

/** A baseline that another one has replaced. */
export interface FormerBaseline extends Baseline {
  /** Wall clock, ISO 8601 UTC. */
  readonly endedAt: string
  /** `renewed`: a person asked for a new one; `exchanged`: another module is in the cage. */
  readonly reason: 'renewed' | 'exchanged'
}

/** A sudden change of light that stayed. */
export interface LightStep {
  readonly light: Light
  /** From 0. */
  readonly lane: number
  /** Wall clock of the first reading after it, ISO 8601 UTC. */
  readonly at: string
  /** The same on the timeline of the memory, s. */
  readonly t: number
  /** dBm. */
  readonly before: number
  readonly after: number
}

/** One flag of the module over time. */
export interface FlagRecord {
  readonly quantity: keyof OpticThresholds
  readonly level: keyof ThresholdSet
  /** From 1; absent: the module has one lane, or the flag is of the whole module. */
  readonly lane?: number
  /** How often it was seen to come up. */
  readonly count: number
  /** When it came up last and went last, wall clock, ISO 8601 UTC; `clearedAt` null: it is up. */
  readonly setAt: string
  readonly clearedAt: string | null
}

/** What the other end of the fibre measures, as its provider reports it. */
export interface FarEnd {
  /** When it was measured, as the provider states it, and when it came here; ISO 8601 UTC. */
  readonly at: string
  readonly receivedAt: string
  /** Who measured it; '': not stated. */
  readonly from: string
  /** dBm; null: not stated. */
  readonly outputPower: number | null
  /** dBm; `none`: there is no light; null: not stated. */
  readonly inputPower: number | 'none' | null
  /** Limits of its receiver, dBm. */
  readonly limits: ThresholdSet
}

/** How light declines, by a robust slope over days. */
export interface LightTrend {
  /** dB a day, negative while light is lost; `least` and `most`: the interval around it, of 3.3 standard deviations. */
  readonly slope: number
  readonly least: number
  readonly most: number
  /** Days that it was measured over. */
  readonly days: number
}

/** When a margin ends if light goes on declining as it does; ISO 8601 UTC. */
export interface MarginEnd {
  readonly at: string
  readonly earliest: string
  /** null: within the uncertainty, it may not end at all. */
  readonly latest: string | null
}

/** What the memory knows of one light, of its worst lane each. */
export interface LightView {
  /** dB below the baseline at the temperature of the baseline; negative: above it. null: not known. */
  readonly loss: number | null
  /** The largest fall since the baseline that has not been recovered. */
  readonly step: LightStep | null
  /** null: no decline can be shown. */
  readonly decline: (LightTrend & { readonly ends: MarginEnd | null }) | null
}

/** Loss of each strand, dB. */
export interface StrandView extends FarEnd {
  /** Our launched light less what the far end receives. */
  readonly outboundLoss: number | null
  /** The far end's launched light less what we receive. */
  readonly inboundLoss: number | null
}

/** What the agent remembers of the light of one port. */
export interface PortLight extends Readonly<Record<Light, LightView>> {
  readonly baseline: Baseline | null
  /** Newest last. */
  readonly formerBaselines: readonly FormerBaseline[]
  readonly flags: readonly FlagRecord[]
  /** null: nothing was reported within the last day. */
  readonly farEnd: StrandView | null
}
