import { link, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** LevelDB's files that hold data; it makes the others anew. */
const DATA = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:log|ldb|sst))$/

/** The files of the store as they were before LevelDB opened them. */
export interface Originals {
  /** Puts them in the place of what LevelDB made of them. */
  readonly restore: () => Promise<void>
  /** Keeps them under this name beside the store; resolves with the path. */
  readonly keep: (name: string) => Promise<string>
  readonly discard: () => Promise<void>
}

/**
 * Gives every file a second name. LevelDB never writes into a file of an earlier run, but it deletes those
 * that it takes for needless, and after damage those may hold what is missing. undefined: there is
 * nothing yet, or this file system has no hard links.
 */
export async function linkOriginals(store: string): Promise<Originals | undefined> {
  const names = await dataFiles(store)
  if (names.length === 0) return undefined
  const prefix = join(dirname(store), `${basename(store)}.start-`)
  const copy = await mkdtemp(prefix).catch(() => undefined)
  if (copy === undefined) return undefined
  const discard = async (): Promise<void> => rm(copy, { recursive: true, force: true })
  try {
    for (const name of names) await link(join(store, name), join(copy, name))
  } catch {
    await discard()
    return undefined
  }
  return {
    async restore() {
      const refused = `${copy}.refused`
      await rename(store, refused)
      await rename(copy, store)
      await rm(refused, { recursive: true, force: true })
    },
    async keep(name) {
      const kept = join(dirname(store), name)
      await rename(copy, kept)
      return kept
    },
    discard,
  }
}

/** Names of the files that hold data; none: there is no store yet. */
export async function dataFiles(store: string): Promise<string[]> {
  const names = await readdir(store).catch(() => [])
  return names.filter((name) => DATA.test(name))
}

/** Removes what a start that was killed has left. Only the process that has opened the store may do so. */
export async function removeLeftovers(store: string): Promise<void> {
  const dir = dirname(store)
  const names = (await readdir(dir)).filter((name) => name.startsWith(`${basename(store)}.start-`))
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true })
}
