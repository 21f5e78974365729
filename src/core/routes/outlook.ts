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
  /** Why an outlook is null though the count before is known; absent: none is. */
  readonly unforeseen?: Unforeseen
}

/**
 * `not-read`: FRR did not list the table. `too-many`: it has more routes than are evaluated. `own-routes`: an aggregate,
 * a static route or a default route of this router changes what is announced.
 */
export type Unforeseen = 'not-read' | 'too-many' | 'own-routes'

/** Numbers of routes; null: not known. */
export interface RouteOutlook {
  readonly before: number | null
  readonly after: number | null
}
