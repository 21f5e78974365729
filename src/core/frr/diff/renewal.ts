import { FAMILIES } from '../names.js'
import type { Neighbor } from '../read/neighbor.js'
import type { Statements } from '../read/statement.js'

/*
 * FRR takes away most settings by `no` and the setting's own words. Some have another form or none
 * (FRRouting/frr PR14713: a map's `description`), and one ends bgpd (FRRouting/frr PR22785:
 * `no neighbor … path-attribute discard`). So `no` is used only for the settings below, which
 * `test/edge/frr/sweep.test.ts` takes away one by one on each FRR. An entry of a map, a profile or a neighbour
 * with any other setting is removed as a whole and made anew.
 */

/** The settings of a map's entry that demarc enters itself. */
const MAP =
  /^set (community|large-community|as-path prepend|metric|local-preference)$|^match (ipv?6? address prefix-list|as-path|community|large-community) /

/** The settings of a BFD profile that demarc enters itself. */
const PROFILE = /^(detect-multiplier|transmit-interval|receive-interval)$/

/** The first words of a neighbour's settings, outside and inside the address families. */
const NEIGHBOR: ReadonlySet<string> = new Set([
  ...['description', 'shutdown', 'password', 'ebgp-multihop', 'update-source', 'timers', 'bfd'],
  ...['graceful-restart', 'graceful-restart-helper', 'graceful-restart-disable'],
  ...['graceful-shutdown', 'local-role', 'local-as', 'solo', 'passive', 'port', 'tcp-mss', 'oad'],
  ...['capability', 'dont-capability-negotiate', 'override-capability', 'strict-capability-match'],
  ...['disable-connected-check', 'enforce-multihop', 'ttl-security', 'advertisement-interval'],
  ...['enforce-first-as', 'extended-optional-parameters', 'sender-as-path-loop-detection', 'aigp'],
  ...['disable-link-bw-encoding-ieee', 'extended-link-bandwidth'],
  ...['activate', 'route-map', 'prefix-list', 'filter-list', 'distribute-list', 'unsuppress-map'],
  ...['advertise-map', 'default-originate', 'maximum-prefix', 'maximum-prefix-out', 'weight'],
  ...['soft-reconfiguration', 'attribute-unchanged', 'next-hop-self', 'as-override', 'soo'],
  ...['remove-private-AS', 'send-community', 'route-reflector-client', 'route-server-client'],
  ...['disable-addpath-rx', 'addpath-tx-all-paths', 'addpath-tx-best-selected', 'allowas-in'],
  ...['addpath-tx-bestpath-per-AS', 'addpath-rx-paths-limit', 'dampening'],
])

/** An interface or a peer group that somebody gave the neighbour's address as its name. */
const NOT_THE_NEIGHBOR = /^interface |^(interface|peer-group)$/

/** Whether the entry of a map has to be made anew, because `no` may not take away what has to go. */
export function renewsEntry(from: Statements, to: Statements): boolean {
  return removed(from, to).some((slot) => !MAP.test(slot))
}

/** As {@link renewsEntry}, of a BFD profile. */
export function renewsProfile(from: Statements, to: Statements): boolean {
  return removed(from, to).some((slot) => !PROFILE.test(slot))
}

/** The first setting because of which the neighbour has to be made anew; undefined: it need not be. */
export function renewsNeighbor(from: Neighbor, to: Neighbor): string | undefined {
  const slots = [
    ...removed(from.statements, to.statements),
    ...FAMILIES.flatMap((family) => removed(from.families.get(family), to.families.get(family))),
  ]
  return slots.find((slot) => {
    const words = slot.replace(/^no /, '')
    return !NEIGHBOR.has(words.split(' ')[0] ?? '') && !NOT_THE_NEIGHBOR.test(words)
  })
}

/**
 * Whether BFD would stay on the link that the neighbour leaves. bgpd keeps the interface that the neighbour had when BFD was
 * set, also where BFD is set before the session is up on the new link (`edge/frr/bfd-moves`).
 */
export function leavesBfdBehind(from: Neighbor, to: Neighbor): boolean {
  return [from, to].some(({ statements }) => statements.has('bfd') || statements.has('bfd profile'))
}

function removed(from: Statements | undefined, to: Statements | undefined): readonly string[] {
  return [...(from?.keys() ?? [])].filter((slot) => to?.has(slot) !== true)
}
