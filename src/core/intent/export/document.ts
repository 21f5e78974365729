import {
  STP,
  BOND_DEFAULTS,
  MAXIMUM_PATHS,
  MTU,
  SUMMARY_ONLY,
} from '../../model/intent-defaults.js'
import { INTENT_SCHEMA, type Intent, type IntentConnection } from '../../wire/intent.js'
import type { ExportedBgp, ExportedNeighbor } from '../../model/exported.js'
import type { ExportedRoutes } from './static-routes.js'
import { carrier } from '../survey/layout.js'
import type { BondOptions, Protection } from '../../model/link.js'
import type { Draft, DraftAttachment, DraftConnection, DraftVrf } from './draft.js'
import { differing, neighborDocument } from './neighbor-document.js'

/** What an intent has besides its links and neighbours, and what neither of them shows. */
export interface Head {
  readonly routerId: string
  readonly generation: number
  readonly router: ExportedBgp['router']
  readonly vrfAs: ExportedBgp['vrfAs']
  readonly aggregates: ExportedBgp['aggregates']
  readonly staticRoutes: ExportedRoutes['byVrf']
  /** The running intent: it has what cannot be read from a router. */
  readonly running: Intent | null
  /** The name of a neighbour's password. */
  readonly secretOf: (neighbor: ExportedNeighbor) => string
}

/** The draft as the document of an intent, which is then checked like any other. */
export function documentOf(draft: Draft, head: Head) {
  const { vrfs, connections, attachments } = draft
  const largest = new Map<string, number>()
  for (const { connection, mtu } of attachments) {
    largest.set(connection, Math.max(mtu, largest.get(connection) ?? 0))
  }
  return {
    schema: INTENT_SCHEMA,
    generation: head.generation,
    router: routerDocument(draft, head),
    ...(vrfs.length === 0 ? {} : { vrfs: vrfs.map((vrf) => vrfDocument(vrf, draft, head)) }),
    connections: connections.map((connection) =>
      connectionDocument(connection, largest.get(connection.name), head),
    ),
    attachments: attachments.map((attachment) => attachmentDocument(attachment, head)),
  }
}

function routerDocument({ attachments }: Draft, head: Head) {
  const { routerId: id, router, running } = head
  const before: Partial<Intent['router']> = running?.router ?? { role: 'customer' }
  if (router === null || attachments.every(({ neighbors }) => neighbors.length === 0)) {
    const { aggregates: _, staticRoutes: __, ...kept } = before
    return { ...kept, id, ...staticDocument('', head) }
  }
  const { localAs, routerId, maximumPaths } = router
  return {
    id,
    role: before.role,
    localAs,
    routerId,
    ...(maximumPaths === MAXIMUM_PATHS ? {} : { maximumPaths }),
    ...aggregatesDocument('', attachments, head),
    ...staticDocument('', head),
  }
}

function vrfDocument({ name, table }: DraftVrf, { attachments }: Draft, head: Head) {
  const localAs = head.vrfAs.get(name)
  return {
    name,
    table,
    ...(localAs === undefined ? {} : { localAs }),
    ...aggregatesDocument(name, attachments, head),
    ...staticDocument(name, head),
  }
}

/** Whether a neighbour of this VRF is exported; '' is the default VRF. An aggregate needs one to be announced to. */
export function hasNeighbor(vrf: string, attachments: Draft['attachments']): boolean {
  return attachments.some((own) => (own.vrf ?? '') === vrf && own.neighbors.length > 0)
}

function aggregatesDocument(vrf: string, attachments: Draft['attachments'], { aggregates }: Head) {
  const found = hasNeighbor(vrf, attachments) ? (aggregates.get(vrf) ?? []) : []
  const document = found.map(({ prefix, summaryOnly }) =>
    summaryOnly === SUMMARY_ONLY ? { prefix } : { prefix, summaryOnly },
  )
  return document.length === 0 ? {} : { aggregates: document }
}

function staticDocument(vrf: string, { staticRoutes }: Head) {
  const routes = staticRoutes.get(vrf) ?? []
  return routes.length === 0 ? {} : { staticRoutes: routes }
}

function connectionDocument(
  connection: DraftConnection,
  largest: number | undefined,
  { running }: Head,
) {
  const { bond, mac, mtu, ports, ...named } = connection
  const aggregation = bond === null ? {} : { aggregation: aggregationDocument(bond, mac) }
  const link = carrier({ ...named, ports, ...aggregation })
  const before = running?.connections.find((known) => carrier(known) === link)
  return {
    ...named,
    ...providerOf(before),
    ...((largest ?? MTU) === mtu ? {} : { mtu }),
    ports: ports.map((port) => before?.ports.find(({ name }) => name === port.name) ?? port),
    ...aggregation,
  }
}

/** What the provider says of a connection cannot be read from a router: it comes from the running intent. */
const OF_PROVIDER = ['provider', 'region', 'service', 'accept', 'circuit'] as const

function providerOf(before: IntentConnection | undefined) {
  return given(OF_PROVIDER.map((key) => [key, before?.[key]]))
}

/** The members that have a value. */
function given(members: readonly (readonly [key: string, value: unknown])[]) {
  return Object.fromEntries(members.filter(([, value]) => value !== undefined))
}

function aggregationDocument(
  { lacpRate, lacpActive, systemId, ...options }: BondOptions,
  mac: string | undefined,
) {
  return {
    lacpMode: lacpActive ? 'ACTIVE' : 'PASSIVE',
    interval: lacpRate === 'fast' ? 'FAST' : 'SLOW',
    ...differing(options, BOND_DEFAULTS),
    ...(systemId === null ? {} : { systemIdMac: systemId }),
    ...(mac === undefined ? {} : { macAddress: mac }),
  }
}

function attachmentDocument(attachment: DraftAttachment, { running, secretOf }: Head) {
  const { name, connection, vlanId, innerVlanId, tpid, mtu, neighbors } = attachment
  const before = running?.attachments.find((known) => known.name === name)
  const bgp = neighbors.map((neighbor) =>
    neighborDocument(neighbor, neighbor.hasPassword ? secretOf(neighbor) : null),
  )
  return {
    ...{ name, connection },
    ...given([['service', before?.service]]),
    vlanId,
    ...given([
      ['innerVlanId', innerVlanId],
      ['tpid', tpid],
      ['interface', attachment.interface],
    ]),
    ...(vlanId !== null && mtu === MTU ? {} : { mtu }),
    ...serviceDocument(attachment),
    ...given([['circuit', before?.circuit]]),
    ...(bgp.length === 0 ? {} : { bgp }),
  }
}

function protectionDocument({ macLimit, controlFrames, ...rates }: Protection) {
  const hasRates = Object.keys(rates).length > 0
  return {
    ...given([
      ['macLimit', macLimit],
      ['controlFrames', controlFrames],
    ]),
    ...(hasRates && { stormControl: rates }),
  }
}

function serviceDocument({ bridge, vrf, addresses, protection }: DraftAttachment) {
  if (bridge === null) return { l3: { ...(vrf === null ? {} : { vrf }), addresses } }
  const { name, members, stp } = bridge
  return {
    l2: {
      bridge: name,
      ...(members.length === 0 ? {} : { members }),
      ...(stp === STP ? {} : { stp }),
      ...given([['protection', protection && protectionDocument(protection)]]),
    },
  }
}
