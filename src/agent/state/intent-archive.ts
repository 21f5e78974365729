import type { StateFiles } from '../../edge/host/files/state-files.js'
import { readKept, type KeptIntent } from './kept-intent.js'

/** Intents that are not in force, each in a file of its own: the newest of one kind. */
export interface IntentArchive {
  /** Never over another one. */
  readonly add: (kept: KeptIntent) => Promise<void>
  /** Newest first, as the names of the files say. */
  readonly generations: () => Promise<readonly number[]>
  /** Undefined where it is not kept; one that is damaged is thrown by name. */
  readonly read: (generation: number) => Promise<KeptIntent | undefined>
}

/** Intents of one kind that are kept. */
const KEPT = 20

/** `undone` were taken back; `former` were in force until another was. */
export function openIntentArchive(files: StateFiles, kind: 'undone' | 'former'): IntentArchive {
  const pattern = new RegExp(`^${kind}-(\\d+)-[0-9a-f]{12}\\.json$`)
  const generationOf = (name: string): number => Number(pattern.exec(name)?.[1] ?? 0)

  async function names(): Promise<readonly string[]> {
    const all = (await files.list()).filter((name) => pattern.test(name))
    return all.sort((a, b) => generationOf(b) - generationOf(a))
  }

  return {
    async add(kept) {
      const { generation, digest } = kept.ref
      await files.write(`${kind}-${generation}-${digest.slice(0, 12)}.json`, JSON.stringify(kept))
      for (const name of (await names()).slice(KEPT)) await files.remove(name)
    },
    generations: async () => (await names()).map(generationOf),
    async read(generation) {
      const name = (await names()).find((one) => generationOf(one) === generation)
      return name === undefined ? undefined : readKept(files, name)
    },
  }
}
