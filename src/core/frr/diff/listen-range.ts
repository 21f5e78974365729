import { contains, parseCidr, parseIp } from '../../base/ip.js'
import type { Block } from '../read/block.js'

/** The `bgp listen range` line of a block that an address is in, if there is one. */
export function listenRange({ foreign }: Block, address: string): string | undefined {
  const ip = parseIp(address)
  if (ip === undefined) return undefined
  return foreign.find((line) => {
    const range = parseCidr(/^bgp listen range (\S+) peer-group /.exec(line)?.[1] ?? '')
    return range !== undefined && contains(range, ip)
  })
}
