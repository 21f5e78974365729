import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { MESSAGE } from '../netlink/uapi.js'
import type { Heard } from './news.js'

/**
 * The only process that is subscribed to the kernel's news. When it cannot keep up, the kernel
 * overruns its queue and the netlink package aborts it; `news.ts` then starts another. It looks at
 * the type of each message and at nothing else, says what kind of thing changed, and ends when
 * its parent does.
 */

/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR. */
const GROUPS = [1, 5, 9]
/** Octets of queue asked for; the kernel grants no more than `net.core.rmem_max`. */
const QUEUE = 32 * 1024 * 1024
/** Octets taken of a message: its header; the rest is cut off unread. */
const HEADER = 16
/** ms in which news of one kind is told once. */
const PAUSE = 200

const socket = new RawNetlinkSocket(0, {
  messagePeeking: false,
  msgBufferSize: HEADER,
  recvBufferSize: QUEUE,
  sendBufferSize: 0,
})
const pending = new Set<Heard>()

function hear(datagram: Buffer): void {
  if (datagram.length < 6) return
  const type = datagram.readUInt16LE(4)
  const link = type === MESSAGE.NEWLINK || type === MESSAGE.DELLINK
  if (pending.size === 0) setTimeout(tell, PAUSE)
  pending.add(link ? 'links' : 'addresses')
}

function tell(): void {
  for (const kind of pending) process.stdout.write(`${kind}\n`)
  pending.clear()
}

socket.on('message', hear)
socket.on('truncatedMessage', hear)
socket.on('error', () => process.exit(1))
for (const group of GROUPS) socket.addMembership(group)
process.stdin.on('end', () => process.exit(0)).resume()
process.stdout.on('error', () => process.exit(0))
process.stdout.write('listening\n')
