import type { Aggregate } from '../../model/bgp.js'
import type { NotExported } from '../../model/exported.js'
import { toPrefix } from '../../model/names.js'
import { UNICAST } from '../names.js'
import { blockHeader, type Block } from '../read/block.js'

/** The aggregates of a block that an intent can express, demarc's own or not, and the others. */
export interface ReadAggregates {
  readonly aggregates: readonly Aggregate[]
  readonly left: readonly NotExported[]
}

const PLAIN = /^aggregate-address (\S+)( summary-only)?(?: route-map demarc-originate)?$/

export function readAggregates(block: Block): ReadAggregates {
  const { families, foreign } = block
  const own = [...families.values()].flatMap((statements) =>
    [...statements.values()].map(({ line }) => line),
  )
  const others = foreign.flatMap((line) => {
    const family = UNICAST.find((name) => line.startsWith(`${name}: `))
    return family === undefined ? [] : [line.slice(`${family}: `.length)]
  })
  const lines = [...own, ...others].filter((line) => line.startsWith('aggregate-address '))
  const read = lines.map((line) => ({ line, aggregate: readAggregate(line) }))
  return {
    aggregates: read.flatMap(({ aggregate }) => aggregate ?? []),
    left: read
      .filter(({ aggregate }) => aggregate === undefined)
      .map(({ line }) => ({
        at: blockHeader(block),
        why: `it has \`${line}\`, which an intent cannot express: it stays as it is`,
      })),
  }
}

function readAggregate(line: string): Aggregate | undefined {
  const [, text = '', summaryOnly] = PLAIN.exec(line) ?? []
  const prefix = toPrefix(text)
  return prefix === undefined ? undefined : { prefix, summaryOnly: summaryOnly !== undefined }
}
