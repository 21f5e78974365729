import { matchesAny } from '../base/glob.js'
import type { Conflict, HostFacts, HostFile } from '../model/host-facts.js'
import { isFalse, isTrue, lastOf, readIni, settingsOf, type IniSection } from './ini.js'
import { listed, patternsOf, unreadable, type Managed, type ManagedLink } from './managed.js'
import { firstOf, layered, withDropIns } from './systemd-files.js'

const UNIT = 'systemd-networkd.service'

/**
 * One file for each link that networkd has seen, named by ifindex. It is what `networkctl` reads
 * (sd-network); the bus, which would be the documented way, needs a process or a library.
 */
const STATES = '/run/systemd/netif/links/'

/** Setup states in which networkd manages a link. */
const MANAGED_STATES = ['configuring', 'configured', 'failed']

/** The version that brought `ManageForeignNextHops=` (networkd.conf(5)). */
const KNOWS_NEXT_HOPS = 256

const RESTART = 'then run systemctl restart systemd-networkd'

/**
 * Links of demarc that networkd manages, routes of FRR that it would remove, and files that demarc may not
 * read. There is no conflict where networkd does not run.
 */
export function judgeNetworkd(facts: HostFacts, ours: Managed): readonly Conflict[] {
  if (!facts.units.includes(UNIT)) return []
  const states = linkStates(facts)
  return [...managed(facts, ours, states), ...removed(facts, states), ...unread(facts)]
}

/** networkd's state of one link; `file` is the .network file that applies to it. */
interface LinkState {
  readonly managed: boolean
  readonly file: string
}

