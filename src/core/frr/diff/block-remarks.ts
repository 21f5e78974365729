import { groupBy } from '../../base/group-by.js'
import type { BgpInstance } from '../../model/bgp.js'
import type { Effect, HaveFrr } from '../../model/plan.js'
import { FAMILIES, UNICAST, type Family } from '../names.js'
import { blockHeader, type Block } from '../read/block.js'
import { readFrrConfig } from '../read/frr-config.js'
import {
  BLOCK_SETTINGS,
  DAEMON_SETTINGS,
  FAMILY_SETTINGS,
  OTHER_FAMILY_SETTINGS,
  type BlockSetting,
} from './block-settings.js'

/** A line that demarc did not set and that changes what an intent's sessions and routes do. */
export interface BlockRemark {
  /** The VRF of the block; null: the default VRF. */
  readonly vrf: string | null
  /** `router bgp 65010`, `router bgp 65010, address-family ipv4 unicast` or `bgpd`. */
  readonly place: string
  readonly line: string
  /** What the line does, as the rest of a sentence that begins with it. */
  readonly does: string
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

/**
 * The remarks as effects of a plan, one for each place, so that a reader of the plan learns what else is in
 * force. They change nothing.
 */
export function remarkEffects(remarks: readonly BlockRemark[]): readonly Effect[] {
  return [...groupBy(remarks, ({ place }) => place)].map(([subject, found]) => ({
    subject,
    impact: 'none',
    why: found.map(({ line, does }) => `\`${line}\` ${does}`).join('; '),
  }))
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
    const table = UNICAST.some((name) => name === family) ? FAMILY_SETTINGS : OTHER_FAMILY_SETTINGS
    return remark(table, text.slice(`${family}: `.length), place, instance)
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
  const { does, severity } = setting
  return [{ vrf, place, line, does, sentence, severity }]
}
