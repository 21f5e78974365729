import type { L3Vni } from '../../model/plan.js'
import type { Block } from './block.js'

/*
 * What makes FRR refuse to remove a `router bgp` block, or break something by it. It stands in another block, or
 * outside bgpd's configuration.
 */

/**
 * The blocks, with what others need of them. Routes that are leaked between VRFs or to EVPN pass through the blocks
 * on both sides and through the default one (FRRouting/frr PR4384: `Dependent VRF instances exist`). A VRF that
 * has an L3VNI keeps its own block and the default one (`Please unconfigure l3vni`).
 */
export function withDependents(
  blocks: readonly Block[],
  l3Vnis: readonly L3Vni[],
): readonly Block[] {
  return blocks.map((block) => {
    const needed = neededBy(block, blocks, l3Vnis)
    return needed === null ? block : { ...block, needed }
  })
}

function neededBy(
  { vrf }: Block,
  blocks: readonly Block[],
  l3Vnis: readonly L3Vni[],
): Block['needed'] {
  const own = l3Vnis.find((one) => one.vrf === vrf) ?? (vrf === null ? l3Vnis[0] : undefined)
  if (own !== undefined) return l3VniNeed(own)
  const leaks = blocks.some((other) =>
    other.foreign.some(
      (line) => importedVrf(line) === (vrf ?? 'default') || (vrf === null && passes(other, line)),
    ),
  )
  return leaks ? LEAKS : null
}

const LEAKS = {
  by: 'leaks of routes to or from other VRFs',
  remedy: 'remove those lines from the other `router bgp` blocks',
}

/** zebra's configuration has the line, which FRR 10 shows in mgmtd's. */
function l3VniNeed({ vni, vrf }: L3Vni): NonNullable<Block['needed']> {
  if (vrf === null) {
    return { by: `the L3VNI \`vni ${vni}\``, remedy: `enter \`no vni ${vni}\` in vtysh` }
  }
  if (vrf === undefined) {
    return {
      by: `the L3VNI \`vni ${vni}\` of a VRF`,
      remedy: `enter \`no vni ${vni}\` in that VRF's \`vrf\` block in vtysh`,
    }
  }
  return {
    by: `the L3VNI \`vrf ${vrf} / vni ${vni}\``,
    remedy: `enter \`vrf ${vrf}\` and \`no vni ${vni}\` in vtysh`,
  }
}

function importedVrf(line: string): string | undefined {
  return /: import vrf (\S+)$/.exec(line)?.[1]
}

function passes({ vrf }: Block, line: string): boolean {
  return (
    vrf !== null &&
    /: (import vrf|import vpn|export vpn|rd |rt |route-target |label vpn|vni |advertise)/.test(line)
  )
}
