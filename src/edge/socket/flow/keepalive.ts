import { millis, type Millis } from '../../../core/base/time.js'
import type { Clock } from '../../host/clock.js'

/** Watches one connection for silence. */
export interface Keepalive {
  /** Something arrived from the other side. */
  readonly received: () => void
  readonly stop: () => void
}

export interface KeepaliveActions {
  /** Sends something that the other side must answer. */
  readonly probe: () => void
  /** Ends the connection. */
  readonly giveUp: () => void
}

/** Probes within the limit; so two of them may be lost. */
const PROBES = 3

/**
 * Detects a connection on which nothing has arrived for `limit`: a half-open TCP connection never
 * reports itself. After a third of `limit` without a message a probe is sent, after all of it the
 * connection is given up. Without a limit nothing is watched.
 *
 * One timer per connection compares times when it fires; restarting it with each message would cost more.
 */
export function createKeepalive(
  limit: Millis | undefined,
  actions: KeepaliveActions,
  clock: Clock,
): Keepalive {
  return limit === undefined ? UNLIMITED : watchSilence(limit, actions, clock)
}

const UNLIMITED: Keepalive = { received: () => undefined, stop: () => undefined }

function watchSilence(limit: Millis, actions: KeepaliveActions, clock: Clock): Keepalive {
  const interval = millis(limit / PROBES)
  const stopped = new AbortController()
  let lastReceivedAt = clock.now()

  async function watch(): Promise<void> {
    for (;;) {
      await clock.sleep(interval, stopped.signal)
      if (stopped.signal.aborted) return
      const silence = clock.now() - lastReceivedAt
      if (silence >= limit) return actions.giveUp()
      if (silence >= interval) actions.probe()
    }
  }

  void watch()
  return {
    received() {
      lastReceivedAt = clock.now()
    },
    stop: () => stopped.abort(),
  }
}
