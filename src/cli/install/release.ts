import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { fault, FaultError } from '../../core/base/fault.js'
import { VERSION } from '../../core/base/version.js'
import { neededPackages, ownFiles, packageFiles, type ReleaseFile } from './closure.js'

/** What is installed: the programs that this command belongs to, with the packages they need. */
export interface Release {
  /** `VERSION-DIGEST`; the same code always has the same id. */
  readonly id: string
  /** Packs it into a temporary archive of `bytes` octets, which is deleted when `use` is done. */
  readonly pack: <T>(use: (archive: string, bytes: number) => Promise<T>) => Promise<T>
}

const PROGRAMS = [
  'dist/demarc.js',
  'dist/demarcd.js',
  'dist/demarc-rollback.js',
  'dist/demarc-hub.js',
]

/**
 * The release made of `packageDir` and its dependencies. Throws `PLATFORM_UNSUPPORTED` when a program
 * was not built.
 */
export async function describeRelease(packageDir: string): Promise<Release> {
  const own = await ownFiles(packageDir)
  const packages = (await Promise.all((await neededPackages(packageDir)).map(packageFiles))).flat()
  const absent = PROGRAMS.filter((program) => !own.some(({ path }) => path === program))
  if (absent.length > 0) {
    const message = `${absent.join(', ')} missing in ${packageDir}: run npm run build first`
    throw new FaultError(fault('PLATFORM_UNSUPPORTED', 'this machine', message))
  }
  return {
    id: `${VERSION}-${await digestOf([...own, ...packages])}`,
    async pack(use) {
      const work = await mkdtemp(join(tmpdir(), 'demarc-release-'))
      try {
        const archive = join(work, 'release.tar.gz')
        await stage([...own, ...packages], join(work, 'staging'))
        const words = ['-czhf', archive, '-C', join(work, 'staging'), '.']
        await promisify(execFile)('tar', words)
        return await use(archive, (await stat(archive)).size)
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

/** Lays the files out as links, which tar follows. */
async function stage(files: readonly ReleaseFile[], staging: string): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(join(staging, path))))
  for (const folder of folders) await mkdir(folder, { recursive: true })
  for (const { from, path } of files) await symlink(from, join(staging, path))
}

/**
 * The first 12 hexadecimal digits of a SHA-256 over path and content of every file. Those of packages count
 * too: somebody may have patched one, or replaced it by another with the same version.
 */
async function digestOf(files: readonly ReleaseFile[]): Promise<string> {
  const hash = createHash('sha256')
  for (const { from, path } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const content = createHash('sha256').update(await readFile(from))
    hash.update(`${path}\0`).update(content.digest())
  }
  return hash.digest('hex').slice(0, 12)
}
