import type { FaultError } from '../core/base/fault.js'
import type { Millis } from '../core/base/time.js'
import type { HubSettings } from '../core/config/settings.js'
import type { Clock } from '../edge/host/clock.js'
import type { Log } from '../edge/host/log.js'
import type { ProviderProfiles } from '../edge/host/profiles/profile-files.js'
import type { ServerTimes } from './server.js'

/** Times of one hub; a test may shorten them. */
export interface HubTimes extends ServerTimes {
  /** An agent's connection on which nothing arrives for this long is dead. */
  readonly silence: Millis
  /** Time an agent has to say hello. */
  readonly hello: Millis
  /** Time between two pushes of an intent that waits. */
  readonly retry: Millis
  /** Time between two comments on an idle stream. */
  readonly keepAlive: Millis
  /** Time between two searches for connections whose token is not accepted any more. */
  readonly revoke: Millis
}

export interface HubOptions {
  readonly settings: HubSettings
  readonly log: Log
  readonly wall: () => Date
  /** The profiles of providers that intents are judged by. */
  readonly profiles: Pick<ProviderProfiles, 'profiles'>
  readonly times?: Partial<HubTimes>
  /** Measures the silence of agents; the system's clock without it. */
  readonly clock?: Clock
  /** Start with what is left of a damaged store. */
  readonly acceptDamage?: boolean
  /** The store cannot be written any more: the process should end and be started afresh. */
  readonly onFailure: (error: FaultError) => void
}
