import type { FamilyName } from './policy.js'

/** What a change does to the routes of one family of an Established session. */
export interface RouteForecast {
  /** `neighbor 10.0.0.1`. */
  readonly subject: string
  readonly family: FamilyName
  readonly accepted: RouteOutlook
  readonly announced: RouteOutlook
  /** The most routes that FRR lets out; absent: any number. Those beyond it stay inside. */
  readonly outLimit?: number
}

/** Numbers of routes; null: not known, or too many to be evaluated. */
export interface RouteOutlook {
  readonly before: number | null
  readonly after: number | null
}
