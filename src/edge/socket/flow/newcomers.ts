import type { Server, Socket } from 'node:net'

/** TCP connections of which nobody knows yet who they are. */
export interface Newcomers {
  /** The caller of this socket has been authenticated. */
  readonly welcome: (socket: SocketName) => void
  /** TCP connections that are not authenticated. */
  readonly size: () => number
}

/** What names one TCP connection of a server; a TLS socket has the same as the TCP socket below it. */
export type SocketName = Pick<Socket, 'remoteAddress' | 'remotePort'>

export interface NewcomerLimits {
  /** All of them. */
  readonly all: number
  /** Those of one address. */
  readonly perAddress: number
}

/**
 * Keeps TCP connections that are not authenticated from taking the places of those that are: above a limit
 * the oldest one is destroyed, of the same address where that has too many, else of the address that has the
 * most. An honest caller is authenticated within milliseconds, long before it is the oldest.
 */
export function watchNewcomers(server: Server, limits: NewcomerLimits): Newcomers {
  /** By address, then by port, oldest first. */
  const waiting = new Map<string, Map<number, Socket>>()
  let size = 0

  function remove({ remoteAddress = '', remotePort = 0 }: SocketName): void {
    const ofAddress = waiting.get(remoteAddress)
    if (ofAddress?.delete(remotePort) !== true) return
    size -= 1
    if (ofAddress.size === 0) waiting.delete(remoteAddress)
  }

  function evictOldest(ofAddress: ReadonlyMap<number, Socket>): void {
    const [oldest] = ofAddress.values()
    if (oldest === undefined) return
    remove(oldest)
    oldest.destroy()
  }

  server.on('connection', (socket) => {
    const { remoteAddress = '', remotePort = 0 } = socket
    const name = { remoteAddress, remotePort }
    const ofAddress = waiting.get(remoteAddress) ?? new Map<number, Socket>()
    waiting.set(remoteAddress, ofAddress.set(remotePort, socket))
    size += 1
    // A closed socket no longer knows its address.
    socket.once('close', () => remove(name))
    if (ofAddress.size > limits.perAddress) evictOldest(ofAddress)
    else if (size > limits.all) evictOldest(largest(waiting.values()))
  })
  return { welcome: remove, size: () => size }
}

function largest<K, V>(maps: Iterable<ReadonlyMap<K, V>>): ReadonlyMap<K, V> {
  return [...maps].reduce((most, one) => (one.size > most.size ? one : most))
}
