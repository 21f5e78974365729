import { LIMITS, type MessageBounds } from '../../../core/wire/limits.js'
import type { Clock } from '../../host/clock.js'
import { createAllowance, ratesOf, type Allowance } from './allowance.js'
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.js'

/** A connection of a caller, as long as it is open. */
export interface OpenConnection {
  /** Whether the caller has said hello on it. */
  readonly isIntroduced: () => boolean
  /** Ends it in favour of a newer one. */
  readonly giveWay: () => void
}

/** The connections of every authenticated caller, and what the connections of one caller share. */
export interface Callers {
  /** Whether this caller may connect once more now; it counts as a connection attempt. */
  readonly mayDial: (caller: string) => boolean
  readonly allowance: (caller: string) => Allowance
  /** Adds a connection. Above the limit an older one of the same caller is ended. The result removes it. */
  readonly add: (caller: string, connection: OpenConnection) => () => void
}

/** Connections that one caller may open; an agent waits up to a minute between two that fail. */
const DIALS: Rate = { perSecond: 2, burst: 120 }

interface Caller {
  readonly dials: TokenBucket
  readonly allowance: Allowance
  /** Oldest first. */
  readonly open: Set<OpenConnection>
}

/** Callers are remembered for ever, so `caller` must be a name that has been authenticated. */
export function createCallers(bounds: MessageBounds, clock: Clock): Callers {
  const callers = new Map<string, Caller>()

  function callerOf(name: string): Caller {
    const known = callers.get(name)
    if (known !== undefined) return known
    const made: Caller = {
      dials: createTokenBucket(DIALS, clock),
      allowance: createAllowance(ratesOf(bounds), clock),
      open: new Set(),
    }
    callers.set(name, made)
    return made
  }

  return {
    mayDial(name) {
      const { dials } = callerOf(name)
      if (dials.level() < 1) return false
      dials.take(1)
      return true
    },
    allowance: (name) => callerOf(name).allowance,
    add(name, connection) {
      const { open } = callerOf(name)
      const older = [...open]
      open.add(connection)
      const spare = older.find((one) => !one.isIntroduced()) ?? older[0]
      if (open.size > LIMITS.connectionsPerRouter && spare !== undefined) {
        open.delete(spare)
        spare.giveWay()
      }
      return () => open.delete(connection)
    },
  }
}
