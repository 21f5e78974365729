import { readFileSync } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as otherTasks } from 'node:timers/promises'
import type { HostFacts, HostFile, UnreadFile } from '../../../core/model/host-facts.js'
import { readBounded, type Reading } from '../files/bounded-read.js'

/** Octets of one file, and of one of FRR's, which has about 1 KiB for each neighbour. */
const FILE_BYTES_MAX = 256 * 1024
const FRR_BYTES_MAX = 8 * 1024 * 1024

/** Files of one directory; networkd has one for each link. */
const NAMES_MAX = 8192

/** Files that are open at a time. */
const OPEN_MAX = 16

/** Links whose own settings below `/proc/sys/net` are read; `all` and `default` always are. */
const LINKS_MAX = 256

/** Single files. */
const FILES = [
  '/etc/cloud/cloud.cfg',
  '/etc/crontab',
  '/etc/frr/bgpd.conf',
  '/etc/frr/frr.conf',
  '/etc/netplan/50-cloud-init.yaml',
  '/etc/network/interfaces',
  '/etc/systemd/networkd.conf',
  '/run/cloud-init/enabled',
  '/run/network/ifstate',
  '/run/systemd/networkd.conf',
  '/usr/lib/systemd/networkd.conf',
  '/usr/local/lib/systemd/networkd.conf',
]

/** Directories and the names of the files that are read; `within`: names of their drop-in directories. */
const FOLDERS: readonly { dir: string; ends: RegExp; within?: RegExp }[] = [
  { dir: '/etc/cloud/cloud.cfg.d', ends: /\.cfg$/ },
  { dir: '/etc/cron.d', ends: /^[^.]/ },
  { dir: '/etc/cron.daily', ends: /^[^.]/ },
  { dir: '/etc/cron.hourly', ends: /^[^.]/ },
  { dir: '/etc/network/interfaces.d', ends: /^[^.]/ },
  { dir: '/etc/systemd/system', ends: /\.service$/, within: /\.service\.d$/ },
  { dir: '/run/NetworkManager/devices', ends: /^\d+$/ },
  { dir: '/run/systemd/netif/links', ends: /^\d+$/ },
  ...['/etc', '/run', '/usr/local/lib', '/usr/lib'].flatMap((place) => [
    { dir: `${place}/systemd/network`, ends: /\.network$/, within: /\.network\.d$/ },
    { dir: `${place}/systemd/networkd.conf.d`, ends: /\.conf$/ },
  ]),
]

/** systemd has a symbolic link here for each active unit, which every user can list. */
const UNITS = '/run/systemd/units'
const ACTIVE = 'invocation:'

/** Settings of each link that are read. */
const LINK_SETTINGS = [
  ['ipv4', 'arp_announce'],
  ['ipv4', 'arp_ignore'],
  ['ipv4', 'proxy_arp'],
  ['ipv6', 'accept_ra'],
  ['ipv6', 'disable_ipv6'],
] as const

/** Settings of the whole host that are read. */
const HOST_SETTINGS = ['ipv4/ip_forward', 'ipv4/conf/all/rp_filter', 'ipv6/conf/all/forwarding']

/**
 * Reads configuration and state of other network programs, as far as the agent's sandbox can see them.
 * Starts no process. `root` is the directory that stands for `/`.
 */
export async function readHostFacts(links: readonly string[], root = '/'): Promise<HostFacts> {
  const [units, libraries, found, sysctls] = await Promise.all([
    namesIn(join(root, UNITS)),
    libraryNames(root),
    readAll(root),
    readSysctls(links.slice(0, LINKS_MAX), root),
  ])
  return {
    units: units.names
      .filter((name) => name.startsWith(ACTIVE))
      .map((name) => name.slice(ACTIVE.length)),
    systemd: versionOf(libraries),
    ...found,
    sysctls,
  }
}

interface Names {
  readonly names: readonly string[]
  /** Why they could not be read; null: they could, or there is no such directory. */
  readonly refused: string | null
}

async function namesIn(dir: string): Promise<Names> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(dir)) {
      if (names.length === NAMES_MAX) return { names, refused: `more than ${NAMES_MAX} files` }
      names.push(name)
    }
    return { names, refused: null }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    return { names, refused: code === 'ENOENT' || code === 'ENOTDIR' ? null : code }
  }
}

