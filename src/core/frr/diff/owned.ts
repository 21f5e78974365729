import { foreignOrigin, isShared, isSharedSetting, replaceable } from './conflicts.js'
import type { Block } from '../read/block.js'
import type { FrrConfig } from '../read/frr-config.js'
import type { Family } from '../names.js'
import { changed } from '../read/neighbor.js'
import { isOrigin, neighborStatement, type Statements } from '../read/statement.js'

/** The part of a block that demarc may change. */
export function ownedPart(have: Block): Block {
  if (!isShared(have)) return have
  const neighbors = new Map([...have.neighbors].filter(([, { owned }]) => owned))
  return { ...withoutShared(have), neighbors }
}

/** A configuration without what is foreign in its blocks, so that a plan can have it as its target. */
export function ownedConfig(config: FrrConfig): FrrConfig {
  const blocks = new Map([...config.blocks].map(([vrf, block]) => [vrf, ownedPart(block)]))
  return { ...config, blocks }
}

/** The part of the wanted block that demarc must configure, given what is foreign in the present one. */
export function wantedPart(want: Block, have: Block | undefined): Block {
  if (have === undefined || have.localAs !== want.localAs) return want
  const families = new Map(
    [...want.families].map(([family, statements]) => [
      family,
      keep(statements, (slot) => !originatedAlready(have, family, slot)),
    ]),
  )
  const { defaultFamilies, helperByDefault, shutByDefault } = have
  const neighbors =
    helperByDefault || !want.helperByDefault ? want.neighbors : asHelpers(want.neighbors)
  const rest = { ...want, families, neighbors, defaultFamilies, helperByDefault, shutByDefault }
  return isShared(have) ? withoutShared(rest) : rest
}

/** Sets the helper mode on each helper, where the block has another default. */
function asHelpers(neighbors: Block['neighbors']): Block['neighbors'] {
  return new Map(
    [...neighbors].map(([address, neighbor]) => {
      const helper = neighborStatement(address, 'graceful-restart-helper', true)
      const statements = new Map([[helper.slot, helper], ...neighbor.statements])
      return [address, changed(neighbor, { statements })]
    }),
  )
}

/** Whether a foreign line originates the prefix already; it stays as it is. */
function originatedAlready(have: Block, family: Family, slot: string): boolean {
  return isOrigin(slot) && foreignOrigin(have, family, slot) !== undefined
}

function withoutShared(block: Block): Block {
  const isOwn = (slot: string) => !isSharedSetting(slot)
  return {
    ...block,
    statements: keep(block.statements, isOwn),
    families: new Map(
      [...block.families].map(([family, statements]) => [family, keep(statements, isOwn)]),
    ),
  }
}

function keep(statements: Statements, test: (slot: string) => boolean): Statements {
  return new Map([...statements].filter(([slot]) => test(slot)))
}

/**
 * What remains of a block once the neighbours that are no longer wanted are removed. Undefined: the block is
 * removed as well, because it has no other neighbour and nothing foreign.
 */
export function remainder(have: Block, want: Block | undefined): Block | undefined {
  const owned = ownedPart(have)
  if (want !== undefined && want.localAs === have.localAs) {
    const stay = [...owned.neighbors].filter(([address]) => want.neighbors.has(address))
    return { ...owned, neighbors: new Map(stay) }
  }
  if (replaceable(have)) return undefined
  const families = new Map(
    [...owned.families].map(([family, statements]) => [family, keep(statements, isSharedSetting)]),
  )
  return { ...owned, families, neighbors: new Map() }
}
