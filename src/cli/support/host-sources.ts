import { readdir } from 'node:fs/promises'
import { arch, hostname, loadavg, release, uptime } from 'node:os'
import { dirname, join } from 'node:path'
import { VERSION } from '../../core/base/version.js'
import { dropInDir } from '../../edge/host/files/settings-files.js'
import { command, configuration, file, LONG_ENTRY_MAX, plainName, type Source } from './source.js'

/** Names of one folder that are looked at: ports, bundles, files. */
const NAMES_MAX = 64

/** The names in a folder that match; none where it cannot be read. */
export async function namesIn(folder: string, pattern = /./): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .slice(0, NAMES_MAX)
}

const UNITS = ['demarcd', 'demarc-rollback', 'demarc-rollback.timer', 'frr'] as const

/** Versions, services, disk, clock and processes. */
export function systemSources(now: Date): readonly Source[] {
  const versions = {
    ...{ demarc: VERSION, node: process.version, kernel: release(), architecture: arch() },
    ...{ host: hostname(), at: now.toISOString(), uptime: uptime(), load: loadavg() },
    user: process.getuid?.(),
  }
  const text = `${JSON.stringify(versions, null, 2)}\n`
  const packages = ['demarc*', 'frr*', 'nodejs', 'systemd', 'iproute2', 'lldpd', 'chrony']
  return [
    {
      name: 'system/versions.json',
      from: 'this program',
      collect: () => Promise.resolve({ kind: 'text', text, cut: false }),
    },
    file('system/os-release.txt', '/etc/os-release'),
    command('system/packages.txt', ['dpkg-query', '--show', ...packages]),
    command('system/services.txt', ['systemctl', 'status', '--no-pager', '--lines=0', ...UNITS]),
    command('system/units.txt', ['systemctl', 'cat', '--no-pager', ...UNITS]),
    command('system/clock.txt', ['timedatectl', 'show']),
    command('system/disk.txt', ['df', '-P', '-T']),
    command('system/inodes.txt', ['df', '-P', '-i']),
    file('system/memory.txt', '/proc/meminfo'),
    command('system/processes.txt', [
      ...['ps', '-e', '-o', 'pid,ppid,user,pcpu,pmem,rss,etimes,stat,comm', '--sort=-pcpu'],
    ]),
    command('system/sockets.txt', ['ss', '-tanH']),
    command('system/sysctl.txt', ['sysctl', '--all', '--pattern', String.raw`^net\.ipv[46]\.`]),
  ]
}

/** The newest lines of systemd's journal. */
export function journalSources(): readonly Source[] {
  const newest = { most: LONG_ENTRY_MAX, keep: 'tail' } as const
  const words = [
    'journalctl',
    '--no-pager',
    '--quiet',
    '--output=short-iso-precise',
    '--lines=30000',
  ]
  return [
    ...['demarcd', 'demarc-rollback', 'frr'].map((unit) =>
      command(`journal/${unit}.txt`, [...words, '--unit', unit], newest),
    ),
    command('journal/kernel.txt', [...words, '--dmesg'], { keep: 'tail' }),
  ]
}

/** What FRR has and says, without the agent. */
export function frrSources(runDir: string): readonly Source[] {
  const asked = (name: string, question: string): Source =>
    command(`frr/${name}`, ['vtysh', '--vty_socket', runDir, '-c', question], {
      most: LONG_ENTRY_MAX,
    })
  return [
    asked('version.txt', 'show version'),
    configuration(asked('running-config.txt', 'show running-config')),
    asked('bgp-summary.json', 'show bgp vrf all summary json'),
    asked('bgp-neighbors.json', 'show bgp vrf all neighbors json'),
    asked('bfd-peers.json', 'show bfd peers json'),
    asked('route-summary.txt', 'show ip route vrf all summary'),
    configuration(file('frr/frr.conf', '/etc/frr/frr.conf')),
    file('frr/daemons.txt', '/etc/frr/daemons'),
  ]
}

/** What the kernel has, and the programs beside demarc. */
export async function kernelSources(): Promise<readonly Source[]> {
  const ip = (name: string, ...words: readonly string[]): Source =>
    command(`kernel/${name}.json`, ['ip', '-json', ...words], { most: LONG_ENTRY_MAX })
  const ports = await physicalPorts()
  return [
    ip('links', '-details', '-statistics', 'link', 'show'),
    ip('addresses', 'address', 'show'),
    ip('routes', '-4', 'route', 'show', 'table', 'all'),
    ip('routes-ipv6', '-6', 'route', 'show', 'table', 'all'),
    ip('rules', '-4', 'rule', 'show'),
    ip('rules-ipv6', '-6', 'rule', 'show'),
    ip('neighbors', 'neighbor', 'show'),
    command('kernel/vlans.json', ['bridge', '-json', 'vlan', 'show']),
    command('kernel/nftables.txt', ['nft', 'list', 'ruleset']),
    command('kernel/lldp.json', ['lldpcli', '-f', 'json', 'show', 'neighbors']),
    ...(await namesIn('/proc/net/bonding')).map((name) =>
      file(`kernel/bonding/${plainName(name)}.txt`, join('/proc/net/bonding', name)),
    ),
    ...ports.flatMap((port) =>
      [
        ['settings', port],
        ['driver', '-i', port],
        ['counters', '-S', port],
        ['module', '-m', port],
      ].map(([name = '', ...words]) =>
        command(`kernel/ethtool/${plainName(port)}-${name}.txt`, ['ethtool', ...words]),
      ),
    ),
  ]
}

/** Links with a device behind them: neither VLANs nor bridges. */
async function physicalPorts(): Promise<readonly string[]> {
  const links = await namesIn('/sys/class/net')
  const found = await Promise.all(
    links.map(async (link) =>
      (await namesIn(`/sys/class/net/${link}/device`)).length > 0 ? [link] : [],
    ),
  )
  return found.flat()
}

/** Files of the state directory that hold no secret but those which the mask knows. */
const STATE_FILE = /^[\w.-]+\.(json|jsonl|log)(\.[\w-]+)?$/

/** The agent's settings and state, as they are on the disk. */
export async function diskSources(
  configFile: string,
  stateDir: string,
): Promise<readonly Source[]> {
  const dropIns = dropInDir(configFile)
  const providers = join(dirname(configFile), 'providers')
  return [
    configuration(file('settings/demarc.toml', configFile)),
    ...(await namesIn(dropIns, /\.toml$/)).map((name) =>
      configuration(file(`settings/demarc.toml.d/${plainName(name)}`, join(dropIns, name))),
    ),
    ...(await namesIn(providers)).map((name) =>
      file(`settings/providers/${plainName(name)}`, join(providers, name)),
    ),
    command('state/files.txt', ['ls', '-lA', '--time-style=full-iso', stateDir]),
    ...(await namesIn(stateDir, STATE_FILE)).map((name) =>
      file(`state/${plainName(name)}`, join(stateDir, name), { most: LONG_ENTRY_MAX }),
    ),
  ]
}