/** Names in systemd's library folders, one for each architecture; one has systemd's version in it. */
async function libraryNames(root: string): Promise<readonly string[]> {
  const lib = join(root, '/usr/lib')
  const { names } = await namesIn(lib)
  const dirs = ['', ...names.filter((name) => name.endsWith('-linux-gnu'))]
  const found = await Promise.all(dirs.map((dir) => namesIn(join(lib, dir, 'systemd'))))
  return found.flatMap(({ names: own }) => own)
}

function versionOf(libraries: readonly string[]): number | null {
  const versions = libraries.flatMap((name) => /^libsystemd-shared-(\d+)/.exec(name)?.[1] ?? [])
  return versions.length === 0 ? null : Number(versions[0])
}

/** One file, or why it could not be read; null: there is none. */
type Found = HostFile | UnreadFile | null

async function readAll(root: string): Promise<Pick<HostFacts, 'files' | 'unread'>> {
  const listed = await Promise.all(FOLDERS.map((folder) => pathsIn(folder, root)))
  const paths = [...FILES, ...listed.flatMap((folder) => folder.paths)]
  const found: Found[] = await mapFew(paths, (path) => readOne(path, root))
  const all = [
    ...listed.flatMap((folder) => folder.unread),
    ...found.filter((file) => file !== null),
  ]
  return {
    files: all.filter((file) => 'text' in file),
    unread: all.filter((file) => 'reason' in file),
  }
}

async function pathsIn(
  { dir, ends, within }: (typeof FOLDERS)[number],
  root: string,
): Promise<{ paths: readonly string[]; unread: readonly UnreadFile[] }> {
  const { names, refused } = await namesIn(join(root, dir))
  const deeper = names.filter((name) => within?.test(name))
  const dropIns = await Promise.all(
    deeper.map((name) => pathsIn({ dir: `${dir}/${name}`, ends: /\.conf$/ }, root)),
  )
  const here = names.filter((name) => ends.test(name)).map((name) => `${dir}/${name}`)
  return {
    paths: [...here, ...dropIns.flatMap((folder) => folder.paths)],
    unread: [
      ...(refused === null ? [] : [{ path: dir, reason: refused }]),
      ...dropIns.flatMap((folder) => folder.unread),
    ],
  }
}

/** A link to /dev/null is an empty file (systemd.unit(5)). A pipe is not read, because that might never end. */
async function readOne(path: string, root: string): Promise<Found> {
  const place = join(root, path)
  const kind = await stat(place).catch(() => null)
  if (kind?.isCharacterDevice() === true) return { path, text: '' }
  if (kind?.isDirectory() === true) return null
  if (kind?.isFile() === false) return { path, reason: 'not a regular file' }
  const limit = path.startsWith('/etc/frr/') ? FRR_BYTES_MAX : FILE_BYTES_MAX
  const reading = await readBounded(place, limit)
  if (reading.kind === 'text') return { path, text: reading.text }
  return reading.kind === 'missing' ? null : { path, reason: reasonOf(reading, limit) }
}

type Failed = Exclude<Reading, { readonly kind: 'text' | 'missing' }>

function reasonOf(reading: Failed, limit: number): string {
  if (reading.kind === 'refused') return reading.reason
  return reading.kind === 'too-long' ? `more than ${limit} octets` : 'not UTF-8 text'
}

/** Numbers below `/proc/sys/net` that are read before other tasks get their turn. */
const READ_AT_ONCE = 256

async function readSysctls(
  links: readonly string[],
  root: string,
): Promise<ReadonlyMap<string, number>> {
  const paths = [
    ...HOST_SETTINGS,
    ...['all', 'default', ...links].flatMap((link) =>
      LINK_SETTINGS.map(([family, key]) => `${family}/conf/${link}/${key}`),
    ),
  ]
  const found = new Map<string, number>()
  for (const [at, path] of paths.entries()) {
    if (at > 0 && at % READ_AT_ONCE === 0) await otherTasks()
    const value = numberIn(join(root, '/proc/sys/net', path))
    if (!Number.isNaN(value)) found.set(path, value)
  }
  return found
}

/**
 * The kernel answers these from memory, and without a thread for each of them a thousand take a sixth of the processor time.
 * NaN: there is no such setting.
 */
function numberIn(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return Number.NaN
  }
}

/** Maps items in their order, a few at a time. */
async function mapFew<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < items.length; from += OPEN_MAX) {
    results.push(...(await Promise.all(items.slice(from, from + OPEN_MAX).map(map))))
  }
  return results
}
