import * as z from 'zod'
import { millis } from '../../../src/core/base/time.js'
import { daemonConnections } from '../../../src/edge/frr/connections.js'
import type { Netns } from './netns.js'

/** All that is configured on a router, in lines that two moments can be compared by. */
export interface RouterPrint {
  /** By daemon, the parts of its running configuration: a line with all that is indented below it. */
  readonly frr: Readonly<Record<'zebra' | 'bgpd' | 'bfdd', readonly string[]>>
  readonly links: readonly string[]
}

const Links = z.array(
  z.looseObject({
    ifname: z.string(),
    mtu: z.number(),
    master: z.string().optional(),
    ifalias: z.string().optional(),
    flags: z.array(z.string()),
    addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number() })),
  }),
)

export async function printRouter(netns: Netns, runDir: string): Promise<RouterPrint> {
  const connections = daemonConnections(runDir, millis(30_000))
  const config = async (daemon: 'zebra' | 'bgpd' | 'bfdd') => {
    const [reply] = await connections.ask(daemon, ['show running-config'])
    return partsOf(reply?.text ?? '')
  }
  try {
    return {
      frr: { zebra: await config('zebra'), bgpd: await config('bgpd'), bfdd: await config('bfdd') },
      links: printLinks(netns),
    }
  } finally {
    connections.close()
  }
}

/** FRR lists maps and lists in the order in which somebody made them, which says nothing. */
function partsOf(config: string): readonly string[] {
  const parts: string[] = []
  for (const line of config.split('\n').map((one) => one.trimEnd())) {
    if (line === '' || line === '!') continue
    if (line.startsWith(' ') || line === 'exit') parts.push(`${parts.pop() ?? ''}\n${line}`)
    else parts.push(line)
  }
  return parts.sort()
}

/** Link-local addresses come and go with the carrier. */
export function printLinks(netns: Netns): readonly string[] {
  return Links.parse(JSON.parse(netns.run('ip', '-json', 'address')))
    .map(({ ifname, mtu, master, ifalias, flags, addr_info: held }) => {
      const addresses = held
        .map(({ local, prefixlen }) => `${local ?? ''}/${prefixlen}`)
        .filter((address) => !address.startsWith('fe80:'))
      const up = flags.includes('UP') ? 'up' : 'down'
      return [ifname, mtu, up, master ?? '', ifalias ?? '', ...addresses.sort()].join(' ')
    })
    .sort()
}
