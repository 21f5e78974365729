import type { Intent } from '../../wire/intent.js'

/** IFNAMSIZ without the closing NUL. */
export const IFNAME_LENGTH = 15

/** The longest name of a bond, so that `.4094` still fits behind it. */
const BOND_NAME_LENGTH = IFNAME_LENGTH - 5

/** The interface of every connection and attachment, by their names in the intent. */
export interface Layout {
  readonly connections: ReadonlyMap<string, string>
  readonly attachments: ReadonlyMap<string, string>
}

/** The interfaces of an intent. The intent need not be valid: an attachment without connection has none. */
export function layout(intent: Intent): Layout {
  const connections = new Map(
    intent.connections.map((connection) => [connection.name, carrier(connection)]),
  )
  const attachments = new Map<string, string>()
  for (const attachment of intent.attachments) {
    const parent = connections.get(attachment.connection)
    if (parent !== undefined) attachments.set(attachment.name, service(attachment, parent))
  }
  return { connections, attachments }
}

/** The members of a connection that decide which interface carries it. */
interface Carried {
  readonly name: string
  readonly interface?: string
  readonly ports: readonly { readonly name: string }[]
  readonly aggregation?: unknown
}

/** The name of the interface that carries a connection: its bond, or its only port. */
export function carrier(connection: Carried): string {
  if (connection.aggregation === undefined) return connection.ports[0]?.name ?? ''
  return connection.interface ?? connection.name.slice(0, BOND_NAME_LENGTH)
}

/** The members of an attachment that decide which interface it is. */
interface Served {
  readonly vlanId: number | null
  readonly innerVlanId?: number
  readonly interface?: string
}

/** The name of an attachment's interface: its VLAN interface, or `parent` itself where it is untagged. */
export function service(attachment: Served, parent: string): string {
  const { vlanId, innerVlanId, interface: named } = attachment
  if (vlanId === null) return parent
  if (named !== undefined) return named
  return innerVlanId === undefined
    ? `${parent}.${vlanId}`
    : `${outerTag(parent, vlanId)}.${innerVlanId}`
}

/** The name of the VLAN interface of an outer tag; a longer parent's is cut, because nothing else can name it. */
export function outerTag(parent: string, vlanId: number): string {
  const usual = `${parent}.${vlanId}`
  return usual.length <= IFNAME_LENGTH ? usual : `${parent.slice(0, BOND_NAME_LENGTH)}.${vlanId}`
}
