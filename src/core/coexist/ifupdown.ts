import type { Conflict, HostFacts } from '../model/host-facts.js'
import { listed, unreadable, type Managed } from './managed.js'

const UNIT = 'networking.service'

/** The file in which ifupdown records the interfaces that it has brought up. */
const STATE = '/run/network/ifstate'

/** Files with stanzas. Other files that a `source` line names are not read. */
const PLACES = /^\/etc\/network\/interfaces(\.d\/[^/]+)?$/

/** Words that begin a stanza (interfaces(5)). */
const STANZA = /^(iface|auto|allow-\S+|mapping|rename|source|source-directory|template|vlan)$/

/**
 * Stanzas of interfaces(5) for demarc's links, and files that demarc may not read. There is no conflict
 * where ifupdown does not run.
 */
export function judgeIfupdown(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const runs = facts.units.includes(UNIT) || facts.files.some(({ path }) => path === STATE)
  return runs ? [...stanzas(facts, ours), ...unread(facts)] : []
}

function stanzas(facts: HostFacts, ours: Managed): readonly Conflict[] {
  const links = new Map<string, Managed['links'][number]>(
    ours.links.map((link) => [link.name, link]),
  )
  const found = facts.files
    .filter(({ path }) => PLACES.test(path))
    .flatMap(({ path, text }) => interfacesIn(text).map((name) => ({ path, name })))
    .filter(({ name }) => links.has(name))
  if (found.length === 0) return []
  const names = [...new Set(found.map(({ name }) => name))]
  const files = [...new Set(found.map(({ path }) => path))]
  return [
    {
      code: 'IFUPDOWN_STANZA',
      at: files[0] ?? '',
      message: `ifupdown configures or takes down ${listed(names)} at every boot and at systemctl restart networking: remove its "auto" and "iface" lines for ${names.length === 1 ? 'it' : 'them'} from ${listed(files)}, and do not run ifdown, which would delete what demarc has made.`,
      // ifupdown creates a link of that name before demarc starts, and demarc does not own that link then.
      destroys: names.some((name) => links.get(name)?.detail.kind !== 'port'),
    },
  ]
}

/** Interfaces with a stanza that has an effect; `manual` without options has none. */
function interfacesIn(text: string): readonly string[] {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first = '']) => first !== '' && !first.startsWith('#'))
  const starts = lines.flatMap(([first = ''], i) => (STANZA.test(first) ? i : []))
  return starts.flatMap((start, i) => {
    const [word, name = '', ...rest] = lines[start] ?? []
    const options = (starts[i + 1] ?? lines.length) - start - 1
    const idle = rest.at(-1) === 'manual' && options === 0
    return word === 'iface' && !idle ? name : []
  })
}

function unread(facts: HostFacts): readonly Conflict[] {
  const files = facts.unread.filter(({ path }) => path.startsWith('/etc/network/'))
  return unreadable(files, "whether ifupdown configures demarc's links")
}
