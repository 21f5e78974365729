import type { HaveLink } from '../../model/link.js'
import { toIfname, type Ifname } from '../../model/names.js'
import type { Intent, IntentAttachment, IntentConnection } from '../../wire/intent.js'

/** A link with the names that the kernel knows it by. */
type NamedLink = Pick<HaveLink, 'name' | 'altNames'>

/**
 * The intent with the name of the link wherever a port or a bridge member is named by an alternative name of it
 * (`ip link property add dev LINK altname NAME`); the same object where none is. The kernel takes both names, and
 * reports only the first.
 */
export function withLinkNames(intent: Intent, links: readonly NamedLink[]): Intent {
  const names = new Map<string, Ifname>(
    links.flatMap(({ name, altNames = [] }) => {
      const own = toIfname(name)
      return own === undefined ? [] : altNames.map((alternative) => [alternative, own] as const)
    }),
  )
  // A link's own name comes before the alternative name of another one.
  for (const { name } of links) names.delete(name)
  const isNamed = portNames(intent).some((name) => names.has(name))
  return isNamed ? renamed(intent, (name) => names.get(name) ?? name) : intent
}

/**
 * The intent with its ports and bridge members named as in `effective`, which was made from it: for comparing the
 * two in everything else.
 */
export function withNamesOf(intent: Intent, effective: Intent): Intent {
  const written = portNames(intent)
  const resolved = portNames(effective)
  const names = new Map<string, Ifname>(
    written.map((name, i) => [name, resolved[i] ?? name] as const),
  )
  return renamed(intent, (name) => names.get(name) ?? name)
}

/** In the order of the document. */
function portNames({ connections, attachments }: Intent): readonly Ifname[] {
  return [
    ...connections.flatMap(({ ports }) => ports.map(({ name }) => name)),
    ...attachments.flatMap(({ l2 }) => l2?.members ?? []),
  ]
}

function renamed(intent: Intent, nameOf: (name: Ifname) => Ifname): Intent {
  const connection = (one: IntentConnection): IntentConnection => ({
    ...one,
    ports: one.ports.map((port) => ({ ...port, name: nameOf(port.name) })),
  })
  const attachment = (one: IntentAttachment): IntentAttachment =>
    one.l2?.members === undefined
      ? one
      : { ...one, l2: { ...one.l2, members: one.l2.members.map(nameOf) } }
  return {
    ...intent,
    connections: intent.connections.map(connection),
    attachments: intent.attachments.map(attachment),
  }
}
