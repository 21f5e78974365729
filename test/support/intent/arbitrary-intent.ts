import * as fc from 'fast-check'
import type { Intent, IntentAttachment, IntentConnection } from '../../../src/core/wire/intent.js'
import { INTENT_SCHEMA } from '../../../src/core/wire/intent.js'
import { arbitraryNeighbor, SECRET_NAMES } from '../frr/arbitrary-neighbor.js'

/**
 * Random intents for one small router. Everything is drawn from few slots with one common variant
 * each, so that two intents drawn apart share some things, differ in some and lack others.
 */
export interface IntentUniverse {
  /** The ports of each connection: the first is used alone, all of them in a bundle. */
  readonly connections: Readonly<Record<string, ConnectionSlot>>
  readonly members: readonly string[]
  /** Attachments on each connection. */
  readonly slots: number
  /** The first is the most common. */
  readonly maximumPaths: readonly [number, ...number[]]
  /** Whether neighbours are drawn at all. */
  readonly bgp: boolean
  /** Whether ports may have their link modes set. */
  readonly modes?: true
}

export interface ConnectionSlot {
  readonly ports: readonly string[]
  /**
   * 'steady': always there, always one port, its VLANs numbered always the same and its neighbours
   * without a secret, so that a peer can hold sessions on it.
   */
  readonly shape: 'any' | 'steady'
}

export const SMALL_ROUTER: IntentUniverse = {
  connections: {
    'dl-a': { ports: ['p1', 'p2'], shape: 'any' },
    'dl-b': { ports: ['p3', 'p4'], shape: 'any' },
  },
  members: ['m1', 'm2'],
  slots: 3,
  maximumPaths: [4, 1, 16],
  bgp: true,
}

/** What `toWant` needs beside the intent. */
export const MANAGED_PORTS = ['p*', 'm*']
export { SECRET_NAMES }

/** Mostly the first value, so that intents have much in common. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  if (others.length === 0) return fc.constant(usual)
  return fc.oneof(
    { arbitrary: fc.constant(usual), weight: 3 },
    { arbitrary: fc.constantFrom(...others), weight: 1 },
  )
}

export function arbitraryIntent(universe: IntentUniverse = SMALL_ROUTER): fc.Arbitrary<Intent> {
  const names = Object.keys(universe.connections)
  const connections = fc.tuple(...names.map((name) => connection(universe, name)))
  const perConnection = fc.tuple(...names.map((_, place) => attachments(universe, place)))
  const router = fc.record({ maximumPaths: mostly(...universe.maximumPaths) })
  const tables = mostly(1001, 1002)
  return fc.tuple(connections, perConnection, router, tables).map(([kept, wishes, more, table]) => {
    const present = kept.filter((each) => each !== null)
    const here = new Set<string>(present.map(({ name }) => name))
    const draft = wishes.flat().filter((each) => here.has(each.connection))
    return {
      schema: INTENT_SCHEMA,
      generation: 1,
      router: {
        id: 'lab-edge-1',
        role: 'customer',
        localAs: 65010,
        routerId: '10.255.0.1',
        ...more,
      },
      vrfs: [
        { name: 'blue', table },
        { name: 'red', table: 1010 },
      ],
      connections: present,
      attachments: fitted(draft, present),
    } as Intent
  })
}

/** Speeds by which the ports of a connection are set by hand. */
function linkModes({ modes }: IntentUniverse) {
  if (modes === undefined) return fc.constant({})
  return mostly<object>(
    {},
    { autoNegotiate: true },
    { autoNegotiate: false },
    { autoNegotiate: false, speed: 1000, duplex: 'FULL' },
    { autoNegotiate: false, speed: 10_000 },
  )
}

function connection(universe: IntentUniverse, name: string): fc.Arbitrary<IntentConnection | null> {
  return linkModes(universe).chain((modes) => connectionWith(universe, name, modes))
}

