import { attributes, spanOf, uint, type Span } from '../netlink/reader.js'
import { KernelError, type NetlinkSocket } from '../netlink/socket.js'
import { UNIX_DIAG } from '../netlink/uapi.js'

/**
 * The user id of the other side of a Unix socket. `gone`: the other side has closed it. `unknown`: this kernel does
 * not say (no `unix_diag`).
 */
export type LocalUser = number | 'gone' | 'unknown'

/** Length of `struct unix_diag_msg`. */
const HEADER = 16
const ALL = 0xff_ff_ff_ff

/**
 * Who is at the other side of the connected Unix socket with this inode: the user that opened the socket there
 * (unix_diag, the uid since Linux 5.3). Node has no SO_PEERCRED.
 */
export async function readLocalUser(socket: NetlinkSocket, inode: number): Promise<LocalUser> {
  const own = await lookUp(socket, inode, UNIX_DIAG.SHOW_PEER)
  if (own === undefined) return 'unknown'
  const peer = uint(own.get(UNIX_DIAG.PEER)) ?? 0
  const other = peer === 0 ? undefined : await lookUp(socket, peer, UNIX_DIAG.SHOW_UID)
  return other === undefined ? 'gone' : (uint(other.get(UNIX_DIAG.UID)) ?? 'unknown')
}

/** What the kernel says of a Unix socket; undefined: it has no such socket, or does not say. */
async function lookUp(
  socket: NetlinkSocket,
  inode: number,
  show: number,
): Promise<ReadonlyMap<number, Span> | undefined> {
  try {
    const { body } = await socket.get({
      type: UNIX_DIAG.BY_FAMILY,
      flags: 0,
      // The last two words are the cookie; all ones: the inode is enough.
      body: (writer) => writer.words(UNIX_DIAG.FAMILY, ALL, inode, show, ALL, ALL),
    })
    return attributes(spanOf(body, HEADER))
  } catch (error) {
    if (error instanceof KernelError) return undefined
    throw error
  }
}
