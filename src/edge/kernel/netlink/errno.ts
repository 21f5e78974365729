import { constants } from 'node:os'

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** The name in `errno.h` of a positive number. EOPNOTSUPP and EAGAIN are the common ones of two names each. */
export function errnoName(errno: number): string {
  if (errno === constants.errno.EOPNOTSUPP) return 'EOPNOTSUPP'
  if (errno === constants.errno.EAGAIN) return 'EAGAIN'
  return NAMES.get(errno) ?? `errno ${errno}`
}
