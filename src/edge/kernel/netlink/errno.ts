import { constants } from 'node:os'

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** The name of `errno.h` for a positive number; two of them have a second name, which is passed over. */
export function errnoName(errno: number): string {
  if (errno === constants.errno.EOPNOTSUPP) return 'EOPNOTSUPP'
  if (errno === constants.errno.EAGAIN) return 'EAGAIN'
  return NAMES.get(errno) ?? `errno ${errno}`
}