function linkStates(facts: HostFacts): ReadonlyMap<string, LinkState> {
  const states = facts.files
    .filter(({ path }) => path.startsWith(STATES))
    .map(({ path, text }) => {
      const state = new Map(readIni(`[Link]\n${text}`)[0]?.settings)
      // Debian 12 writes /lib, which is a link to /usr/lib.
      const file = (state.get('NETWORK_FILE') ?? '').replace(/^\/lib\//, '/usr/lib/')
      const isManaged = MANAGED_STATES.includes(state.get('ADMIN_STATE') ?? '') && file !== ''
      return [path.slice(STATES.length), { managed: isManaged, file }] as const
    })
  return new Map(states)
}

/** Links of demarc that networkd manages, or will manage as soon as they exist. */
function managed(
  facts: HostFacts,
  ours: Managed,
  states: ReadonlyMap<string, LinkState>,
): readonly Conflict[] {
  const indexes = new Map(ours.have.map(({ name, index }) => [name, String(index)]))
  const networks = readNetworks(facts)
  const taken = ours.links.flatMap((link) => {
    const state = states.get(indexes.get(link.name) ?? '')
    const file =
      state === undefined ? claims(networks, link) : state.managed ? state.file : undefined
    return file === undefined ? [] : [{ link, file }]
  })
  if (taken.length === 0) return []
  const files = [...new Set(taken.map(({ file }) => file))]
  return [
    {
      code: 'NETWORKD_MANAGES',
      at: files[0] ?? '',
      message: `systemd-networkd configures ${listed(taken.map(({ link }) => link.name))} by ${listed(files)} and removes addresses, routes and masters that are not in there: write "[Match]", "Name=${patternsOf(taken.map(({ link }) => link)).join(' ')}", "[Link]", "Unmanaged=yes" into /etc/systemd/network/00-demarc.network, ${RESTART}${source(files)}.`,
      destroys: true,
    },
  ]
}

/** netplan writes these files from its own, so the links must be removed there as well. */
function source(files: readonly string[]): string {
  return files.some((file) => file.includes('-netplan-'))
    ? '; and remove the links from /etc/netplan'
    : ''
}

interface Network {
  readonly file: HostFile
  readonly sections: readonly IniSection[]
}

function readNetworks(facts: HostFacts): readonly Network[] {
  return layered(facts, 'network', '.network').map((file) => {
    const name = file.path.slice(file.path.lastIndexOf('/') + 1)
    return { file, sections: readIni(withDropIns(facts, file, `network/${name}.d`)) }
  })
}

/** The file that networkd would apply to a link that does not exist yet; undefined: none, or one with Unmanaged=yes. */
function claims(networks: readonly Network[], link: ManagedLink): string | undefined {
  const first = networks.find(({ sections }) => matchesLink(settingsOf(sections, 'Match'), link))
  if (first === undefined || isTrue(lastOf(first.sections, 'Link', 'Unmanaged'))) return undefined
  return first.file.path
}

/**
 * Whether a [Match] section matches a link by name, type and kind. A section with other keys counts as no
 * match: they depend on what a link has only once it exists, and networkd's state shows the match then.
 */
function matchesLink(match: IniSection['settings'], link: ManagedLink): boolean {
  const { kind } = link.detail
  const facts: Readonly<Record<string, string>> = {
    Name: link.name,
    Type: kind === 'port' || kind === 'vrf' ? 'ether' : kind,
    Kind: kind === 'port' ? '' : kind,
  }
  return (
    match.some(([key, value]) => key === 'Name' && value !== '') &&
    match.every(([key, value]) => {
      const fact = facts[key]
      return fact !== undefined && fits(fact, value)
    })
  )
}

/** Patterns separated by blanks; a `!` before the first negates the match. */
function fits(fact: string, value: string): boolean {
  const not = value.startsWith('!')
  const globs = value.slice(not ? 1 : 0).split(/\s+/)
  return matchesAny(fact, globs) !== not
}

/**
 * networkd removes routes and next hops of FRR whenever it configures any link again. Measured with version
 * 252, where `networkctl reconfigure` of any link removes every next-hop group.
 */
function removed(facts: HostFacts, states: ReadonlyMap<string, LinkState>): readonly Conflict[] {
  const applied = new Set(
    [...states.values()].flatMap((state) => (state.managed ? state.file : [])),
  )
  const networks = new Map(readNetworks(facts).map(({ file, sections }) => [file.path, sections]))
  const files = [...applied].filter((file) => !keepsAll(networks.get(file) ?? []))
  const remedies = files.length === 0 ? [] : missing(facts, files)
  if (remedies.length === 0) return []
  return [
    {
      code: 'NETWORKD_REMOVES',
      at: files[0] ?? '',
      message: `systemd-networkd removes routes and next hops of FRR whenever it configures a link by ${listed(files)} again: ${remedies.join('; ')}; ${RESTART}.`,
      destroys: true,
    },
  ]
}

/** With this setting networkd removes nothing that others made when it configures the link. */
function keepsAll(sections: readonly IniSection[]): boolean {
  return isTrue(lastOf(sections, 'Network', 'KeepConfiguration'))
}

function missing(facts: HostFacts, files: readonly string[]): readonly string[] {
  const main = firstOf(facts, 'networkd.conf')
  const sections = readIni(withDropIns(facts, main, 'networkd.conf.d'))
  const knows = (facts.systemd ?? 0) >= KNOWS_NEXT_HOPS
  const lines = (knows ? [...KEEPS, 'ManageForeignNextHops'] : KEEPS)
    .filter((key) => !isFalse(lastOf(sections, 'Network', key)))
    .map((key) => `"${key}=no"`)
  const general =
    lines.length === 0
      ? []
      : [`write "[Network]", ${lines.join(', ')} into /etc/systemd/networkd.conf.d/10-demarc.conf`]
  // Before that version only the link's own file keeps next-hop groups.
  const each = `write "[Network]", "KeepConfiguration=yes" into ${listed(files.map(dropInOf))}`
  return knows ? general : [...general, each]
}

/** Settings that every supported version of networkd has. */
const KEEPS = ['ManageForeignRoutes', 'ManageForeignRoutingPolicyRules']

function dropInOf(file: string): string {
  return `/etc/systemd/network/${file.slice(file.lastIndexOf('/') + 1)}.d/10-demarc.conf`
}

function unread(facts: HostFacts): readonly Conflict[] {
  const files = facts.unread.filter(({ path }) =>
    /\/systemd\/(networkd\.conf|network(\/|$))/.test(path),
  )
  return unreadable(files, "what systemd-networkd does to demarc's links")
}
