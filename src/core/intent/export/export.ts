import { ok, type Result } from '../../base/result.js'
import { formatIp, parseIp } from '../../base/ip.js'
import type { FoundBgp, FoundNeighbor, LeftOut } from '../../model/found.js'
import type { HaveLink } from '../../model/link.js'
import type { Intent } from '../../wire/intent.js'
import { draftLinks } from './links.js'
import { withNeighbors } from './neighbors.js'
import { indexRouter } from './router-index.js'
import { remarks, sift } from './sift.js'

/** What is read backwards. */
export interface ExportSource {
  readonly links: readonly HaveLink[]
  readonly bgp: FoundBgp
  readonly managedPorts: readonly string[]
  readonly routerId: string
  /** The least that is new to the router. */
  readonly generation: number
  /** The intent in force, whose names are kept. */
  readonly running: Intent | null
}

export interface Exported {
  readonly intent: Intent
  /** What is on the router and not in the intent, and what a person has to see to. */
  readonly left: readonly LeftOut[]
}

/**
 * Writes the intent that says what a router has today. Taking the router over by it changes nothing that
 * works: what could not be said exactly is left out, stays foreign and is named.
 */
export function exportIntent(source: ExportSource): Result<Exported> {
  const { links, bgp, managedPorts, routerId, generation, running } = source
  const drafted = draftLinks(indexRouter(links, managedPorts, running))
  const whole = withNeighbors(drafted, bgp.neighbors, bgp.router?.localAs ?? 0)
  const head = { routerId, generation, router: bgp.router, running, secretOf: secretNamer(running) }
  const sifted = sift(whole, head, managedPorts)
  if (!sifted.ok) return sifted
  const { intent, drafted: rest } = sifted.value
  const assumed = {
    at: 'router',
    why: 'its role is taken to be "customer"; correct it if it is not',
  }
  return ok({
    intent,
    left: [
      ...rest.left,
      ...bgp.left,
      ...remarks(rest.draft, head),
      ...(running === null ? [assumed] : []),
    ],
  })
}

/** The name that the intent in force has for it, or one made of VRF and address. */
function secretNamer(running: Intent | null): (neighbor: FoundNeighbor) => string {
  const known = new Map<string, string>()
  for (const { l3, bgp = [] } of running?.attachments ?? []) {
    for (const { neighborAddress, authPassword } of bgp) {
      const ip = parseIp(neighborAddress)
      if (ip === undefined || authPassword === undefined) continue
      known.set(`${l3?.vrf ?? ''} ${formatIp(ip)}`, authPassword.secret)
    }
  }
  return ({ vrf, address }) => {
    const made = ['bgp', ...(vrf === null ? [] : [vrf]), address.replaceAll(':', '-')].join('-')
    return known.get(`${vrf ?? ''} ${address}`) ?? made
  }
}
