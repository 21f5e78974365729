import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { programOutput } from './program-output.js'

/** Why tar could not make the archive. */
const TAR_TERMS = { most: 2000, keep: 'head' } as const

/**
 * Writes a tar.gz of these texts, by their path inside, all below the folder `root`. The file has mode 0600 and is there
 * whole or not at all; an existing one is replaced. Rejects where it cannot be written.
 */
export async function writeArchive(
  file: string,
  root: string,
  texts: ReadonlyMap<string, string>,
  stop: AbortSignal,
): Promise<void> {
  const work = await mkdtemp(join(dirname(file), '.demarc-support-'))
  try {
    for (const [name, text] of texts) {
      const path = join(work, root, name)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFile(path, text, { mode: 0o600 })
    }
    const made = join(work, 'archive')
    const words = ['--create', '--gzip', '--owner=0', '--group=0', '--numeric-owner', '--sort=name']
    const tar = ['tar', ...words, '--file', made, '--directory', work, '--', root]
    const ended = await programOutput(tar, TAR_TERMS, stop)
    if (ended.kind === 'missing') throw new Error(ended.reason)
    await chmod(made, 0o600)
    await rename(made, file)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
