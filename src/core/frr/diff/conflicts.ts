import { fault, type Fault } from '../../base/fault.js'
import { blockHeader, type Block } from '../read/block.js'
import { bareName, type ObservedFrrConfig, type FrrConfig } from '../read/frr-config.js'
import { listCommands, mapCommands, profileCommands } from './commands.js'

/** Every foreign thing in a block that stands in the way of the wanted one. */
export function conflicts(want: Block, have: Block): Fault[] {
  if (want.localAs !== have.localAs) return replaceable(have) ? [] : [otherAs(want, have)]
  return [...takenNeighbors(want, have), ...sharedSettings(want, have)]
}

/** Made by demarc, and nothing else in it: it may be taken down and made anew. */
export function replaceable(have: Block): boolean {
  const neighbors = [...have.neighbors.values()]
  return have.foreign.length === 0 && neighbors.length > 0 && neighbors.every(({ owned }) => owned)
}

/** Whether neighbours that are not demarc's live by this block's settings. */
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
  const [first] = [...names, ...have.foreign.map((line) => `\`${line}\``)]
  return first === undefined ? 'nothing of demarc’s' : `${first} that demarc did not make`
}

function takenNeighbors(want: Block, have: Block): Fault[] {
  return [...want.neighbors.values()].flatMap((neighbor) => {
    const { address } = neighbor
    const there = have.neighbors.get(address)
    if (there === undefined || there.owned) return []
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
 * In a shared block the settings for all neighbours are foreign: they must already be right. Paths
 * that nobody has set may stay so, because FRR then uses all it can.
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
      const there = scope.have?.get(slot)?.line
      const silent = there === undefined && slot !== 'bgp router-id'
      if (!isSharedSetting(slot) || there === line || silent) return []
      return [sharedFault(scope.place, line, there ?? `no ${slot}`)]
    }),
  )
}

function sharedFault(place: string, want: string, have: string): Fault {
  return fault(
    'NOT_OWNED',
    place,
    `\`${place}\` serves neighbours that demarc did not make; it has \`${have}\` and the intent wants` +
      ` \`${want}\`: type that line there, or change the intent`,
  )
}

/** Settings of a block that concern every neighbour in it. */
export function isSharedSetting(slot: string): boolean {
  return slot === 'bgp router-id' || slot.startsWith('maximum-paths')
}

/** A list, map or profile with one of demarc's names that others use: it must already be right. */
export function sharedNames(target: FrrConfig, found: ObservedFrrConfig): Fault[] {
  if (found.used.size === 0) return []
  const differs = [
    ...changed(target.lists, found.lists, listCommands),
    ...changed(target.maps, found.maps, mapCommands),
    ...changed(target.profiles, found.profiles, profileCommands),
  ].filter((name) => found.used.has(bareName(name)))
  return differs.map((name) =>
    fault(
      'NOT_OWNED',
      name,
      `FRR uses ${bareName(name)} for something that demarc did not make, and the intent wants it to say` +
        ' something else; have that use a name without "demarc-"',
    ),
  )
}

function changed<T>(
  target: ReadonlyMap<string, T>,
  found: ReadonlyMap<string, T>,
  type: (name: string, from: T | undefined, to: T | undefined) => readonly string[],
): string[] {
  return [...target].flatMap(([name, to]) =>
    type(name, found.get(name), to).length === 0 ? [] : [name],
  )
}
