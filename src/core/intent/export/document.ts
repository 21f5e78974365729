import { STP, BOND_DEFAULTS, MAXIMUM_PATHS, MTU } from '../../wire/intent-defaults.js'
import { INTENT_SCHEMA, type Intent, type IntentConnection } from '../../wire/intent.js'
import type { FoundBgp, FoundNeighbor } from '../../model/found.js'
import { carrier } from '../survey/layout.js'
import type { BondOptions } from '../../model/link.js'
import type { Draft, DraftAttachment, DraftConnection } from './draft.js'
import { differing, neighborDocument } from './neighbor-document.js'

/** What an intent says besides its links and neighbours, and what none of them shows. */
export interface Head {
  readonly routerId: string
  readonly generation: number
  readonly router: FoundBgp['router']
  /** The intent in force: it knows what cannot be seen on a router. */
  readonly running: Intent | null
  /** Under which name a neighbour's password is on the router, or will be. */
  readonly secretOf: (neighbor: FoundNeighbor) => string
}

/** The document that says the draft, to be checked like any other. */
export function documentOf(draft: Draft, head: Head) {
  const { vrfs, connections, attachments } = draft
  const largest = new Map<string, number>()
  for (const { connection, mtu } of attachments) {
    largest.set(connection, Math.max(mtu, largest.get(connection) ?? 0))
  }
  return {
    schema: INTENT_SCHEMA,
    generation: head.generation,
    router: sayRouter(draft, head),
    ...(vrfs.length === 0 ? {} : { vrfs }),
    connections: connections.map((one) => sayConnection(one, largest.get(one.name), head)),
    attachments: attachments.map((one) => sayAttachment(one, head)),
  }
}

function sayRouter({ attachments }: Draft, { routerId: id, router, running }: Head) {
  const before = running?.router ?? { role: 'customer' }
  if (router === null || attachments.every(({ neighbors }) => neighbors.length === 0)) {
    return { ...before, id }
  }
  const { localAs, routerId, maximumPaths } = router
  return {
    id,
    role: before.role,
    localAs,
    routerId,
    ...(maximumPaths === MAXIMUM_PATHS ? {} : { maximumPaths }),
  }
}

function sayConnection(
  connection: DraftConnection,
  largest: number | undefined,
  { running }: Head,
) {
  const { bond, mtu, ports, ...named } = connection
  const aggregation = bond === null ? {} : { aggregation: sayBond(bond) }
  const link = carrier({ ...named, ports, ...aggregation })
  const before = running?.connections.find((one) => carrier(one) === link)
  return {
    ...named,
    ...whereTo(before),
    ...(largest === undefined || largest === mtu ? {} : { mtu }),
    ports: ports.map((port) => before?.ports.find(({ name }) => name === port.name) ?? port),
    ...aggregation,
  }
}

/** Provider, region and optics are not to be seen on a router: they are those of the intent in force. */
function whereTo(before: IntentConnection | undefined) {
  return {
    ...(before?.provider === undefined ? {} : { provider: before.provider }),
    ...(before?.region === undefined ? {} : { region: before.region }),
  }
}

function sayBond({ lacpRate, lacpActive, systemId, ...options }: BondOptions) {
  return {
    lacpMode: lacpActive ? 'ACTIVE' : 'PASSIVE',
    interval: lacpRate === 'fast' ? 'FAST' : 'SLOW',
    ...differing(options, BOND_DEFAULTS),
    ...(systemId === null ? {} : { systemIdMac: systemId }),
  }
}

function sayAttachment(attachment: DraftAttachment, { secretOf }: Head) {
  const { name, connection, vlanId, mtu, neighbors } = attachment
  const bgp = neighbors.map((one) => neighborDocument(one, one.hasPassword ? secretOf(one) : null))
  return {
    name,
    connection,
    vlanId,
    ...(attachment.interface === undefined ? {} : { interface: attachment.interface }),
    ...(vlanId !== null && mtu === MTU ? {} : { mtu }),
    ...sayService(attachment),
    ...(bgp.length === 0 ? {} : { bgp }),
  }
}

function sayService({ bridge, vrf, addresses }: DraftAttachment) {
  if (bridge === null) return { l3: { ...(vrf === null ? {} : { vrf }), addresses } }
  const { name, members, stp } = bridge
  return {
    l2: {
      bridge: name,
      ...(members.length === 0 ? {} : { members }),
      ...(stp === STP ? {} : { stp }),
    },
  }
}