function connectionWith(
  { connections }: IntentUniverse,
  name: string,
  modes: object,
): fc.Arbitrary<IntentConnection | null> {
  const { ports, shape } = connections[name] ?? { ports: [], shape: 'any' }
  const port = (port: string) => ({ name: port, ...modes })
  const mtu = fc.record({ mtu: mostly(9000, 1500, 2000) }, { requiredKeys: [] })
  const single = mtu.map((more) => ({ name, ports: [port(ports[0] ?? '')], ...more }))
  if (shape === 'steady') {
    return fc.constant({ name, mtu: 2000, ports: [port(ports[0] ?? '')] } as IntentConnection)
  }
  const bundle = fc
    .tuple(fc.subarray([...ports], { minLength: 1 }), mtu, aggregation())
    .map(([members, more, lacp]) => ({
      name,
      ports: members.map(port),
      ...more,
      aggregation: { ...lacp, minLinks: Math.min(lacp.minLinks, members.length) },
    }))
  return fc.oneof(
    { arbitrary: bundle, weight: 5 },
    { arbitrary: single, weight: 3 },
    { arbitrary: fc.constant(null), weight: 1 },
  ) as fc.Arbitrary<IntentConnection | null>
}

function aggregation() {
  return fc.record({
    lacpMode: mostly('ACTIVE', 'PASSIVE'),
    interval: mostly('FAST', 'SLOW'),
    minLinks: mostly(1, 0, 2),
    hash: mostly('layer3+4', 'layer2', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'),
    adSelect: mostly('stable', 'bandwidth', 'count'),
    miimon: mostly(100, 200),
    upDelay: mostly(0, 200, 400),
    downDelay: mostly(0, 200),
    systemPriority: mostly(65535, 100),
    userPortKey: mostly(0, 7),
  })
}

/** `place` is the connection's number; it keeps addresses, VLANs and names apart. */
function attachments(
  universe: IntentUniverse,
  place: number,
): fc.Arbitrary<readonly IntentAttachment[]> {
  const slots = Array.from({ length: universe.slots }, (_, slot) =>
    attachment(universe, place, slot),
  )
  const optional = slots.map((slot) => fc.option(slot, { freq: 5 }))
  return fc.tuple(...optional).map((drawn) => drawn.filter((each) => each !== null))
}

function attachment(
  universe: IntentUniverse,
  place: number,
  slot: number,
): fc.Arbitrary<IntentAttachment> {
  const number = place * universe.slots + slot
  const steady = Object.values(universe.connections)[place]?.shape === 'steady'
  const base = {
    name: fc.constant(`net-${number}`),
    connection: fc.constant(Object.keys(universe.connections)[place] ?? ''),
    vlanId: steady
      ? fc.constant(100 + slot)
      : slot === 0
        ? mostly<number | null>(100, null)
        : mostly(100 + slot, 200 + slot),
  }
  // All sessions together: enough for as many as there can be, with the highest limits of their own.
  const gateway = mostly({ name: 'gw' }, { name: 'gw', maxPrefixes: { limit: 10_000 } })
  const more = { mtu: mostly(1500, 1400, 2000, 1000), gateway }
  const mtu = fc.record(more, { requiredKeys: [] })
  const l3 = fc.record({ ...base, l3: layer3(number) })
  const l2 = fc.record({ ...base, l2: layer2(universe, number) })
  const routed = universe.bgp
    ? l3.chain((one) => neighborsOf(one.l3.addresses, steady).map((bgp) => ({ ...one, bgp })))
    : l3
  const kind = fc.oneof({ arbitrary: routed, weight: steady ? 9 : 4 }, { arbitrary: l2, weight: 1 })
  const any = fc
    .tuple(kind, mtu, steady ? fc.constant({}) : tags(slot))
    .map(([one, more, tagged]) => ({
      ...one,
      ...more,
      ...(one.vlanId !== null && tagged),
    })) as fc.Arbitrary<IntentAttachment>
  if (!steady) return any
  const addresses = [`10.0.${number}.2/30`, `2001:db8:${number}::2/64`]
  const usual = fc
    .record({ ...base, l3: fc.constant({ addresses }), bgp: neighborsOf(addresses, true) })
    .map((one) => one as IntentAttachment)
  return fc.oneof({ arbitrary: usual, weight: 3 }, { arbitrary: any, weight: 1 })
}

/** The outer tag that slots of a connection share. */
const SHARED_TAG = 300

/** Other tags than one of IEEE 802.1Q; the first slot may be the service with the shared outer tag alone. */
function tags(slot: number) {
  const inner = { vlanId: SHARED_TAG, innerVlanId: 11 + slot }
  const tpid = '0x88a8'
  return mostly<object>(
    {},
    { tpid },
    { innerVlanId: 7 },
    inner,
    { ...inner, tpid },
    slot === 0 ? { vlanId: SHARED_TAG, tpid } : { innerVlanId: 8, tpid },
  )
}

function layer3(number: number) {
  const addresses = mostly(
    [`10.0.${number}.2/30`, `2001:db8:${number}::2/64`],
    [`10.0.${number}.2/30`],
    [`10.0.${number}.2/29`],
    [`2001:db8:${number}::2/64`],
  )
  return fc.record({ vrf: mostly<string | null>(null, 'blue', 'red'), addresses })
}

/** Members and bridges belong to one slot each, so that no two attachments ask for one member. */
function layer2({ members }: IntentUniverse, number: number) {
  const mine = members.filter((_, place) => place === number)
  const plain = {
    bridge: mostly(`br-${number}`, `lan-${number}`),
    members: fc.subarray(mine),
    stp: mostly(false, true),
  }
  return fc.record({ ...plain, protection: protection() }, { requiredKeys: ['bridge', 'stp'] })
}

function protection() {
  const rates = { broadcast: mostly(20, 40), multicast: fc.constant(20), unknownUnicast: mostly(9) }
  return fc.record(
    {
      macLimit: mostly(512, 64),
      controlFrames: mostly('DROP', 'FORWARD'),
      stormControl: fc.record(rates, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
}

/** A neighbour at the other end of each subnet, or of some. */
function neighborsOf(addresses: readonly string[], steady: boolean) {
  const options = {
    secrets: steady ? [] : SECRET_NAMES,
    bothFamilies: addresses.length > 1,
  }
  const ends = addresses.map((address) => address.replace(/2\/\d+$/, '1'))
  return fc
    .subarray(ends, { minLength: steady ? ends.length : 0 })
    .chain((chosen) => fc.tuple(...chosen.map((end) => arbitraryNeighbor(end, options))))
}

/**
 * Attachments that share an outer tag have the protocol identifier of the first one. MTUs that do not fit their connection, the
 * attachment with the outer tag alone, or IPv6, are taken out; 1500 counts where nothing is said.
 */
function fitted(
  drafts: readonly IntentAttachment[],
  connections: readonly IntentConnection[],
): readonly IntentAttachment[] {
  const limits = new Map<string, number>(connections.map(({ name, mtu }) => [name, mtu ?? 1500]))
  return drafts.map(({ tpid: _own, ...draft }) => {
    const sharing = drafts.filter(
      ({ connection, vlanId }) => connection === draft.connection && vlanId === draft.vlanId,
    )
    const tpid = sharing[0]?.tpid
    const isSingle = draft.innerVlanId === undefined
    const others = sharing.filter(({ innerVlanId }) => (innerVlanId === undefined) !== isSingle)
    const limit = limits.get(draft.connection) ?? 0
    const fit = others.length === 0 ? limit : isSingle ? 0 : Math.min(limit, 1500)
    return fittedTo(fit, tpid === undefined ? draft : { ...draft, tpid })
  })
}

function fittedTo(limit: number, draft: IntentAttachment): IntentAttachment {
  const { mtu, ...rest } = draft
  const { vlanId, l3 } = draft
  const ipv6 = l3?.addresses.some((address) => address.includes(':')) === true
  const fits = mtu !== undefined && mtu <= limit && (mtu >= 1280 || !ipv6)
  return !fits || (vlanId === null && l3 !== undefined) ? rest : { ...rest, mtu }
}
