import type { ClassicLevel } from 'classic-level'
import { parseJson } from '../../../core/base/json.js'
import { readStoredText } from './entry.js'
import {
  EMPTY_TALLY,
  Tally,
  TALLY_KEY,
  tallyAfter,
  tallyDifferences,
  type TallyChange,
} from './tally.js'

/** Everything that a complete read of the store has found. */
export interface Survey {
  readonly found: Tally
  /** The tally that the store itself holds; undefined: it holds none that can be read. */
  readonly kept: Tally | undefined
  /** Keys whose value is not what was written under them. */
  readonly unreadable: readonly string[]
  /** Some intent has sealed passwords. */
  readonly hasSealed: boolean
  /** Why the store could not be read to its end, in LevelDB's words; null: it was. */
  readonly stoppedBy: string | null
}

/** Entries that are read at once. */
const PAGE = 1000

/** Reads every entry and checks its hash. */
export async function surveyStore(level: ClassicLevel): Promise<Survey> {
  const unreadable: string[] = []
  let found = EMPTY_TALLY
  let kept: Tally | undefined
  let hasSealed = false
  const take = (key: string, text: string): TallyChange[] => {
    const { sum, json, isIntact } = readStoredText(key, text)
    if (key === TALLY_KEY) kept = isIntact ? Tally.safeParse(parseJson(json)).data : undefined
    else if (isIntact) {
      hasSealed ||= key.startsWith('intent/') && json.includes('"secrets":"demarc-sealed-')
      return [{ key, sum, by: 1 }]
    } else unreadable.push(key)
    return []
  }
  const entries = level.iterator()
  try {
    for (;;) {
      const page = await entries.nextv(PAGE)
      if (page.length === 0) break
      found = tallyAfter(
        found,
        page.flatMap(([key, text]) => take(key, text)),
      )
    }
  } catch (error) {
    const stoppedBy = error instanceof Error ? error.message : String(error)
    return { found, kept, unreadable, hasSealed, stoppedBy }
  } finally {
    await entries.close()
  }
  return { found, kept, unreadable, hasSealed, stoppedBy: null }
}

/** Keys that one message names. */
const NAMED_MAX = 10

/**
 * What is wrong with the store, one sentence each; `checkpoint` is the tally in the file beside it. Empty:
 * the store has everything that it ever acknowledged and did not remove.
 */
export function damageOf(survey: Survey, checkpoint: Tally | undefined): string[] {
  const { found, kept, unreadable, stoppedBy } = survey
  if (stoppedBy !== null) return [`it cannot be read to its end: ${stoppedBy}`]
  const named = unreadable.slice(0, NAMED_MAX).map((key) => `the entry ${JSON.stringify(key)}`)
  const more = unreadable.length - named.length
  const expected = newest(kept, checkpoint)
  return [
    ...(named.length === 0 ? [] : [`not as it was written: ${named.join(', ')}`]),
    ...(more > 0 ? [`${more} more entries are not as they were written`] : []),
    // A store of 0.1.0 has no tally yet.
    ...(expected === undefined ? [] : tallyDifferences(expected, found)),
  ]
}

/** The hub acknowledges a write when both places have the tally, so the tally with the higher number is the right one. */
function newest(kept: Tally | undefined, checkpoint: Tally | undefined): Tally | undefined {
  if (kept === undefined || checkpoint === undefined) return kept ?? checkpoint
  return checkpoint.batch > kept.batch ? checkpoint : kept
}
