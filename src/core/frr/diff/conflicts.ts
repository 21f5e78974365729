import { fault, type Fault } from '../../base/fault.js'
import { blockHeader, type Block } from '../read/block.js'
import { listenRange } from './listen-range.js'
import type { Family } from '../names.js'
import { bareName, type ObservedFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { listCommands, mapCommands, profileCommands } from './commands.js'

/** The conflicts of a wanted block with what is foreign in the present one. */
export function conflicts(want: Block, have: Block): Fault[] {
  if (want.localAs !== have.localAs) return replaceable(have) ? [] : [otherAs(want, have)]
  return [
    ...takenNeighbors(want, have),
    ...dynamicNeighbors(want, have),
    ...sharedSettings(want, have),
    ...takenAggregates(want, have),
  ]
}

/**
 * Whether a block holds only neighbours of demarc's, so that it may be removed and created again. A block that
 * others depend on is not demarc's to remove.
 */
export function replaceable(have: Block): boolean {
  const neighbors = [...have.neighbors.values()]
  if (have.needed !== null) return false
  return have.foreign.length === 0 && neighbors.length > 0 && neighbors.every(({ owned }) => owned)
}

/** Whether foreign neighbours use this block's settings. */
export function isShared(have: Block): boolean {
  return [...have.neighbors.values()].some(({ owned }) => !owned)
}

function otherAs(want: Block, have: Block): Fault {
  return fault(
    'NOT_OWNED',
    blockHeader(have),
    `FRR already has \`${blockHeader(have)}\` with ${contents(have)}, and the intent wants AS ${want.localAs}` +
      ' there; a VRF has one AS: change router.localAs, or remove the block from FRR',
  )
}

function contents(have: Block): string {
  const foreign = [...have.neighbors.values()].filter(({ owned }) => !owned)
  const names = foreign.slice(0, 3).map(({ address }) => `neighbor ${address}`)
  const needed = have.needed === null ? [] : [have.needed.by]
  const [first] = [...names, ...have.foreign.map((line) => `\`${line}\``), ...needed]
  return first === undefined ? 'nothing of demarc’s' : `${first} that demarc did not make`
}

function takenNeighbors(want: Block, have: Block): Fault[] {
  return [...want.neighbors.values()].flatMap((neighbor) => {
    const { address } = neighbor
    const present = have.neighbors.get(address)
    if (present === undefined || present.owned) return []
    const label = neighbor.statements.get('description')?.line.split(' description ')[1] ?? ''
    return [
      fault(
        'NOT_OWNED',
        `neighbor ${address}`,
        `\`${blockHeader(have)}\` already has neighbor ${address} without demarc's description, and the intent` +
          ` wants it as "${label}"; remove it from FRR or from the intent, or take it over with` +
          ' `demarc adopt`, which needs the same peer AS and no peer group',
      ),
    ]
  })
}

/**
 * A new neighbour inside a `bgp listen range`: FRR refuses its settings while the peer has dialled in, and until
 * then the peer has the policy of the range's group (sonic-net/sonic-mgmt#3188).
 */
function dynamicNeighbors(want: Block, have: Block): Fault[] {
  return [...want.neighbors.keys()].flatMap((address) => {
    const range = have.neighbors.has(address) ? undefined : listenRange(have, address)
    if (range === undefined) return []
    return [
      fault(
        'NOT_OWNED',
        `neighbor ${address}`,
        `\`${blockHeader(have)}\` has \`${range}\`, so FRR takes a session from ${address} with the policy of` +
          ' that group and refuses other settings for it; make the range smaller in FRR, or remove it',
      ),
    ]
  })
}

/**
 * In a shared block the settings for all neighbours are foreign and must already be as wanted. Without
 * `maximum-paths` FRR uses as many paths as it can, so an absent one is no conflict.
 */
function sharedSettings(want: Block, have: Block): Fault[] {
  if (!isShared(have)) return []
  const header = blockHeader(have)
  const families = [...want.families].map(([family, statements]) => ({
    place: `${header}, address-family ${family}`,
    want: statements,
    have: have.families.get(family),
  }))
  const scopes = [{ place: header, want: want.statements, have: have.statements }, ...families]
  return scopes.flatMap((scope) =>
    [...scope.want.values()].flatMap(({ slot, line }) => {
      const present = scope.have?.get(slot)?.line
      const isDefault = present === undefined && slot !== 'bgp router-id'
      if (!isSharedSetting(slot) || present === line || isDefault) return []
      return [sharedFault(scope.place, line, present ?? `no ${slot}`)]
    }),
  )
}

/** The foreign line that originates the prefix of a slot such as `network 10.0.0.0/8`. */
export function foreignOrigin(have: Block, family: Family, slot: string): string | undefined {
  const start = `${family}: ${slot}`
  const found = have.foreign.find((line) => line === start || line.startsWith(`${start} `))
  return found?.slice(`${family}: `.length)
}

/** A foreign aggregate of a wanted prefix must already do what the intent wants: a prefix has only one. */
function takenAggregates(want: Block, have: Block): Fault[] {
  return [...want.families].flatMap(([family, statements]) =>
    [...statements.values()].flatMap(({ slot, line }) => {
      if (!slot.startsWith('aggregate-address ')) return []
      const present = foreignOrigin(have, family, slot)
      const wanted = line.replace(/ route-map \S+$/, '')
      if (present === undefined || present === wanted) return []
      const place = `${blockHeader(have)}, address-family ${family}`
      const message =
        `\`${place}\` has \`${present}\`, which demarc did not make, and the intent wants` +
        ` \`${wanted}\`: enter that line in FRR, or remove the other one`
      return [fault('NOT_OWNED', place, message)]
    }),
  )
}

function sharedFault(place: string, want: string, have: string): Fault {
  return fault(
    'NOT_OWNED',
    place,
    `\`${place}\` serves neighbours that demarc did not make; it has \`${have}\` and the intent wants` +
      ` \`${want}\`: enter that line in FRR, or change the intent`,
  )
}

/** Settings of a block that concern every neighbour in it. */
export function isSharedSetting(slot: string): boolean {
  return slot === 'bgp router-id' || slot.startsWith('maximum-paths')
}

/** A list, map or profile with a name of demarc's that something foreign uses must already be as wanted. */
export function sharedNames(target: FrrConfig, current: ObservedFrrConfig): Fault[] {
  if (current.used.size === 0) return []
  const differs = [
    ...changed(target.lists, current.lists, listCommands),
    ...changed(target.maps, current.maps, mapCommands),
    ...changed(target.profiles, current.profiles, profileCommands),
  ].filter((name) => current.used.has(bareName(name)))
  return differs.map((name) =>
    fault(
      'NOT_OWNED',
      name,
      `something that demarc did not make uses ${bareName(name)} in FRR, and the intent needs other content` +
        ' under this name; change the foreign configuration to a name without "demarc-"',
    ),
  )
}

function changed<T>(
  target: ReadonlyMap<string, T>,
  current: ReadonlyMap<string, T>,
  commandsOf: (name: string, from: T | undefined, to: T | undefined) => readonly string[],
): string[] {
  return [...target].flatMap(([name, to]) =>
    commandsOf(name, current.get(name), to).length === 0 ? [] : [name],
  )
}
