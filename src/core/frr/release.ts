import type { HaveFrr, PlannedStep } from '../model/plan.js'
import { typeMap } from './difference/typing.js'
import { DESCRIPTION_MARK, ORIGINATE_MAP, attachmentOf } from './names.js'
import { blockHeader, type Block } from './read/block.js'
import type { Neighbor } from './read/neighbor.js'
import { survey, type Survey } from './read/survey.js'
import { usedByOthers } from './read/uses.js'

/** Lines and the lines that take them back, in the same block. */
interface Pair {
  readonly to: readonly string[]
  readonly from: readonly string[]
}

/**
 * Takes demarc's marks off FRR and leaves all that works in place: neighbours lose the mark in their
 * description, originated prefixes the map that was only a mark. Lists, maps and profiles keep their
 * names; what uses them is someone else's from then on, and so are they.
 */
export function releaseFrr(have: HaveFrr): readonly PlannedStep[] {
  const [bgpd, bfdd] = [have.bgpd ?? [], have.bfdd ?? []]
  const found = survey(bgpd, bfdd)
  const pairs = [...found.blocks.values()].flatMap(releaseBlock)
  const unused = usedByOthers(have).has(ORIGINATE_MAP) ? [] : [releaseMap(found)]
  const lines = [...pairs, ...unused].flatMap(({ to }) => to)
  const undo = [...unused, ...pairs].flatMap(({ from }) => from)
  return lines.length === 0
    ? []
    : [{ step: { do: 'frr', daemon: 'bgpd', lines, undo }, impact: 'none' }]
}

/** Once no prefix carries it, nobody needs the map whose name was the mark. */
function releaseMap({ maps }: Survey): Pair {
  const there = maps.get(ORIGINATE_MAP)
  return {
    to: typeMap(ORIGINATE_MAP, there, undefined),
    from: typeMap(ORIGINATE_MAP, undefined, there),
  }
}

function releaseBlock(block: Block): readonly Pair[] {
  const neighbors = [...block.neighbors.values()].filter(({ owned }) => owned)
  const parts = [...neighbors.map(releaseNeighbor), ...releaseNetworks(block)]
  if (parts.length === 0) return []
  const inside = (lines: readonly string[]) => [blockHeader(block), ...lines, 'exit']
  return [
    {
      to: inside(parts.flatMap(({ to }) => to)),
      from: inside(parts.flatMap(({ from }) => from)),
    },
  ]
}

function releaseNeighbor({ address, statements }: Neighbor): Pair {
  const line = statements.get('description')?.line ?? ''
  const text = plainText(line.slice(`neighbor ${address} description `.length))
  const none = `no neighbor ${address} description`
  return { to: [text === '' ? none : `neighbor ${address} description ${text}`], from: [line] }
}

/** What the intent said of the neighbour, without the mark; nothing where that would be a mark again. */
function plainText(marked: string): string {
  const attachment = attachmentOf(marked)
  if (attachment === undefined) return ''
  const text = marked.slice(`${DESCRIPTION_MARK}${attachment}: `.length)
  return text.startsWith(DESCRIPTION_MARK) ? '' : text
}

function releaseNetworks({ families }: Block): readonly Pair[] {
  return [...families].flatMap(([family, statements]) => {
    const marked = [...statements.values()].filter(({ slot }) => slot.startsWith('network '))
    if (marked.length === 0) return []
    const inside = (lines: readonly string[]) => [
      `address-family ${family}`,
      ...lines,
      'exit-address-family',
    ]
    return [
      {
        to: inside(marked.map(({ slot }) => slot)),
        from: inside(marked.map(({ line }) => line)),
      },
    ]
  })
}
