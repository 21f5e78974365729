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

/** Setup states in which networkd has a link in hand. */
const IN_HAND = ['configuring', 'configured', 'failed']

/** The version that brought `ManageForeignNextHops=` (networkd.conf(5)). */
const KNOWS_NEXT_HOPS = 256

const RESTART = 'then run systemctl restart systemd-networkd'

/**
 * Links it has in hand, FRR's routes it would remove, and files nobody may read; nothing where it does
 * not run.
 */
export function judgeNetworkd(facts: HostFacts, ours: Managed): readonly Conflict[] {
  if (!facts.units.includes(UNIT)) return []
  const states = linkStates(facts)
  return [...managed(facts, ours, states), ...removed(facts, states), ...unread(facts)]
}

/** What networkd says of one link; `file` is what it configures the link by. */
interface LinkState {
  readonly inHand: boolean
  readonly file: string
}

function linkStates(facts: HostFacts): ReadonlyMap<string, LinkState> {
  const states = facts.files
    .filter(({ path }) => path.startsWith(STATES))
    .map(({ path, text }) => {
      const said = new Map(readIni(`[Link]\n${text}`)[0]?.settings)
      // Debian 12 says /lib, which is /usr/lib.
      const file = (said.get('NETWORK_FILE') ?? '').replace(/^\/lib\//, '/usr/lib/')
      const inHand = IN_HAND.includes(said.get('ADMIN_STATE') ?? '') && file !== ''
      return [path.slice(STATES.length), { inHand, file }] as const
    })
  return new Map(states)
}

/** Links of demarc that networkd has, or will have as soon as they exist. */
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
      state === undefined ? claims(networks, link) : state.inHand ? state.file : undefined
    return file === undefined ? [] : [{ link, file }]
  })
  if (taken.length === 0) return []
  const files = [...new Set(taken.map(({ file }) => file))]
  return [
    {
      code: 'NETWORKD_MANAGES',
      at: files[0] ?? '',
      message: `systemd-networkd configures ${listed(taken.map(({ link }) => link.name))} by ${listed(files)} and takes away addresses, routes and masters that are not in there: write "[Match]", "Name=${patternsOf(taken.map(({ link }) => link)).join(' ')}", "[Link]", "Unmanaged=yes" into /etc/systemd/network/00-demarc.network, ${RESTART}${source(files)}.`,
      destroys: true,
    },
  ]
}

/** netplan writes networkd's files, and would be asked in vain there. */
function source(files: readonly string[]): string {
  return files.some((file) => file.includes('-netplan-'))
    ? '; and take them out of /etc/netplan'
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

/** The file networkd would take for a link that it has not seen; undefined: none, or it may leave it. */
function claims(networks: readonly Network[], link: ManagedLink): string | undefined {
  const first = networks.find(({ sections }) => matchesLink(settingsOf(sections, 'Match'), link))
  if (first === undefined || isTrue(lastOf(first.sections, 'Link', 'Unmanaged'))) return undefined
  return first.file.path
}

/**
 * A section with other keys than these matches by what a link has only once it exists; then networkd
 * itself says whether it does.
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

/** Patterns by blanks; a `!` before the first turns the answer round. */
function fits(fact: string, value: string): boolean {
  const not = value.startsWith('!')
  const globs = value.slice(not ? 1 : 0).split(/\s+/)
  return matchesAny(fact, globs) !== not
}

/**
 * Routes and next hops of FRR go whenever networkd configures a link again, ours or not: tried with
 * version 252, where `networkctl reconfigure` of any link takes every next-hop group.
 */
function removed(facts: HostFacts, states: ReadonlyMap<string, LinkState>): readonly Conflict[] {
  const inHand = new Set([...states.values()].flatMap(({ inHand: has, file }) => (has ? file : [])))
  const networks = new Map(readNetworks(facts).map((one) => [one.file.path, one.sections]))
  const files = [...inHand].filter((file) => !keepsAll(networks.get(file) ?? []))
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

/** With it networkd leaves everything foreign alone when it configures that link. */
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

/** What every supported version of networkd knows. */
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
