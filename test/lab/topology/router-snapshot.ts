import * as z from 'zod'
import { millis } from '../../../src/core/base/time.js'
import { daemonConnections } from '../../../src/edge/frr/vty/connections.js'
import type { Netns } from './netns.js'

/** Everything that is configured on a router, as text for a comparison of before and after. */
export interface RouterSnapshot {
  /** The running configuration of each daemon, one item per block: a line and the lines indented below it. */
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

export async function snapshotRouter(netns: Netns, runDir: string): Promise<RouterSnapshot> {
  const daemons = daemonConnections(runDir, millis(30_000))
  const config = async (daemon: 'zebra' | 'bgpd' | 'bfdd') => {
    const [reply] = await daemons.ask(daemon, ['show running-config'])
    return blocksOf(reply?.text ?? '')
  }
  try {
    return {
      frr: { zebra: await config('zebra'), bgpd: await config('bgpd'), bfdd: await config('bfdd') },
      links: snapshotLinks(netns),
    }
  } finally {
    daemons.close()
  }
}

/** Sorted: FRR prints lists and route maps in the order of their creation, which does not matter here. */
function blocksOf(config: string): readonly string[] {
  const blocks: string[] = []
  for (const line of config.split('\n').map((text) => text.trimEnd())) {
    if (line === '' || line === '!') continue
    if (line.startsWith(' ') || line === 'exit') blocks.push(`${blocks.pop() ?? ''}\n${line}`)
    else blocks.push(line)
  }
  return blocks.sort()
}

/** One line per link. Link-local addresses are left out, because they come and go with the carrier. */
export function snapshotLinks(netns: Netns): readonly string[] {
  return Links.parse(JSON.parse(netns.run('ip', '-json', 'address')))
    .map(({ ifname, mtu, master, ifalias, flags, addr_info: entries }) => {
      const addresses = entries
        .map(({ local, prefixlen }) => `${local ?? ''}/${prefixlen}`)
        .filter((address) => !address.startsWith('fe80:'))
      const up = flags.includes('UP') ? 'up' : 'down'
      return [ifname, mtu, up, master ?? '', ifalias ?? '', ...addresses.sort()].join(' ')
    })
    .sort()
}
