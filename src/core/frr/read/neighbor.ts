import { DESCRIPTION_MARK, FAMILIES, type Family } from '../names.js'
import { neighborStatement, sameStatements, type Statement, type Statements } from './statement.js'

/**
 * A neighbour of a `router bgp` block. Its settings are parsed from `text` at the first access, because most
 * neighbours are as wanted and are compared by their text alone.
 */
export interface Neighbor {
  readonly address: string
  /** Whether demarc made it: its description carries the mark. */
  readonly owned: boolean
  /** The text that the settings are parsed from; empty if they were changed afterwards. */
  readonly text: string
  readonly statements: Statements
  /** The families with settings. An active one has the slot `activate`, whether FRR prints it or not. */
  readonly families: ReadonlyMap<Family, Statements>
}

/** Whether two neighbours have the same settings. */
export function sameNeighbor(a: Neighbor, b: Neighbor): boolean {
  if (a.text !== '' && a.text === b.text) return true
  const alike = FAMILIES.every((name) => sameStatements(a.families.get(name), b.families.get(name)))
  return alike && sameStatements(a.statements, b.statements)
}

/** The lines of a neighbour, without `neighbor ADDRESS`; a `no` stays in front. */
interface NeighborLines {
  readonly address: string
  readonly lines: readonly string[]
  readonly families: ReadonlyMap<Family, readonly string[]>
}

/** A neighbour while its lines are read. */
export interface NeighborDraft extends NeighborLines {
  readonly lines: string[]
  readonly families: Map<Family, string[]>
}

/** A neighbour without lines. */
export function newNeighbor(address: string): NeighborDraft {
  return { address, lines: [], families: new Map() }
}

/** Adds a line without its `neighbor ADDRESS`; an undefined family stands for a line outside the families. */
export function takeLine(draft: NeighborDraft, family: Family | undefined, words: string): void {
  if (family === undefined) {
    draft.lines.push(words)
    return
  }
  const lines = draft.families.get(family)
  if (lines === undefined) draft.families.set(family, [words])
  else lines.push(words)
}

/** The defaults that a block gives its neighbours. */
export interface BlockDefaults {
  /** The families that a new neighbour is active in. */
  readonly defaultFamilies: readonly Family[]
  /** Whether a neighbour without a line on graceful restart is a helper. */
  readonly helperByDefault: boolean
  /** `bgp default shutdown`: whether FRR shuts a new neighbour down. */
  readonly shutByDefault: boolean
}

/** The neighbour of these lines, in a form that can be compared. It is demarc's if its description has the mark. */
export function finished(draft: NeighborLines, defaults: BlockDefaults): Neighbor {
  const described = draft.lines.findLast((line) => line.startsWith('description '))
  const families = FAMILIES.flatMap((family) => {
    const lines = familyLines(draft, family, defaults)
    return lines.length === 0 ? [] : [family, ...lines]
  })
  return new WrittenNeighbor({
    address: draft.address,
    owned: described?.startsWith(`description ${DESCRIPTION_MARK}`) ?? false,
    text: [...draft.lines, ...families].join('\n'),
    helperByDefault: defaults.helperByDefault,
  })
}

type Written = Pick<Neighbor, 'address' | 'owned' | 'text'> & Pick<BlockDefaults, 'helperByDefault'>

/** The text has a line for each setting; the name of a family precedes the settings in it. */
class WrittenNeighbor implements Neighbor {
  readonly address: string
  readonly owned: boolean
  readonly text: string
  readonly #helperByDefault: boolean
  #settings: Settings | undefined

  constructor({ address, owned, text, helperByDefault }: Written) {
    this.address = address
    this.owned = owned
    this.text = text
    this.#helperByDefault = helperByDefault
  }

  get statements(): Statements {
    return this.#read().statements
  }

  get families(): Settings['families'] {
    return this.#read().families
  }

  #read(): Settings {
    return (this.#settings ??= readSettings(this.address, this.text, this.#helperByDefault))
  }
}

type Settings = Pick<Neighbor, 'statements' | 'families'>

/** The neighbour with other settings. */
export function changed(
  { address, owned, statements, families }: Neighbor,
  to: Partial<Settings>,
): Neighbor {
  return { address, owned, text: '', statements, families, ...to }
}

/** The neighbour as one of demarc's, whatever its description says. */
export function asOwned({ address, text, statements, families }: Neighbor): Neighbor {
  return { address, owned: true, text, statements, families }
}

/** FRR prints activation only where it differs from the block's default. */
function familyLines(
  { families }: NeighborLines,
  family: Family,
  { defaultFamilies }: BlockDefaults,
): readonly string[] {
  const lines = families.get(family) ?? []
  const isActive = defaultFamilies.includes(family)
    ? !lines.includes(INACTIVE)
    : lines.includes(ACTIVE)
  const rest = lines.filter((line) => line !== ACTIVE && line !== INACTIVE)
  return isActive ? [ACTIVE, ...rest] : rest
}

const ACTIVE = 'activate'
const INACTIVE = 'no activate'

function readSettings(address: string, text: string, helperByDefault: boolean): Settings {
  const statements = new Map<string, Statement>()
  const families = new Map<Family, Map<string, Statement>>()
  let inside = statements
  for (const line of text === '' ? [] : text.split('\n')) {
    const family = FAMILIES.find((name) => name === line)
    if (family !== undefined) {
      families.set(family, (inside = new Map<string, Statement>()))
      continue
    }
    const on = !line.startsWith('no ')
    const read = neighborStatement(address, on ? line : line.slice('no '.length), on)
    inside.set(read.slot, read)
  }
  if (helperByDefault) dropHelper(address, statements)
  return { statements, families }
}

/** Helper is the default, so the line changes nothing, and it costs a message to zebra. */
function dropHelper(address: string, statements: Map<string, Statement>): void {
  const helper = `neighbor ${address} graceful-restart-helper`
  if (statements.get('graceful-restart')?.line === helper) statements.delete('graceful-restart')
}
