import { fstatSync } from 'node:fs'
import type { Duplex } from 'node:stream'

/** The inode of an open socket, by which the kernel knows it; null where Node does not give its descriptor. */
export function socketInode(socket: Duplex): number | null {
  const handle: unknown = Reflect.get(socket, '_handle')
  const fd = typeof handle === 'object' && handle !== null && 'fd' in handle ? handle.fd : null
  if (typeof fd !== 'number' || fd < 0) return null
  try {
    return fstatSync(fd).ino
  } catch {
    return null
  }
}
