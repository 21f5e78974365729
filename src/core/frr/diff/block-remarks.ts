import type { BgpInstance } from '../../model/bgp.js'
import type { HaveFrr } from '../../model/plan.js'
import { FAMILIES, type Family } from '../names.js'
import { blockHeader, type Block } from '../read/block.js'
import { readFrrConfig } from '../read/frr-config.js'
import {
  BLOCK_SETTINGS,
  DAEMON_SETTINGS,
  FAMILY_SETTINGS,
  type BlockSetting,
} from './block-settings.js'

/** A line that demarc did not set and that changes what an intent's sessions and routes do. */
export interface BlockRemark {
  /** The VRF of the block; null: the default VRF. */
  readonly vrf: string | null
  /** `router bgp 65010`, `router bgp 65010, address-family ipv4 unicast` or `bgpd`. */
  readonly place: string
  readonly line: string
  /** A whole sentence for people: the line, its place, what it does, what to do. */
  readonly sentence: string
  readonly severity: BlockSetting['severity']
}

/**
 * What is in force for all neighbours of the wanted blocks, and is neither the intent's nor demarc's to
 * change. One remark for each line and block.
 */
export function blockRemarks(
  instances: readonly BgpInstance[],
  have: HaveFrr,
): readonly BlockRemark[] {
  const { blocks } = readFrrConfig(have)
  const inBlocks = instances.flatMap((instance) => {
    const block = blocks.get(instance.vrf ?? '')
    return block?.localAs === instance.localAs ? remarksIn(block, instance) : []
  })
  const [first] = instances
  if (first === undefined) return inBlocks
  const place = { vrf: null, place: 'bgpd' }
  const lines = (have.bgpd ?? []).map(({ line }) => line)
  return [...lines.flatMap((line) => remark(DAEMON_SETTINGS, line, place, first)), ...inBlocks]
}

interface Place {
  readonly vrf: string | null
  readonly place: string
  readonly family?: Family
}

function remarksIn(block: Block, instance: BgpInstance): readonly BlockRemark[] {
  const { vrf } = block
  const header = blockHeader(block)
  return block.foreign.flatMap((text) => {
    const family = FAMILIES.find((name) => text.startsWith(`${name}: `))
    if (family === undefined) {
      return remark(BLOCK_SETTINGS, text, { vrf, place: header }, instance)
    }
    const place = { vrf, place: `${header}, address-family ${family}`, family }
    return remark(FAMILY_SETTINGS, text.slice(`${family}: `.length), place, instance)
  })
}

function remark(
  table: readonly BlockSetting[],
  line: string,
  { vrf, place, family }: Place,
  instance: BgpInstance,
): readonly BlockRemark[] {
  const setting = table.find((row) => {
    const found = row.line.exec(line)
    return found !== null && (row.concerns?.(found, instance, family) ?? true)
  })
  if (setting === undefined) return []
  const sentence =
    `\`${line}\` in \`${place}\` ${setting.does}; the intent does not say so,` +
    ' and demarc leaves the line: remove it in FRR if it is not meant'
  return [{ vrf, place, line, sentence, severity: setting.severity }]
}
