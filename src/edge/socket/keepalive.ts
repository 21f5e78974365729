import { performance } from 'node:perf_hooks'

export interface Keepalive {
  readonly heard: () => void
  readonly stop: () => void
}

export interface KeepaliveActions {
  /** Asks whether anybody is there. */
  readonly probe: () => void
  readonly giveUp: () => void
}

/** Probes within the limit: two of them may be lost. */
const PROBES = 3

/**
 * Notices that nothing came for too long: a half-open TCP connection never says so itself. After a
 * third of `limit` milliseconds it asks, after all of them it gives up. One timer for each
 * connection, looked at when it fires and not moved with every message.
 */
export function createKeepalive(limit: number | undefined, acts: KeepaliveActions): Keepalive {
  if (limit === undefined) return { heard: () => undefined, stop: () => undefined }
  let lastSeenAt = performance.now()
  const look = (): void => {
    if (performance.now() - lastSeenAt >= limit) return acts.giveUp()
    if (performance.now() - lastSeenAt >= limit / PROBES) acts.probe()
    timer = setTimeout(look, limit / PROBES)
  }
  let timer = setTimeout(look, limit / PROBES)
  return {
    heard() {
      lastSeenAt = performance.now()
    },
    stop: () => clearTimeout(timer),
  }
}
