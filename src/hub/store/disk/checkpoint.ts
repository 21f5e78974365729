import { constants, open, type FileHandle } from 'node:fs/promises'
import { parseJson } from '../../../core/base/json.js'
import { readStoredText, storedText } from './entry.js'
import { Tally } from './tally.js'

/** Octets of one of the two places; a tally has about 1000. */
const PLACE = 4096
const PLACES = 2

/** What a place is hashed with, as a value is with its key. */
const NAME = 'checkpoint'

/**
 * The tally of the newest batch in a small file beside LevelDB. LevelDB opens a log whose end is missing
 * without an error; this file still says how many entries there were. The file has two places, which are
 * written in turn, so a write that is cut off destroys one tally and leaves the one before it.
 */
export interface Checkpoint {
  /** Resolves when a crash of this process leaves it in the file. It is not synced: LevelDB is. */
  readonly write: (tally: Tally) => Promise<void>
  /** Syncs the file and closes it. */
  readonly close: () => Promise<void>
}

/** Opens the file, which is made where there is none. */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
  const file = await open(path, flags, 0o600)
  return {
    async write(tally) {
      const text = storedText(NAME, tally)
      await file.write(text.padEnd(PLACE - 1).concat('\n'), (tally.batch % PLACES) * PLACE, 'utf8')
    },
    async close() {
      await file.datasync()
      await file.close()
    },
  }
}

/** The newest tally in the file; undefined: there is none, or none that is whole. */
export async function readCheckpoint(path: string): Promise<Tally | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const places = await Promise.all([...Array(PLACES).keys()].map((at) => readPlace(file, at)))
    return places
      .filter((tally) => tally !== undefined)
      .sort((a, b) => b.batch - a.batch)
      .at(0)
  } finally {
    await file.close()
  }
}

async function readPlace(file: FileHandle, place: number): Promise<Tally | undefined> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(PLACE), 0, PLACE, place * PLACE)
  const { json, isIntact } = readStoredText(NAME, buffer.toString('utf8', 0, bytesRead).trimEnd())
  const tally = Tally.safeParse(isIntact ? parseJson(json) : undefined)
  return tally.success ? tally.data : undefined
}
