import type { HaveFrr, PlannedStep } from '../../model/plan.js'
import { mapCommands } from '../diff/commands.js'
import { DESCRIPTION_MARK, ORIGINATE_MAP, attachmentOf } from '../names.js'
import { blockHeader, type Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import { readFrrConfig, type FrrConfig } from '../read/frr-config.js'

/**
 * Takes demarc's marks off FRR and leaves all that works in place: neighbours lose the mark in their
 * description, originated prefixes the map that was only a mark. Lists, maps and profiles keep their
 * names; what uses them is someone else's from then on, and so are they.
 */
export function releaseFrr(have: HaveFrr): readonly PlannedStep[] {
  const found = readFrrConfig(have)
  const unmarked = [...found.blocks.values()].flatMap(releaseBlock)
  const unused = found.used.has(ORIGINATE_MAP) ? [] : releaseMap(found)
  const lines = [...unmarked, ...unused]
  return lines.length === 0 ? [] : [{ step: { do: 'frr', daemon: 'bgpd', lines }, impact: 'none' }]
}

/** Once no prefix carries it, nobody needs the map whose name was the mark. */
function releaseMap({ maps }: FrrConfig): readonly string[] {
  return mapCommands(ORIGINATE_MAP, maps.get(ORIGINATE_MAP), undefined)
}

function releaseBlock(block: Block): readonly string[] {
  const neighbors = [...block.neighbors.values()].filter(
    ({ owned, statements }) => owned && statements.has('description'),
  )
  const lines = [...neighbors.map(releaseNeighbor), ...releaseNetworks(block)]
  return lines.length === 0 ? [] : [blockHeader(block), ...lines, 'exit']
}

function releaseNeighbor({ address, statements }: Neighbor): string {
  const line = statements.get('description')?.line ?? ''
  const text = plainText(line.slice(`neighbor ${address} description `.length))
  return text === ''
    ? `no neighbor ${address} description`
    : `neighbor ${address} description ${text}`
}

/** What the intent said of the neighbour, without the mark; nothing where that would be a mark again. */
function plainText(marked: string): string {
  const attachment = attachmentOf(marked)
  if (attachment === undefined) return ''
  const text = marked.slice(`${DESCRIPTION_MARK}${attachment}: `.length)
  return text.startsWith(DESCRIPTION_MARK) ? '' : text
}

function releaseNetworks({ families }: Block): readonly string[] {
  return [...families].flatMap(([family, statements]) => {
    const marked = [...statements.keys()].filter((slot) => slot.startsWith('network '))
    if (marked.length === 0) return []
    return [`address-family ${family}`, ...marked, 'exit-address-family']
  })
}
