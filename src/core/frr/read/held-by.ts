import type { ConfigTree } from '../../model/plan.js'

/** A neighbour, and the peer group that it is in. */
export interface HeldNeighbor {
  /** null: the default VRF. */
  readonly vrf: string | null
  readonly address: string
  readonly peerGroup: string | null
}

/**
 * The line of bgpd's configuration that holds a session administratively down, with its place; null: there is
 * none. `bgp shutdown` of the block, `shutdown` of the neighbour and of its peer group all do.
 */
export function heldBy(
  config: ConfigTree,
  { vrf, address, peerGroup }: HeldNeighbor,
): string | null {
  const block = config.find(({ line }) => {
    const header = /^router bgp \S+(?: vrf (\S+))?(?: as-notation \S+)?$/.exec(line)
    return header !== null && (header[1] ?? null) === vrf
  })
  const names = peerGroup === null ? [address] : [address, peerGroup]
  const holder = block?.children.find(
    ({ line }) =>
      /^bgp shutdown( |$)/.test(line) ||
      names.some(
        (name) =>
          line === `neighbor ${name} shutdown` || line.startsWith(`neighbor ${name} shutdown `),
      ),
  )
  if (block === undefined || holder === undefined) return null
  const own = holder.line.replace(/ (message|rtt) .*/, '')
  return `\`${own}\` in \`${block.line}\``
}
