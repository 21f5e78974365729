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

/** What a neighbour is gathered into; lines are without `neighbor ADDRESS`, `no` stays in front. */
export interface NeighborDraft {
  readonly address: string
  readonly lines: string[]
  readonly families: Map<Family, string[]>
}

export function newNeighbor(address: string): NeighborDraft {
  return { address, lines: [], families: new Map() }
}

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

export function finished(draft: NeighborDraft, defaults: BlockDefaults): Neighbor {
  const families = FAMILIES.map((family) => [family, familyLines(draft, family, defaults)] as const)
  const said = families.filter(([, lines]) => lines.length > 0)
  const described = draft.lines.findLast((line) => line.startsWith('description '))
  let read: Pick<Neighbor, 'statements' | 'families'> | undefined
  const settings = () => (read ??= readSettings(draft, said, defaults))
  return {
    address: draft.address,
    owned: described?.startsWith(`description ${DESCRIPTION_MARK}`) ?? false,
    text: said.reduce(
      (text, [family, lines]) => `${text}\n${family}\n${lines.join('\n')}`,
      draft.lines.join('\n'),
    ),
    get statements() {
      return settings().statements
    },
    get families() {
      return settings().families
    },
  }
}

/** FRR prints activation only where it differs from the block's default. */
function familyLines(
  { families }: NeighborDraft,
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

function readSettings(
  { address, lines }: NeighborDraft,
  families: readonly (readonly [Family, readonly string[]])[],
  { helperByDefault }: BlockDefaults,
): Pick<Neighbor, 'statements' | 'families'> {
  const statements = readLines(address, lines)
  if (helperByDefault) dropHelper(address, statements)
  return {
    statements,
    families: new Map(families.map(([family, said]) => [family, readLines(address, said)])),
  }
}

function readLines(address: string, lines: readonly string[]): Map<string, Statement> {
  return new Map(
    lines.map((line) => {
      const on = !line.startsWith('no ')
      const read = neighborStatement(address, on ? line : line.slice('no '.length), on)
      return [read.slot, read]
    }),
  )
}

/** Said or not, it is the same; and saying it costs a message to zebra. */
function dropHelper(address: string, statements: Map<string, Statement>): void {
  const helper = `neighbor ${address} graceful-restart-helper`
  if (statements.get('graceful-restart')?.line === helper) statements.delete('graceful-restart')
}
