import type { Intent } from '../../wire/intent.js'

/** IFNAMSIZ without the closing NUL. */
export const IFNAME_LENGTH = 15

/** What is left of a name when `.4094` follows it. */
const BOND_NAME_LENGTH = IFNAME_LENGTH - 5

/** Which interface carries what; names are the intent's. */
export interface Layout {
  readonly connections: ReadonlyMap<string, string>
  readonly attachments: ReadonlyMap<string, string>
}

/** The interfaces of an intent; of one that `toWant` refuses too, as far as it goes. */
export function layout(intent: Intent): Layout {
  const connections = new Map(intent.connections.map((one) => [one.name, carrier(one)]))
  const attachments = new Map<string, string>()
  for (const attachment of intent.attachments) {
    const parent = connections.get(attachment.connection)
    if (parent !== undefined) attachments.set(attachment.name, service(attachment, parent))
  }
  return { connections, attachments }
}

/** What of a connection says which interface carries it. */
interface Carried {
  readonly name: string
  readonly interface?: string
  readonly ports: readonly { readonly name: string }[]
  readonly aggregation?: unknown
}

/** The bond, or the only port. */
export function carrier(connection: Carried): string {
  if (connection.aggregation === undefined) return connection.ports[0]?.name ?? ''
  return connection.interface ?? connection.name.slice(0, BOND_NAME_LENGTH)
}

/** What of an attachment says which interface it is. */
interface Served {
  readonly vlanId: number | null
  readonly interface?: string
}

/** The VLAN interface, or the carrier itself where untagged. */
export function service(attachment: Served, parent: string): string {
  if (attachment.vlanId === null) return parent
  return attachment.interface ?? `${parent}.${attachment.vlanId}`
}
