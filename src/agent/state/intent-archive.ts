import type { StateFiles } from '../../edge/host/files/state-files.js'
import { readKept, type KeptIntent } from './kept-intent.js'

/** Intents that are not in force, one file each: the newest {@link KEPT} of one kind. */
export interface IntentArchive {
  /** Stores the intent. Intents with different contents never share a file. */
  readonly add: (kept: KeptIntent) => Promise<void>
  /** Newest first, read from the names of the files. */
  readonly generations: () => Promise<readonly number[]>
  /** Undefined where the generation is not stored. Rejects with `STATE_DAMAGED` where it is damaged. */
  readonly read: (generation: number) => Promise<KeptIntent | undefined>
  readonly clear: () => Promise<void>
}

/** Intents of one kind that are kept. */
const KEPT = 20

/** Hexadecimal digits of the intent's digest in the name of its file. */
const DIGEST_DIGITS = 12

/** `rolled-back`: pushed, and rolled back. `previous`: in force until another one was. */
export type ArchiveKind = 'rolled-back' | 'previous'

/** The archive in these files, named `KIND-GENERATION-DIGEST.json`. */
export function openIntentArchive(files: StateFiles, kind: ArchiveKind): IntentArchive {
  const pattern = new RegExp(`^${kind}-(\\d+)-[0-9a-f]{${DIGEST_DIGITS}}\\.json$`)
  const generationOf = (name: string): number => Number(pattern.exec(name)?.[1] ?? 0)

  async function names(): Promise<readonly string[]> {
    const all = (await files.list()).filter((name) => pattern.test(name))
    return all.sort((a, b) => generationOf(b) - generationOf(a))
  }

  return {
    async add(kept) {
      const { generation, digest } = kept.ref
      const name = `${kind}-${generation}-${digest.slice(0, DIGEST_DIGITS)}.json`
      await files.write(name, JSON.stringify(kept))
      for (const old of (await names()).slice(KEPT)) await files.remove(old)
    },
    generations: async () => (await names()).map(generationOf),
    async read(generation) {
      const stored = (await names()).find((name) => generationOf(name) === generation)
      return stored === undefined ? undefined : readKept(files, stored)
    },
    async clear() {
      for (const name of await names()) await files.remove(name)
    },
  }
}
