import type { DaemonState, FrrState, HostState, RouterState } from '../model/state.js'
import type { RouterHealth } from '../wire/health.js'
import { known } from './shown/damping.js'
import { observedAt, type Source } from './part.js'

/** The router's part of the health document. */
export function routerHealth(
  { at, host, frr, seen }: RouterState,
  { verdict, before, fresh }: Source<RouterHealth>,
): RouterHealth {
  const last = fresh ? undefined : before
  return known({
    ...verdict,
    sampledAt: last?.sampledAt ?? at,
    observedAt: last?.observedAt ?? at,
    hostObservedAt: observedAt(seen.host),
    ...(host === null ? {} : hostHealth(host, last)),
    frr: frrHealth(frr),
  })
}

/** Load, available memory and uptime keep the figures of `last`. */
function hostHealth(host: HostState, last: RouterHealth | undefined) {
  const { memoryAvailable, load1, uptime } = { ...host, ...known(sampled(last)) }
  return { ...host, memoryAvailable, load1, uptime }
}

function sampled(last: RouterHealth | undefined) {
  return {
    memoryAvailable: last?.memoryAvailable,
    load1: last?.load1,
    uptime: last?.uptime,
  }
}

function frrHealth({ version, daemons }: FrrState): RouterHealth['frr'] {
  const reasons = daemons.flatMap(({ daemon, needed, fault }) =>
    needed && fault !== null ? [`${daemon}: ${fault}`] : [],
  )
  return known({
    reachable: reasons.length === 0,
    version,
    reason: reasons.length === 0 ? null : reasons.join('; '),
    daemons: Object.fromEntries(daemons.map((daemon) => [daemon.daemon, daemonHealth(daemon)])),
  })
}

function daemonHealth({
  needed,
  at,
  fault,
}: DaemonState): NonNullable<RouterHealth['frr']['daemons']>[string] {
  return known({
    needed,
    reachable: needed && fault === null,
    observedAt: observedAt({ at, fault }),
    reason: fault,
  })
}
