import { FaultError, type Fault } from '../../core/base/fault.js'
import { parseJson } from '../../core/base/json.js'
import { concealSecrets, parseConfig } from '../../core/frr/tree.js'
import { millis } from '../../core/base/time.js'
import { hasMgmtd, parseVersion } from '../../core/frr/version.js'
import type { SecretDigest } from '../../core/model/names.js'
import type { FrrDaemon, HaveFrr, HaveRoutes, L3Vni } from '../../core/model/plan.js'
import { systemClock } from '../host/clock.js'
import { tryAsk, type DaemonConnections } from './vty/connections.js'
import { SilentError } from './vty/vty.js'
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
  let last: Reading | undefined
  const readRoutes = routesReader(connections)
  return async () => {
    const [bgpd, bfdd, routes] = await Promise.all([
      readDaemon(connections, 'bgpd', conceal),
      readDaemon(connections, 'bfdd', conceal),
      readRoutes(),
    ])
    const l3Vnis = await readL3Vnis(connections, bgpd.config ?? '')
    const configs = [bgpd, bfdd]
    if (
      last === undefined ||
      !isSameAs(last, configs, l3Vnis) ||
      !isSameRoutes(routes, last.routes)
    ) {
      const have = { ...haveOf(bgpd, bfdd), routes: routesOf(routes) }
      last = { configs, routes, have: { ...have, ...(l3Vnis.length > 0 && { l3Vnis }) } }
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

/** Only the static routes: mgmtd has the lists and maps of all daemons too, which take megabytes. */
const SHOW = 'show running-config | include ^ *(ip|ipv6) route |^vrf '

/** What the daemons of static routes say. */
interface RoutesAnswer {
  readonly daemon: HaveRoutes['daemon']
  readonly config: string | null
  readonly fault: Fault | null
}

/** How long a reading waits for a daemon of static routes that did not answer the last time. */
const GRACE = millis(100)

/**
 * Reads the static routes. A daemon that hangs delays one reading until its silence is certain. Later ones do not wait for it: only
 * the static routes are unknown then, until it answers again.
 */
function routesReader(connections: DaemonConnections): () => Promise<RoutesAnswer> {
  let underWay: Promise<RoutesAnswer> | null = null
  let silence: RoutesAnswer | null = null

  async function ask(): Promise<RoutesAnswer> {
    const { daemon, config, fault, hangs } = await askRoutes(connections)
    const answer = { daemon, config, fault }
    silence = hangs ? answer : null
    return answer
  }

  return () => {
    underWay ??= ask().finally(() => {
      underWay = null
    })
    const known = silence
    if (known === null) return underWay
    return Promise.race([underWay, systemClock.sleep(GRACE).then(() => known)])
  }
}

/** Asks the daemon that has the static routes: mgmtd, and staticd where FRR has no mgmtd. */
async function askRoutes(
  connections: DaemonConnections,
): Promise<RoutesAnswer & { readonly hangs: boolean }> {
  const managed = await askStatic(connections, 'mgmtd', [SHOW])
  if (managed.fault === null || managed.hangs) return managed
  const own = await askStatic(connections, 'staticd', ['show version', SHOW])
  const isManaged = hasMgmtd(parseVersion(own.version))
  return isManaged ? managed : own
}

/** The last command asks for the configuration, the one before it for the version. */
async function askStatic(
  connections: DaemonConnections,
  daemon: HaveRoutes['daemon'],
  commands: readonly string[],
): Promise<RoutesAnswer & { readonly hangs: boolean; readonly version: string }> {
  try {
    const texts = (await connections.ask(daemon, commands)).map(({ text }) => text)
    const [config = '', version = ''] = texts.toReversed()
    return { daemon, config, fault: null, hangs: false, version }
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    const hangs = error instanceof SilentError
    return { daemon, config: null, fault: error.fault, hangs, version: '' }
  }
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
