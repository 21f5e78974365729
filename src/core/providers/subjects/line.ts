import type {
  Intent,
  IntentAttachment,
  IntentConnection,
  IntentNeighbor,
} from '../../wire/intent.js'

/** A number, a word of the subject, or an address. */
export type RuleValue = number | string

/** A connection to a provider with all that runs on it, as the rules of the profile see it. */
export interface Line {
  readonly intent: Intent
  readonly connection: IntentConnection
  /** The place of the connection in the list of the intent. */
  readonly place: number
  readonly attachments: readonly LineAttachment[]
  /** The lengths in characters of the passwords that are at hand, by the names of their secrets. */
  readonly passwords: ReadonlyMap<string, number>
}

/** An attachment of the line, and its place in the list of the intent. */
interface LineAttachment {
  readonly attachment: IntentAttachment
  readonly place: number
}

/** Keys from a node of a document down to a member. */
export type Path = readonly (string | number)[]

/** What one place of an intent says about the subject of a rule. */
export interface Reading {
  readonly path: Path
  /** undefined: nothing is said, and nothing is meant by that. */
  readonly value: RuleValue | undefined
  /** Whether the intent says so; else the value is what its absence means. */
  readonly isWritten: boolean
  /** The attachment that it belongs to, for rules of one service; null: the connection. */
  readonly attachment: IntentAttachment | null
}

/** Finds the readings of one subject on a line. */
export type Reader = (line: Line) => readonly Reading[]

/** What a reader finds at one node: a value, or a value that is only meant. */
export interface Said {
  /** Keys below the node. */
  readonly key: Path
  readonly value: RuleValue | undefined
  /** The value where the key is left out. */
  readonly absent?: RuleValue
}

/** One reading of each connection. */
export function onConnection(read: (line: Line) => Said | null): Reader {
  return (line) => readings(read(line), ['connections', line.place], null)
}

export function onRouter(read: (line: Line) => Said | null): Reader {
  return (line) => readings(read(line), ['router'], null)
}

type Port = IntentConnection['ports'][number]

export function onPorts(read: (port: Port) => Said | null): Reader {
  return ({ connection, place }) =>
    connection.ports.flatMap((port, i) =>
      readings(read(port), ['connections', place, 'ports', i], null),
    )
}

export function onAttachments(read: (attachment: IntentAttachment, line: Line) => Said | null) {
  return (line: Line): readonly Reading[] =>
    line.attachments.flatMap(({ attachment, place }) =>
      readings(read(attachment, line), ['attachments', place], attachment),
    )
}

/** One reading of each address of each routed attachment. */
export function onAddresses(read: (address: string) => RuleValue | undefined): Reader {
  return ({ attachments }) =>
    attachments.flatMap(({ attachment, place }) =>
      (attachment.l3?.addresses ?? []).flatMap((address, i) =>
        readings(
          { key: [], value: read(address) },
          ['attachments', place, 'l3', 'addresses', i],
          attachment,
        ),
      ),
    )
}

/** A neighbour, and the attachment over which it is reached. */
export interface LineNeighbor {
  readonly neighbor: IntentNeighbor
  readonly attachment: IntentAttachment
  readonly line: Line
}

export function onNeighbors(read: (at: LineNeighbor) => Said | null): Reader {
  return (line) =>
    line.attachments.flatMap(({ attachment, place }) =>
      (attachment.bgp ?? []).flatMap((neighbor, i) =>
        readings(
          read({ neighbor, attachment, line }),
          ['attachments', place, 'bgp', i],
          attachment,
        ),
      ),
    )
}

type Family = NonNullable<IntentNeighbor['ipv4Unicast']>

/** Readings of the routes of each address family that a neighbour exchanges. */
export function onFamilies(read: (family: Family) => readonly Said[]): Reader {
  return ({ attachments }) =>
    attachments.flatMap(({ attachment, place }) =>
      (attachment.bgp ?? []).flatMap((neighbor, i) =>
        (['ipv4Unicast', 'ipv6Unicast'] as const).flatMap((key) => {
          const family = neighbor[key]
          const path = ['attachments', place, 'bgp', i, key]
          return family === undefined
            ? []
            : read(family).flatMap((said) => readings(said, path, attachment))
        }),
      ),
    )
}

function readings(
  said: Said | null,
  path: Path,
  attachment: IntentAttachment | null,
): readonly Reading[] {
  if (said === null) return []
  const { key, value, absent } = said
  const isWritten = value !== undefined
  return [{ path: [...path, ...key], value: value ?? absent, isWritten, attachment }]
}

/** The member of a document below these keys, of whatever type; undefined where there is none. */
export function member(node: unknown, ...keys: Path): unknown {
  let found = node
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Readonly<Record<string | number, unknown>>)[key]
  }
  return found
}
