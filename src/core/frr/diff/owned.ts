import { isShared, isSharedSetting, replaceable } from './conflicts.js'
import type { Block } from '../read/block.js'
import type { FrrConfig } from '../read/frr-config.js'
import { changed } from '../read/neighbor.js'
import { neighborStatement, type Statements } from '../read/statement.js'

/** The part of a block that demarc may change. */
export function ownedPart(have: Block): Block {
  if (!isShared(have)) return have
  const neighbors = new Map([...have.neighbors].filter(([, { owned }]) => owned))
  return { ...withoutShared(have), neighbors }
}

/** A configuration as one that demarc could want: without what is foreign in its blocks. */
export function ownedConfig(found: FrrConfig): FrrConfig {
  const blocks = new Map([...found.blocks].map(([vrf, block]) => [vrf, ownedPart(block)]))
  return { ...found, blocks }
}

/** The part of the wanted block that demarc has to see to, given what is foreign there. */
export function wantedPart(want: Block, have: Block | undefined): Block {
  if (have === undefined || have.localAs !== want.localAs) return want
  const families = new Map(
    [...want.families].map(([family, statements]) => [
      family,
      keep(statements, (slot) => !originatedAlready(have, `${family}: ${slot}`)),
    ]),
  )
  const { defaultFamilies, helperByDefault } = have
  const neighbors =
    helperByDefault || !want.helperByDefault ? want.neighbors : asHelpers(want.neighbors)
  const rest = { ...want, families, neighbors, defaultFamilies, helperByDefault }
  return isShared(have) ? withoutShared(rest) : rest
}

/** Says of those that are helpers that they are, where the block makes something else of them. */
function asHelpers(neighbors: Block['neighbors']): Block['neighbors'] {
  return new Map(
    [...neighbors].map(([address, neighbor]) => {
      const helper = neighborStatement(address, 'graceful-restart-helper', true)
      const statements = new Map([[helper.slot, helper], ...neighbor.statements])
      return [address, changed(neighbor, { statements })]
    }),
  )
}

/** A foreign `network` line for the same prefix does the work and stays as it is. */
function originatedAlready(have: Block, network: string): boolean {
  return have.foreign.some((line) => line === network || line.startsWith(`${network} `))
}

function withoutShared(block: Block): Block {
  const mine = (slot: string) => !isSharedSetting(slot)
  return {
    ...block,
    statements: keep(block.statements, mine),
    families: new Map([...block.families].map(([family, it]) => [family, keep(it, mine)])),
  }
}

function keep(statements: Statements, test: (slot: string) => boolean): Statements {
  return new Map([...statements].filter(([slot]) => test(slot)))
}

/**
 * What stays of a block once the neighbours that are no longer wanted have gone; undefined when the
 * block goes as well, because its last neighbour was demarc's and nothing foreign is in it.
 */
export function remainder(have: Block, want: Block | undefined): Block | undefined {
  const owned = ownedPart(have)
  if (want !== undefined && want.localAs === have.localAs) {
    const stay = [...owned.neighbors].filter(([address]) => want.neighbors.has(address))
    return { ...owned, neighbors: new Map(stay) }
  }
  if (replaceable(have)) return undefined
  const families = new Map(
    [...owned.families].map(([family, it]) => [family, keep(it, isSharedSetting)]),
  )
  return { ...owned, families, neighbors: new Map() }
}
