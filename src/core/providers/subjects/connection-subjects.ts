import { groupBy } from '../../base/group-by.js'
import { MAXIMUM_PATHS } from '../../model/intent-defaults.js'
import {
  member,
  onConnection,
  onPorts,
  onRouter,
  type Line,
  type Path,
  type Reading,
  type Said,
} from './line.js'
import { presence, PRESENCE, same, type Subject } from './subject.js'

/** The subjects about the router, a connection and its ports. */
export const connectionSubjects = {
  'port-count': {
    what: 'the number of ports',
    read: onConnection(({ connection }) => ({ key: ['ports'], value: connection.ports.length })),
  },
  bundle: {
    what: 'the LACP bundle',
    words: PRESENCE,
    read: onConnection(({ connection }) => ({
      key: ['aggregation'],
      value: presence(connection.aggregation !== undefined),
    })),
  },
  'lacp-mode': {
    what: 'the LACP mode',
    words: ['ACTIVE', 'PASSIVE'],
    read: onConnection(({ connection: { aggregation } }) =>
      aggregation === undefined
        ? null
        : { key: ['aggregation', 'lacpMode'], value: aggregation.lacpMode },
    ),
  },
  'optic-kinds': {
    what: 'the number of different optics in the bundle',
    read: onConnection(({ connection }) => {
      const optics = new Set(connection.ports.flatMap(({ optic }) => optic ?? []))
      return { key: ['ports'], value: optics.size === 0 ? undefined : optics.size }
    }),
  },
  'attachment-count': {
    what: 'the number of attachments of this service on the connection',
    read: attachmentCounts,
  },
  'connection-count': {
    what: 'the number of connections to this provider with this service',
    read: onConnection(({ intent, connection }) => ({
      key: ['provider'],
      value: intent.connections.filter(
        ({ provider, service }) =>
          provider === connection.provider && service === connection.service,
      ).length,
    })),
  },
  optic: {
    what: 'the optic',
    write: same,
    words: [],
    read: onPorts(({ optic }) => ({ key: ['optic'], value: optic })),
  },
  connector: {
    what: 'the connector of the fibre',
    words: [],
    read: onConnection(({ connection }) => connectorOf(connection)),
  },
  speed: {
    what: 'the speed in Mb/s',
    write: same,
    read: onPorts((port) => numberAt(port, ['speed'])),
  },
  bandwidth: {
    what: 'the bandwidth that is bought, in Mb/s',
    read: onConnection(({ connection }) => numberAt(connection, ['circuit', 'bandwidth'])),
  },
  duplex: {
    what: 'the duplex mode',
    words: ['FULL', 'HALF'],
    read: onPorts((port) => wordAt(port, ['duplex'])),
  },
  'auto-negotiation': {
    what: 'auto-negotiation',
    words: ['on', 'off'],
    write: (value) => value === 'on',
    read: onPorts(({ autoNegotiate }) => ({
      key: ['autoNegotiate'],
      value: autoNegotiate === undefined ? undefined : autoNegotiate ? 'on' : 'off',
    })),
  },
  'maximum-paths': {
    what: 'the number of equal-cost paths',
    write: same,
    read: onRouter(({ intent: { router } }) => ({
      key: ['maximumPaths'],
      value: router.maximumPaths,
      absent: MAXIMUM_PATHS,
    })),
  },
} satisfies Readonly<Record<string, Subject>>

function numberAt(node: unknown, key: Path): Said {
  const value = member(node, ...key)
  return { key, value: typeof value === 'number' ? value : undefined }
}

function wordAt(node: unknown, key: Path): Said {
  const value = member(node, ...key)
  return { key, value: typeof value === 'string' ? value : undefined }
}

/** The connector without its polish: `LC` for `LC/PC`. */
function connectorOf(connection: unknown): Said {
  const { key, value } = wordAt(connection, ['circuit', 'loa', 'connector'])
  return { key, value: typeof value === 'string' ? value.split('/')[0] : value }
}

/** One reading of each service, at the last attachment of it. */
function attachmentCounts({ attachments }: Line): readonly Reading[] {
  const services = groupBy(attachments, ({ attachment }) => attachment.service ?? null)
  return [...services.values()].flatMap((group) => {
    const last = group.at(-1)
    if (last === undefined) return []
    const { attachment, place } = last
    return [{ path: ['attachments', place], value: group.length, isWritten: true, attachment }]
  })
}
