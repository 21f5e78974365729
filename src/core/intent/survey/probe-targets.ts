import { contains, formatIp, parseIp } from '../../base/ip.js'
import { seconds } from '../../base/time.js'
import { PROBE_DEFAULTS } from '../../model/intent-defaults.js'
import type { ProbeTarget } from '../../model/probe.js'
import type { Intent } from '../../wire/intent.js'
import { indexIntent, type Site } from './intent-index.js'

/** Every address that the intent wants probed; an address is probed once for each attachment. */
export function probeTargets(intent: Intent): readonly ProbeTarget[] {
  const isAsked = intent.attachments.some(({ probe }) => probe !== undefined)
  return isAsked ? indexIntent(intent).sites.flatMap(targetsOf) : []
}

/** What one attachment probes. A host without an own address of its family is left out. */
export function targetsOf(site: Site): readonly ProbeTarget[] {
  const { probe, bgp = [] } = site.attachment
  if (probe === undefined) return []
  const { neighbors = PROBE_DEFAULTS.neighbors, hosts = [] } = probe
  const peers = neighbors ? bgp.filter(({ shutdown }) => shutdown === undefined) : []
  const found = [
    ...peers.flatMap(({ neighborAddress }) => targetAt(site, neighborAddress, 'neighbor')),
    ...hosts.flatMap((host) => targetAt(site, host, 'host')),
  ]
  return [...new Map(found.toReversed().map((each) => [each.address, each])).values()].toReversed()
}

function targetAt(
  { attachment, addresses, vrf, mtu }: Site,
  written: string,
  kind: ProbeTarget['kind'],
): readonly ProbeTarget[] {
  const ip = parseIp(written)
  const { probe } = attachment
  if (ip === undefined || probe === undefined) return []
  const own = addresses.filter(({ cidr }) => cidr.ip.family === ip.family)
  const [first] = own
  if (first === undefined) return []
  const { interval, fullSize } = { ...PROBE_DEFAULTS, ...probe }
  return [
    {
      attachment: attachment.name,
      address: formatIp(ip),
      kind,
      vrf,
      source: own.some(({ cidr }) => contains(cidr, ip)) ? null : formatIp(first.cidr.ip),
      interval: seconds(interval),
      fullSize: fullSize ? mtu : null,
    },
  ]
}

/** How many small requests there are for each full-size one. */
export const FULL_SIZE_EVERY = 5

/** Octets of an IP header without options, and of the ICMP header of an echo request. */
const IP_HEADER = { 4: 20, 6: 40 } as const
const ICMP_HEADER = 8

/** What one process sends: fping has one source address, one size and one interval for all its targets. */
export interface ProberGroup {
  readonly vrf: string | null
  readonly source: string | null
  /** Seconds. */
  readonly interval: number
  /** Octets of data after the ICMP header of a full-size packet; null: a small one. */
  readonly data: number | null
  readonly targets: readonly ProbeTarget[]
}

/** The processes that these targets need. */
export function proberGroups(targets: readonly ProbeTarget[]): readonly ProberGroup[] {
  const groups = new Map<string, ProberGroup & { readonly targets: ProbeTarget[] }>()
  for (const each of targets) {
    for (const terms of termsOf(each)) {
      const key = JSON.stringify(terms)
      const group = groups.get(key) ?? { ...terms, targets: [] }
      group.targets.push(each)
      groups.set(key, group)
    }
  }
  return [...groups.values()]
}

/** Under which names the results of a target are kept: one for each size, so that another size begins anew. */
export function resultKeys(target: ProbeTarget): {
  readonly small: string
  readonly fullSize: string | null
} {
  const small = `${target.attachment}/${target.address}`
  return { small, fullSize: target.fullSize === null ? null : `${small}/${target.fullSize}` }
}

function termsOf({ vrf, source, interval, fullSize, address }: ProbeTarget) {
  const small = { vrf, source, interval, data: null }
  const family = parseIp(address)?.family ?? 4
  const data = (fullSize ?? 0) - IP_HEADER[family] - ICMP_HEADER
  if (fullSize === null) return [small]
  return [small, { ...small, interval: interval * FULL_SIZE_EVERY, data }]
}
