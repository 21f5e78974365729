import { attempt } from '../../core/base/attempt.js'
import { parseCidr, formatIp } from '../../core/base/ip.js'
import { millis } from '../../core/base/time.js'
import { NOT_MEASURED } from '../../core/health/ladder/session.js'
import type {
  Echo,
  FrameCount,
  FullSize,
  HostMeasurements,
  Measurements,
  Timed,
} from '../../core/health/ladder/terms.js'
import type { AttachmentState, NeighborState, PortLink } from '../../core/model/state.js'
import type { Clock } from '../../edge/host/clock.js'
import type { DialAnswer } from '../../edge/host/measure/tcp-dial.js'
import type { EchoAnswer, EchoRequest } from '../../edge/host/measure/echo.js'
import type { Frr } from '../../edge/frr/frr.js'
import type { Kernel } from '../../edge/kernel/kernel.js'

/** What the doctor measures with. */
export interface Instruments {
  readonly ports: (names: readonly string[]) => Promise<readonly Pick<PortLink, 'counters'>[]>
  readonly askNeighbors: Kernel['askNeighbors']
  readonly probeAddress: (address: string, link: string) => Promise<string | null>
  readonly dial: (address: string, from: string) => Promise<DialAnswer>
  /** The same in a VRF, over a link of it; null: the router has no program for it. */
  readonly dialOver: (address: string, link: string) => Promise<DialAnswer | null>
  /** Accepted routes of a neighbour with GRACEFUL_SHUTDOWN; null: bgpd does not say, or there are too many to ask. */
  readonly draining: Frr['draining']
  readonly echo: (request: EchoRequest) => Promise<EchoAnswer | null>
  readonly clock: Pick<Clock, 'now' | 'wall' | 'sleep'>
}

/** The shortest time in which frames are counted, in ms. */
const COUNTED_FOR = 1500

/** Who answers at layer 2, who else has an own address, and what arrived meanwhile. */
export async function measureLink(
  { interface: link, addresses }: AttachmentState,
  neighbors: readonly NeighborState[],
  { ports, askNeighbors, probeAddress, clock }: Instruments,
): Promise<Pick<Measurements, 'frames' | 'duplicates' | 'neighbors'>> {
  const from = clock.now()
  const [before] = await ports([link])
  const hosts = neighbors.map(({ address }) => ({ address, link }))
  const [answered, macs] = await Promise.all([
    askNeighbors(hosts),
    Promise.all(
      ownIps(addresses).map(async (own) => [own, await probeAddress(own, link)] as const),
    ),
  ])
  const isSilent = answered.length < hosts.length
  const rest = COUNTED_FOR - (clock.now() - from)
  if (isSilent && rest > 0) await clock.sleep(millis(rest))
  const [after] = await ports([link])
  const at = clock.wall().toISOString()
  const values = neighbors.map(({ address }) => {
    const value = answered.some((host) => host.address === address) ? 'answers' : 'silent'
    return [address, { ...NOT_MEASURED, mac: { value, at } }] as const
  })
  return {
    frames: framesBetween(before, after, { within: clock.now() - from, at }),
    duplicates: macs.flatMap(([address, mac]) => (mac === null ? [] : [{ address, mac }])),
    neighbors: new Map<string, HostMeasurements>(values),
  }
}

function ownIps(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((text) => {
    const cidr = parseCidr(text)
    return cidr === undefined ? [] : [formatIp(cidr.ip)]
  })
}

function framesBetween(
  before: Pick<PortLink, 'counters'> | undefined,
  after: Pick<PortLink, 'counters'> | undefined,
  span: Pick<FrameCount, 'within' | 'at'>,
): FrameCount | null {
  if (before === undefined || after === undefined) return null
  const [from, to] = [before.counters, after.counters]
  return {
    // A link that was made anew counts from 0.
    inOctets: Math.max(0, to.inOctets - from.inOctets),
    outOctets: Math.max(0, to.outOctets - from.outOctets),
    ...span,
  }
}

/**
 * Dials port 179 of a neighbour. Not while its session is up, which a second connection could disturb, and not with a
 * password, without which the neighbour stays silent.
 */
export async function measureTcp(
  neighbor: NeighborState,
  from: string | null,
  link: string,
  { dial, dialOver, clock }: Instruments,
): Promise<Timed<DialAnswer> | null> {
  const { address, sessionState, hasPassword, vrf, wantShutdown, adminDown } = neighbor
  const isOff = sessionState === 'Established' || wantShutdown || adminDown
  if (isOff || hasPassword || from === null) return null
  const value = await (vrf === null ? dial(address, from) : dialOver(address, link))
  return value === null ? null : { value, at: clock.wall().toISOString() }
}

/** null: the session is not up, or bgpd does not say it. */
export async function measureDrain(
  { sessionState, vrf, address }: NeighborState,
  { draining, clock }: Instruments,
): Promise<Timed<number> | null> {
  if (sessionState !== 'Established') return null
  const asked = await attempt(() => draining(vrf))
  if (!asked.ok || asked.value === null) return null
  return { value: asked.value.get(address) ?? 0, at: clock.wall().toISOString() }
}

const ECHOES = 5

export async function measureEcho(
  address: string,
  from: string | null,
  link: string,
  { echo, clock }: Instruments,
): Promise<Echo | null> {
  const answer = await echo({ address, from, link, count: ECHOES, size: null })
  return answer && { ...answer, at: clock.wall().toISOString() }
}

/** Sizes that are tried where the full one does not pass: what tunnels, VLAN tags and PPPoE leave of usual MTUs. */
const SIZES = [576, 1280, 1400, 1450, 1476, 1492, 1496, 1500, 2000, 4000, 8000, 8500, 8950, 9000]

/** One lost packet is not a black hole: the full size is tried twice. */
const FULL_ECHOES = 2

export async function measureFullSize(
  address: string,
  from: string | null,
  { interface: link, expectedMtu, mtu }: AttachmentState,
  { echo, clock }: Instruments,
): Promise<FullSize | null> {
  const size = expectedMtu ?? mtu
  if (size === null) return null
  const passing = async (tried: number, count: number): Promise<boolean> =>
    ((await echo({ address, from, link, count, size: tried }))?.received ?? 0) > 0
  const passes = await passing(size, FULL_ECHOES)
  const at = (): string => clock.wall().toISOString()
  if (passes) return { size, passes, largest: null, at: at() }
  const smaller = SIZES.filter((each) => each < size)
  const answers = await Promise.all(smaller.map((each) => passing(each, 1)))
  return { size, passes, largest: smaller.filter((_, i) => answers[i]).at(-1) ?? null, at: at() }
}

/** The own address in the subnet of a host, or the first one of its family; null: there is none. */
export function ownAddress(addresses: readonly string[], host: string): string | null {
  const isV6 = host.includes(':')
  const own = addresses.filter((text) => text.includes(':') === isV6)
  const cidr = own.map(parseCidr).find((found) => found !== undefined)
  return cidr === undefined ? null : formatIp(cidr.ip)
}
