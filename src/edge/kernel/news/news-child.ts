import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { MESSAGE } from '../netlink/uapi.js'
import { createCarriers } from './carriers.js'
import type { ChildLine } from './news.js'

/**
 * The only process that subscribes to the kernel's notifications. When it cannot keep up, the kernel
 * overruns its queue and the netlink package aborts it; `news.ts` then starts another. It prints what kind of
 * object changed and, at once, each link that was lost or is back; it ends when its parent does.
 */

/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR. */
const GROUPS = [1, 5, 9]
/** Octets of receive queue; the kernel grants no more than `net.core.rmem_max`. */
const QUEUE = 32 * 1024 * 1024
/**
 * Octets that are read of a message; the kernel discards the rest. They are `struct nlmsghdr`, `struct ifinfomsg` and
 * the first attribute of a link, which is its name.
 */
const HEAD = 16 + 16 + 20
/** ms within which changes of one kind are printed once. */
const PAUSE = 200

const socket = new RawNetlinkSocket(0, {
  messagePeeking: false,
  msgBufferSize: HEAD,
  recvBufferSize: QUEUE,
  sendBufferSize: 0,
})
const pending = new Set<ChildLine>()
const carriers = createCarriers()

function onMessage(datagram: Buffer): void {
  if (datagram.length < 6) return
  const type = datagram.readUInt16LE(4)
  const link = type === MESSAGE.NEWLINK || type === MESSAGE.DELLINK
  if (pending.size === 0) setTimeout(printPending, PAUSE)
  pending.add(link ? 'links' : 'addresses')
  const line = link ? carriers.changed(datagram) : null
  if (line !== null) process.stdout.write(`${line}\n`)
}

function printPending(): void {
  carriers.refill()
  for (const kind of pending) process.stdout.write(`${kind}\n`)
  pending.clear()
}

socket.on('message', onMessage)
socket.on('truncatedMessage', onMessage)
socket.on('error', () => process.exit(1))
for (const group of GROUPS) socket.addMembership(group)
process.stdin.on('end', () => process.exit(0)).resume()
process.stdout.on('error', () => process.exit(0))
process.stdout.write('listening\n')
