import type { Fault } from '../../core/base/fault.js'
import { concealSecrets, parseConfig } from '../../core/frr/tree.js'
import { parseVersion } from '../../core/frr/version.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrDaemon, HaveFrr, HaveRoutes } from '../../core/model/plan.js'
import { tryAsk, type DaemonConnections } from './connections.js'

/** One daemon's answer; secrets in its configuration are digests already. */
interface DaemonConfig {
  readonly version: string | null
  readonly config: string | null
  readonly faults: readonly Fault[]
}

/**
 * Reads version and configuration. While FRR's answers stay the same, the value is the same object, so
 * that callers can keep what they derived from it.
 */
export function createConfigReader(
  connections: DaemonConnections,
  conceal: (secret: string) => SecretDigest,
): () => Promise<HaveFrr> {
  let last: Reading | undefined
  return async () => {
    const [bgpd, bfdd, routes] = await Promise.all([
      readDaemon(connections, 'bgpd', conceal),
      readDaemon(connections, 'bfdd', conceal),
      askRoutes(connections),
    ])
    const configs = [bgpd, bfdd]
    const isOld = configs.every((config, i) => isSame(config, last?.configs[i]))
    if (last === undefined || !isOld || !isSameRoutes(routes, last.routes)) {
      last = { configs, routes, have: { ...haveOf(bgpd, bfdd), routes: routesOf(routes) } }
    }
    return last.have
  }
}

/** The answers of all daemons, and what was made of them. */
interface Reading {
  readonly configs: readonly DaemonConfig[]
  readonly routes: RoutesAnswer
  readonly have: HaveFrr
}

function isSameRoutes(a: RoutesAnswer, b: RoutesAnswer): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

async function readDaemon(
  connections: DaemonConnections,
  daemon: 'bgpd' | 'bfdd',
  conceal: (secret: string) => SecretDigest,
): Promise<DaemonConfig> {
  const answer = await tryAsk(connections, daemon, ['show version', 'show running-config'])
  if (!answer.ok) return { version: null, config: null, faults: answer.faults }
  const [version, config] = answer.value
  return {
    version: parseVersion(version?.text ?? ''),
    config: concealSecrets(config?.text ?? '', conceal),
    faults: [],
  }
}

function isSame(a: DaemonConfig, b: DaemonConfig | undefined): boolean {
  return (
    a.version === b?.version &&
    a.config === b.config &&
    JSON.stringify(a.faults) === JSON.stringify(b.faults)
  )
}

function haveOf(bgpd: DaemonConfig, bfdd: DaemonConfig): HaveFrr {
  const tree = ({ config }: DaemonConfig) => (config === null ? null : parseConfig(config))
  return {
    version: bgpd.version,
    bgpd: tree(bgpd),
    bfdd: tree(bfdd),
    faults: [...bgpd.faults, ...bfdd.faults],
  }
}

/** From this release on mgmtd has the configuration of staticd. */
const FIRST_MGMTD = 9

/** Only the static routes: mgmtd has the lists and maps of all daemons too, which take megabytes. */
const SHOW = 'show running-config | include ^ *(ip|ipv6) route |^vrf '

/** What the daemons of static routes say. */
interface RoutesAnswer {
  readonly daemon: HaveRoutes['daemon']
  readonly config: string | null
  readonly fault: Fault | null
}

/** Asks the daemon that has the static routes: mgmtd, and staticd where FRR has no mgmtd. */
async function askRoutes(connections: DaemonConnections): Promise<RoutesAnswer> {
  const managed = await tryAsk(connections, 'mgmtd', [SHOW])
  if (managed.ok) return { daemon: 'mgmtd', config: managed.value[0]?.text ?? '', fault: null }
  const own = await tryAsk(connections, 'staticd', ['show version', SHOW])
  if (!own.ok) return unanswered('staticd', own.faults)
  const [version, config] = own.value.map(({ text }) => text)
  const major = Number.parseInt(parseVersion(version ?? '') ?? '', 10)
  if (major >= FIRST_MGMTD) return unanswered('mgmtd', managed.faults)
  return { daemon: 'staticd', config: config ?? '', fault: null }
}

function unanswered(daemon: HaveRoutes['daemon'], faults: readonly Fault[]): RoutesAnswer {
  return { daemon, config: null, fault: faults[0] ?? null }
}

function routesOf({ daemon, config, fault }: RoutesAnswer): HaveRoutes {
  return { daemon, config: config === null ? null : parseConfig(config), fault }
}

/** Asks one daemon for its version only; null: it does not say it. Rejects with a FaultError. */
export async function readVersion(
  connections: DaemonConnections,
  daemon: FrrDaemon,
): Promise<string | null> {
  const [reply] = await connections.ask(daemon, ['show version'])
  return parseVersion(reply?.text ?? '') ?? null
}
