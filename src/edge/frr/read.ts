import type { Fault } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import { concealSecrets, parseConfig } from '../../core/frr/tree.js'
import { parseVersion } from '../../core/frr/version.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrDaemon, HaveFrr, L3Vni } from '../../core/model/plan.js'
import { tryAsk, type DaemonConnections } from './connections.js'
import { looseMembers, looseNumber, looseObject } from './loose.js'

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
    const l3Vnis = await readL3Vnis(connections, bgpd.config ?? '')
    const configs = [bgpd, bfdd]
    if (last === undefined || !isSameAs(last, configs, l3Vnis)) {
      last = { configs, have: { ...haveOf(bgpd, bfdd), ...(l3Vnis.length > 0 && { l3Vnis }) } }
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

function isSameAs(
  { configs, have }: { readonly configs: readonly DaemonConfig[]; readonly have: HaveFrr },
  now: readonly DaemonConfig[],
  l3Vnis: readonly L3Vni[],
): boolean {
  return (
    now.every((config, i) => isSame(config, configs[i])) &&
    JSON.stringify(have.l3Vnis ?? []) === JSON.stringify(l3Vnis)
  )
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

/** Without this line in one of its blocks, bgpd learns no VNI from zebra. */
const EVPN_LINE = 'advertise-all-vni'

/**
 * The L3VNIs that bgpd knows, and because of which it refuses to remove blocks. They are configured in zebra, or from
 * FRR 10 on in mgmtd, and only those in use reach bgpd, so bgpd itself is asked; without EVPN it is not. Empty
 * where bgpd does not answer: then its configuration is not known either.
 */
async function readL3Vnis(
  connections: DaemonConnections,
  config: string,
): Promise<readonly L3Vni[]> {
  if (!config.includes(EVPN_LINE)) return []
  const all = await tryAsk(connections, 'bgpd', ['show bgp l2vpn evpn vni json'])
  const vnis = all.ok ? l3VnisIn(all.value[0]?.text ?? '') : []
  if (vnis.length === 0) return []
  const vrfs = ['default', ...vrfBlocks(config)]
  const commands = vrfs.map((vrf) => `show bgp vrf ${vrf} vni json`)
  const answers = await tryAsk(connections, 'bgpd', commands)
  const found = vrfs.flatMap((vrf, i) => {
    const vni = vniOf(answers.ok ? (answers.value[i]?.text ?? '') : '')
    return vni === 0 ? [] : [{ vni, vrf: vrf === 'default' ? null : vrf }]
  })
  const others = vnis.filter((vni) => !found.some((one) => one.vni === vni))
  return [...found, ...others.map((vni) => ({ vni }))]
}

function vrfBlocks(config: string): readonly string[] {
  return [...config.matchAll(/^router bgp \S+ vrf (\S+)/gm)].map(([, vrf = '']) => vrf)
}

/** The members of the answer whose names are numbers are VNIs. */
function l3VnisIn(text: string): readonly number[] {
  return looseMembers(parseJson(text)).flatMap(([name, about]) =>
    /^\d+$/.test(name) && looseObject(about)['type'] === 'L3' ? [Number(name)] : [],
  )
}

/** 0: the VRF has none. */
function vniOf(text: string): number {
  return looseNumber(looseObject(parseJson(text))['l3vni']) ?? 0
}

/** Asks one daemon for its version only; null: it does not say it. Rejects with a FaultError. */
export async function readVersion(
  connections: DaemonConnections,
  daemon: FrrDaemon,
): Promise<string | null> {
  const [reply] = await connections.ask(daemon, ['show version'])
  return parseVersion(reply?.text ?? '') ?? null
}
