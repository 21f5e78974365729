import { groupBy } from '../../base/group-by.js'
import { type BondOptions, linkAlias, type WantLink } from '../../model/link.js'
import type { IntentConnection, IntentPort } from '../../wire/intent.js'
import { bare, service } from './link.js'
import { wantedModes } from '../survey/modes.js'
import { buildVlans } from './vlans.js'
import { BOND_DEFAULTS } from '../../model/intent-defaults.js'
import { type Site, type IntentIndex, type Trunk } from '../survey/intent-index.js'

const KINDS = ['vrf', 'bridge', 'bond', 'port', 'vlan'] as const

/** Every link of the intent, sorted by kind and name; a link comes after those it is built on. */
export function buildLinks({ intent, trunks, sites }: IntentIndex): WantLink[] {
  const untagged = new Map(
    sites
      .filter(({ attachment }) => attachment.vlanId === null)
      .map((site) => [site.attachment.connection as string, site]),
  )
  const vrfs = (intent.vrfs ?? []).map(({ name, table }): WantLink => {
    return { ...bare(name), detail: { kind: 'vrf', table }, alias: linkAlias('vrf', name) }
  })
  const links = [
    ...vrfs,
    ...buildBridges(sites),
    ...trunks.flatMap((trunk) => buildTrunk(trunk, untagged.get(trunk.connection.name))),
    ...buildVlans(sites),
  ]
  const vlans = new Set<string>(
    links.filter(({ detail }) => detail.kind === 'vlan').map(({ name }) => name),
  )
  return links.sort((a, b) => (sortKey(a, vlans) < sortKey(b, vlans) ? -1 : 1))
}

function sortKey({ detail, name }: WantLink, vlans: ReadonlySet<string>): string {
  const isInner = detail.kind === 'vlan' && vlans.has(detail.parent)
  return `${KINDS.indexOf(detail.kind)}${Number(isInner)}${name}`
}

function buildTrunk(trunk: Trunk, untagged: Site | undefined): WantLink[] {
  const { connection, interface: name, mtu } = trunk
  const ports = connection.ports.map((port) => portLink(port, mtu))
  if (name === undefined) return ports
  const carried = untagged === undefined ? {} : service(untagged)
  if (connection.aggregation === undefined) return ports.map((port) => ({ ...port, ...carried }))
  const bond: WantLink = {
    ...bare(name),
    detail: { kind: 'bond', options: bondOptions(connection.aggregation) },
    alias: linkAlias('connection', connection.name),
    mtu,
    ...(connection.aggregation.macAddress !== undefined && {
      mac: connection.aggregation.macAddress,
    }),
    ...carried,
  }
  return [bond, ...ports.map((port) => ({ ...port, master: name }))]
}

function portLink(port: IntentPort, mtu: number | null): WantLink {
  const modes = wantedModes(port)
  return { ...bare(port.name), mtu, ...(Object.keys(modes).length > 0 && { modes }) }
}

function buildBridges(sites: readonly Site[]): WantLink[] {
  const bridged = sites.flatMap(({ attachment: { l2 }, mtu }) =>
    l2 === undefined ? [] : { l2, mtu },
  )
  return [...groupBy(bridged, ({ l2 }) => l2.bridge)].flatMap(([name, group]) => {
    const bridge: WantLink = {
      ...bare(name),
      detail: { kind: 'bridge', stp: group.some(({ l2 }) => l2.stp === true) },
      alias: linkAlias('bridge', name),
      // A bridge passes only what its member with the smallest MTU can.
      mtu: Math.min(...group.map(({ mtu }) => mtu)),
    }
    const members = new Set(group.flatMap(({ l2 }) => l2.members ?? []))
    return [bridge, ...[...members].map((member) => ({ ...bare(member), master: name }))]
  })
}

function bondOptions(aggregation: NonNullable<IntentConnection['aggregation']>): BondOptions {
  const { lacpMode, interval, systemIdMac = null, macAddress: _mac, ...rest } = aggregation
  return {
    ...BOND_DEFAULTS,
    ...rest,
    lacpRate: interval === 'FAST' ? 'fast' : 'slow',
    lacpActive: lacpMode === 'ACTIVE',
    systemId: systemIdMac,
  }
}
