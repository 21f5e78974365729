import {
  BROADCAST,
  hostMac,
  passing,
  sendUntilKnown,
  type Frame,
} from '../../../../support/kernel/frames.js'

/** Frames that a LAN sends into the tunnel of OVHcloud, and what of them arrives. */

/** A host in the vRack. */
export const FAR = hostMac(60_000)

/** Spanning tree, PVST+, CDP and LLDP. */
const CONTROL = [
  ...['01:80:c2:00:00:00', '01:00:0c:cc:cc:cd', '01:00:0c:cc:cc:cc', '01:80:c2:00:00:0e'],
]
const TAGS = [[], ['81000064'], ['88a80064', '81000065']]

const allTags = (to: string) => TAGS.map((tags): Frame => ({ to, from: hostMac(1), tags }))

/** The ends of the tunnel as `NETNS/NAME`. */
export interface Ends {
  readonly lan: string
  readonly pop: string
}

/** The router learns where the host in the vRack is. */
export function learnFar({ lan, pop }: Ends): void {
  sendUntilKnown(pop, lan, FAR)
}

/** What must pass of frames without a tag, with one and with two, and what of them all does. */
export function carried(ends: Ends) {
  learnFar(ends)
  const wanted = [FAR, BROADCAST].flatMap(allTags)
  const sent = [...CONTROL.flatMap(allTags), ...wanted]
  return { wanted, found: passing(ends.lan, ends.pop, sent) }
}

/** So many hosts of the LAN send a frame each: those whose frame passes, in order. */
export function hostsThatPass({ lan, pop }: Ends, count: number) {
  const hosts = Array.from({ length: count }, (_, n): Frame => ({ to: FAR, from: hostMac(n) }))
  return { hosts, found: passing(lan, pop, hosts) }
}
