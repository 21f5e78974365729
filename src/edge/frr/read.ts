import type { Fault } from '../../core/base/fault.js'
import { concealSecrets, parseConfig } from '../../core/frr/tree.js'
import { parseVersion } from '../../core/frr/version.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrDaemon, HaveFrr } from '../../core/model/plan.js'
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
  let last: { readonly configs: readonly DaemonConfig[]; readonly have: HaveFrr } | undefined
  return async () => {
    const [bgpd, bfdd] = await Promise.all([
      readDaemon(connections, 'bgpd', conceal),
      readDaemon(connections, 'bfdd', conceal),
    ])
    const configs = [bgpd, bfdd]
    if (last === undefined || !configs.every((config, i) => isSame(config, last?.configs[i]))) {
      last = { configs, have: haveOf(bgpd, bfdd) }
    }
    return last.have
  }
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

/** Asks one daemon for its version only; null: it does not say it. Rejects with a FaultError. */
export async function readVersion(
  connections: DaemonConnections,
  daemon: FrrDaemon,
): Promise<string | null> {
  const [reply] = await connections.ask(daemon, ['show version'])
  return parseVersion(reply?.text ?? '') ?? null
}
