import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { MESSAGE, PROTOCOL } from '../netlink/uapi.js'
import { createCarriers } from './carriers.js'
import { createEnds } from './ends.js'
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
 * Octets that are read of a message; the kernel discards the rest. They are `struct nlmsghdr` with `struct ifinfomsg`
 * and the first attribute of a link, which is its name, or with the ports and addresses of `struct inet_diag_msg`.
 */
const HEAD = 56
/** ms within which changes of one kind are printed once. */
const PAUSE = 200

const socket = new RawNetlinkSocket(0, {
  messagePeeking: false,
  msgBufferSize: HEAD,
  recvBufferSize: QUEUE,
  sendBufferSize: 0,
})
const pending = new Set<ChildLine>()
const sessions = createEnds()
const carriers = createCarriers()
const printLater = onceIn(PAUSE, printPending)

function onMessage(datagram: Buffer): void {
  if (datagram.length < 6) return
  const type = datagram.readUInt16LE(4)
  const link = type === MESSAGE.NEWLINK || type === MESSAGE.DELLINK
  printLater()
  pending.add(link ? 'links' : 'addresses')
  const line = link ? carriers.changed(datagram) : null
  if (line !== null) process.stdout.write(`${line}\n`)
}

/** Calls for the task within that time of the first one make one run of it. */
function onceIn(pause: number, task: () => void): () => void {
  let isWaiting = false
  return () => {
    if (isWaiting) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      task()
    }, pause)
  }
}

function printPending(): void {
  carriers.refill()
  if (sessions.refill()) pending.add('sessions')
  for (const kind of pending) process.stdout.write(`${kind}\n`)
  pending.clear()
}

/** SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY (linux/sock_diag.h). */
const ENDS = [1, 3]

function onEnd(datagram: Buffer): void {
  const line = sessions.ended(datagram)
  printLater()
  if (line !== null) process.stdout.write(`${line}\n`)
}

const ends = new RawNetlinkSocket(PROTOCOL.SOCK_DIAG, {
  messagePeeking: false,
  msgBufferSize: HEAD,
  recvBufferSize: QUEUE,
  sendBufferSize: 0,
})
ends.on('message', onEnd)
ends.on('truncatedMessage', onEnd)
ends.on('error', () => process.exit(1))
socket.on('message', onMessage)
socket.on('truncatedMessage', onMessage)
socket.on('error', () => process.exit(1))
for (const group of GROUPS) socket.addMembership(group)
for (const group of ENDS) ends.addMembership(group)
process.stdin.on('end', () => process.exit(0)).resume()
process.stdout.on('error', () => process.exit(0))
process.stdout.write('listening\n')
