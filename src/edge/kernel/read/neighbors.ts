import { setTimeout } from 'node:timers/promises'
import type { LinkHost, NeighborEntry } from '../../../core/model/foreign-paths.js'
import { addressText, octetsOf } from '../messages/addresses.js'
import { attributes, octets, spanOf, type Message } from '../netlink/reader.js'
import type { NetlinkSocket, Request } from '../netlink/socket.js'
import { FAMILY, FLAG, MESSAGE, NDA, NTF_USE, NUD } from '../netlink/uapi.js'
import { dumpNames } from './links.js'

/** Length of `struct ndmsg`, and offsets in it. */
const HEADER = 12
const AT = { LINK: 4, STATE: 8 } as const

/** Longest time that the answers may take, and the pause between two looks, in ms. */
const WAIT_MAX = 1000
const PAUSE = 50

/** Hosts in one batch of requests; see `MESSAGES_PER_BATCH`. */
const BATCH = 60

/** Entries that the kernel has a link-layer address for. A permanent entry proves nothing and is left out. */
export async function dumpNeighbors(socket: NetlinkSocket): Promise<readonly NeighborEntry[]> {
  const { indexes } = await dumpNames(socket)
  const names = new Map([...indexes].map(([name, index]) => [index, name]))
  return (await dumpEntries(socket)).flatMap((message) => parseEntry(message, names))
}

/** Hosts whose link-layer address the kernel asks for, or has asked for, without an answer. */
export async function dumpUnresolved(socket: NetlinkSocket): Promise<readonly LinkHost[]> {
  const { indexes } = await dumpNames(socket)
  const names = new Map([...indexes].map(([name, index]) => [index, name]))
  return (await dumpEntries(socket)).flatMap(({ body }): readonly LinkHost[] => {
    const host = hostOf(body, names)
    const isAsked = (stateFlags(body) & (NUD.INCOMPLETE | NUD.FAILED)) !== 0
    return host === undefined || !isAsked ? [] : [host]
  })
}

function dumpEntries(socket: NetlinkSocket): Promise<readonly Message[]> {
  return socket.dump({
    type: MESSAGE.GETNEIGH,
    flags: 0,
    body: (writer) => writer.words(FAMILY.UNSPEC, 0, 0),
  })
}

function parseEntry(
  { body }: Message,
  names: ReadonlyMap<number, string>,
): readonly NeighborEntry[] {
  const host = hostOf(body, names)
  const state = stateOf(stateFlags(body))
  return host === undefined || state === undefined ? [] : [{ ...host, state }]
}

function hostOf(body: Buffer, names: ReadonlyMap<number, string>): LinkHost | undefined {
  if (body.length < HEADER) return undefined
  const bytes = octets(attributes(spanOf(body, HEADER)).get(NDA.DST))
  const address = bytes === undefined ? undefined : addressText(bytes)
  const link = names.get(body.readInt32LE(AT.LINK))
  return address === undefined || link === undefined ? undefined : { address, link }
}

function stateFlags(body: Buffer): number {
  return body.length < HEADER ? 0 : body.readUInt16LE(AT.STATE)
}

function stateOf(flags: number): NeighborEntry['state'] | undefined {
  if ((flags & NUD.REACHABLE) !== 0) return 'reachable'
  if ((flags & (NUD.DELAY | NUD.PROBE)) !== 0) return 'probing'
  return (flags & NUD.STALE) === 0 ? undefined : 'stale'
}

/**
 * Makes the kernel ask each host for its link-layer address, and waits at most a second; the value is those
 * that answered. Packets to a host go on meanwhile.
 */
export async function askNeighbors(
  socket: NetlinkSocket,
  hosts: readonly LinkHost[],
): Promise<readonly LinkHost[]> {
  const { indexes } = await dumpNames(socket)
  const known = new Set((await dumpNeighbors(socket)).map(keyOf))
  const requests = hosts.flatMap((host) => {
    const index = indexes.get(host.link)
    return index === undefined ? [] : [askRequest(index, host.address, known.has(keyOf(host)))]
  })
  for (let at = 0; at < requests.length; at += BATCH) {
    await socket.batch(requests.slice(at, at + BATCH))
  }
  for (let waited = 0; ; waited += PAUSE) {
    const reachable = new Set(
      (await dumpNeighbors(socket)).filter(({ state }) => state === 'reachable').map(keyOf),
    )
    const answered = hosts.filter((host) => reachable.has(keyOf(host)))
    if (answered.length === hosts.length || waited >= WAIT_MAX) return answered
    await setTimeout(PAUSE)
  }
}

function keyOf({ address, link }: LinkHost): string {
  return `${address} ${link}`
}

/**
 * An entry with a link-layer address is verified (NUD_PROBE, sent to that address); for one without, the
 * kernel behaves as if a packet were to be sent (NTF_USE), and asks on the whole link.
 */
function askRequest(index: number, address: string, known: boolean): Request {
  const destination = octetsOf(address)
  const family = destination.length === 16 ? FAMILY.INET6 : FAMILY.INET
  return {
    type: MESSAGE.NEWNEIGH,
    flags: known ? FLAG.REPLACE : FLAG.CREATE_OR_KEEP,
    body: (writer) =>
      writer.words(family, index, known ? NUD.PROBE : NTF_USE << 16).octets(NDA.DST, destination),
  }
}
