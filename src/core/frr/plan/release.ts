import type { HaveFrr, PlannedStep } from '../../model/plan.js'
import { mapCommands } from '../diff/commands.js'
import { DESCRIPTION_MARK, ORIGINATE_MAP, attachmentOf } from '../names.js'
import { blockHeader, type Block } from '../read/block.js'
import { isOrigin } from '../read/statement.js'
import type { Neighbor } from '../read/neighbor.js'
import { readFrrConfig, type FrrConfig } from '../read/frr-config.js'

/**
 * Plans the removal of demarc's marks from FRR: those in neighbours' descriptions, and the route map on
 * `network` and `aggregate-address` lines, which is only a mark. Lists, maps and profiles keep their names; they count as foreign
 * from then on, because a foreign neighbour uses them.
 */
export function releaseFrr(have: HaveFrr): readonly PlannedStep[] {
  const current = readFrrConfig(have)
  const unmarked = [...current.blocks.values()].flatMap(releaseBlock)
  const unused = current.used.has(ORIGINATE_MAP) ? [] : releaseMap(current)
  const lines = [...unmarked, ...unused]
  return lines.length === 0 ? [] : [{ step: { do: 'frr', daemon: 'bgpd', lines }, impact: 'none' }]
}

/** The map that was the mark is not needed once no prefix has it. */
function releaseMap({ maps }: FrrConfig): readonly string[] {
  return mapCommands(ORIGINATE_MAP, maps.get(ORIGINATE_MAP), undefined)
}

function releaseBlock(block: Block): readonly string[] {
  const neighbors = [...block.neighbors.values()].filter(
    ({ owned, statements }) => owned && statements.has('description'),
  )
  const lines = [...neighbors.map(releaseNeighbor), ...releaseOrigins(block)]
  return lines.length === 0 ? [] : [blockHeader(block), ...lines, 'exit']
}

function releaseNeighbor({ address, statements }: Neighbor): string {
  const line = statements.get('description')?.line ?? ''
  const text = plainText(line.slice(`neighbor ${address} description `.length))
  return text === ''
    ? `no neighbor ${address} description`
    : `neighbor ${address} description ${text}`
}

/** The intent's own description of the neighbour; empty if that would be a mark again. */
function plainText(marked: string): string {
  const attachment = attachmentOf(marked)
  if (attachment === undefined) return ''
  const text = marked.slice(`${DESCRIPTION_MARK}${attachment}: `.length)
  return text.startsWith(DESCRIPTION_MARK) ? '' : text
}

function releaseOrigins({ families }: Block): readonly string[] {
  return [...families].flatMap(([family, statements]) => {
    const marked = [...statements.values()].filter(({ slot }) => isOrigin(slot))
    if (marked.length === 0) return []
    const lines = marked.map(({ line }) => line.replace(` route-map ${ORIGINATE_MAP}`, ''))
    return [`address-family ${family}`, ...lines, 'exit-address-family']
  })
}
