import type { Socket } from 'node:net'
import { attemptFault } from '../../core/base/attempt.js'
import type { AuditRecord } from '../../core/wire/audit.js'
import type { Log } from '../../edge/host/log.js'
import type { AuditLog } from '../store/audit.js'

/** A log-in with a token that is not accepted. */
export interface RefusedLogin {
  readonly address: string
  /** `agent.connect`, or a request of the API. */
  readonly action: string
  /** The router that the caller named, if the hub knows it. */
  readonly router: string | null
}

/**
 * Records refused log-ins: the first of an address at once, and then how many more there were, so that a
 * caller that tries thousands of tokens fills neither the log nor the audit.
 */
export interface RefusedLogins {
  readonly record: (login: RefusedLogin) => void
  /** Writes the counts; a timer calls it. */
  readonly flush: () => Promise<void>
}

/** Addresses that are counted apart between two flushes; those beyond are counted together. */
const ADDRESSES_MAX = 256
const OTHERS = 'other addresses'

/** Refused log-ins of one kind since the first of them was recorded. */
interface Repeats {
  readonly login: RefusedLogin
  count: number
}

export function createRefusedLogins(
  audit: Pick<AuditLog, 'append'>,
  log: Pick<Log, 'warn' | 'error'>,
  wall: () => Date,
): RefusedLogins {
  let seen = new Map<string, Repeats>()

  async function write(login: RefusedLogin, detail: string): Promise<void> {
    const { address, action, router } = login
    log.warn({ event: 'login-refused', from: address, action, router }, detail)
    const failed = await attemptFault(async () => audit.append(recordOf(login, detail, wall())))
    if (failed !== null) {
      log.error({ event: 'store', fault: failed }, 'a refused log-in was not recorded')
    }
  }

  return {
    record(login) {
      const known = keyOf(login)
      const isFull = !seen.has(known) && seen.size >= ADDRESSES_MAX
      const counted = isFull ? { ...login, address: OTHERS, router: null } : login
      const key = keyOf(counted)
      const repeats = seen.get(key)
      if (repeats !== undefined) {
        repeats.count += 1
        return
      }
      seen.set(key, { login: counted, count: 0 })
      void write(counted, 'a token was not accepted')
    },
    async flush() {
      const ended = [...seen.values()].filter(({ count }) => count > 0)
      seen = new Map()
      await Promise.all(
        ended.map(async ({ login, count }) =>
          write(login, `a token was not accepted ${count} more times`),
        ),
      )
    },
  }
}

function keyOf({ address, action, router }: RefusedLogin): string {
  return `${address} ${action} ${router ?? ''}`
}

function recordOf(
  { address, action, router }: RefusedLogin,
  detail: string,
  at: Date,
): AuditRecord {
  const isAgent = action === 'agent.connect'
  return {
    at: at.toISOString(),
    actor: { kind: isAgent ? 'router' : 'token', name: '' },
    from: address,
    action,
    router,
    outcome: 'refused',
    code: 'UNAUTHORIZED',
    detail,
  }
}

/** Address and port of the other end of a connection. */
export function addressOf({ remoteAddress = '', remotePort }: Socket): string {
  const address = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress
  return remotePort === undefined ? address : `${address}:${remotePort}`
}
