import type { Conflict, HostFacts } from '../model/host-facts.js'
import { listed, unreadable, type Managed } from './managed.js'

const UNIT = 'networking.service'

/** What ifupdown keeps of the interfaces it has brought up. */
const STATE = '/run/network/ifstate'

/** Where stanzas are; what another `source` line names is not followed. */
const PLACES = /^\/etc\/network\/interfaces(\.d\/[^/]+)?$/

/** Words that begin a stanza (interfaces(5)). */
const STANZA = /^(iface|auto|allow-\S+|mapping|rename|source|source-directory|template|vlan)$/

/**
 * Stanzas of interfaces(5) for demarc's links, and files nobody may read; nothing where ifupdown does
 * not run.
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
      message: `ifupdown makes or takes down ${listed(names)} at every boot and at systemctl restart networking: remove its "auto" and "iface" lines for ${names.length === 1 ? 'it' : 'them'} from ${listed(files)}, and do not run ifdown, which would delete what is there.`,
      // It makes a link of demarc's name before demarc starts, which demarc then must refuse.
      destroys: names.some((name) => links.get(name)?.detail.kind !== 'port'),
    },
  ]
}

/** Interfaces with a stanza that does anything: `manual` without options does nothing. */
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
