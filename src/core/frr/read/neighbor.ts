import { DESCRIPTION_MARK, FAMILIES, type Family } from '../names.js'
import { neighborStatement, sameStatements, type Statement, type Statements } from './statement.js'

/** Settings are read from the text when somebody asks: most of a thousand neighbours are as wanted. */
export interface Neighbor {
  readonly address: string
  /** Whether demarc made it: its description carries the mark. */
  readonly owned: boolean
  /** What the settings are read from: the same text says the same. Empty: they have no text. */
  readonly text: string
  readonly statements: Statements
  /** Those that say something; the slot `activate` is there on active ones, printed or not. */
  readonly families: ReadonlyMap<Family, Statements>
}

/** Whether two neighbours are set alike. */
export function sameNeighbor(a: Neighbor, b: Neighbor): boolean {
  if (a.text !== '' && a.text === b.text) return true
  const alike = FAMILIES.every((name) => sameStatements(a.families.get(name), b.families.get(name)))
  return alike && sameStatements(a.statements, b.statements)
}

/** What is said of a neighbour; lines are without `neighbor ADDRESS`, `no` stays in front. */
interface SaidNeighbor {
  readonly address: string
  readonly lines: readonly string[]
  readonly families: ReadonlyMap<Family, readonly string[]>
}

/** What it is gathered into. */
export interface NeighborDraft extends SaidNeighbor {
  readonly lines: string[]
  readonly families: Map<Family, string[]>
}

/** One of which the block has said nothing yet. */
export function newNeighbor(address: string): NeighborDraft {
  return { address, lines: [], families: new Map() }
}

/** Adds a line without its `neighbor ADDRESS`; undefined: it stands outside of the address families. */
export function takeLine(draft: NeighborDraft, family: Family | undefined, words: string): void {
  if (family === undefined) {
    draft.lines.push(words)
    return
  }
  const lines = draft.families.get(family)
  if (lines === undefined) draft.families.set(family, [words])
  else lines.push(words)
}

/** What a block says about all its neighbours. */
export interface BlockDefaults {
  /** Families that a new neighbour has without asking. */
  readonly defaultFamilies: readonly Family[]
  /** A neighbour without a word on graceful restart is a helper; the block may say otherwise. */
  readonly helperByDefault: boolean
}

/**
 * What the block has said, in a form that can be compared; it is demarc's where its description has the
 * mark.
 */
export function finished(draft: SaidNeighbor, defaults: BlockDefaults): Neighbor {
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

/** Its text has a line for each setting; the name of a family stands before those of that family. */
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
  { families }: SaidNeighbor,
  family: Family,
  { defaultFamilies }: BlockDefaults,
): readonly string[] {
  const lines = families.get(family) ?? []
  const said = defaultFamilies.includes(family) ? !lines.includes(INACTIVE) : lines.includes(ACTIVE)
  const rest = lines.filter((line) => line !== ACTIVE && line !== INACTIVE)
  return said ? [ACTIVE, ...rest] : rest
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

/** Said or not, it is the same; and saying it costs a message to zebra. */
function dropHelper(address: string, statements: Map<string, Statement>): void {
  const helper = `neighbor ${address} graceful-restart-helper`
  if (statements.get('graceful-restart')?.line === helper) statements.delete('graceful-restart')
}
