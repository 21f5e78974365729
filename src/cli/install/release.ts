import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { fault, FaultError } from '../../core/base/fault.js'
import { VERSION } from '../../core/base/version.js'
import { releaseFiles, type ReleaseFile } from './closure.js'

/** The agent as one archive: what this very program is made of, with the packages it runs on. */
export interface Release {
  /** `VERSION-DIGEST`: the same code has the same identity. */
  readonly id: string
  /** Packs it into a file that lasts as long as `use`; a router that has it needs no archive. */
  readonly pack: <T>(use: (archive: string, bytes: number) => Promise<T>) => Promise<T>
}

/** TypeScript does not make them executable. */
const PROGRAMS = ['dist/cli/main.js', 'dist/agent/main.js', 'dist/hub/main.js']

export async function describeRelease(packageDir: string): Promise<Release> {
  const files = await releaseFiles(packageDir)
  const absent = PROGRAMS.filter((program) => !files.some(({ path }) => path === program))
  if (absent.length > 0) {
    const what = `${absent.join(', ')} missing in ${packageDir}: run npm run build first`
    throw new FaultError(fault('PLATFORM_UNSUPPORTED', 'this machine', what))
  }
  return {
    id: `${VERSION}-${await digestOf(files)}`,
    async pack(use) {
      const work = await mkdtemp(join(tmpdir(), 'demarc-release-'))
      try {
        const archive = join(work, 'release.tar.gz')
        await stage(files, join(work, 'staging'))
        const words = ['-czhf', archive, '-C', join(work, 'staging'), '.']
        await promisify(execFile)('tar', words)
        return await use(archive, (await stat(archive)).size)
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

/** Links, which tar follows; only what must become executable is copied. */
async function stage(files: readonly ReleaseFile[], staging: string): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(join(staging, path))))
  for (const folder of folders) await mkdir(folder, { recursive: true })
  for (const { from, path } of files) {
    const to = join(staging, path)
    if (PROGRAMS.includes(path)) {
      await copyFile(from, to)
      await chmod(to, 0o755)
    } else {
      await symlink(from, to)
    }
  }
}

/** First 12 hexadecimal digits of SHA-256 over every file's path and content. */
async function digestOf(files: readonly ReleaseFile[]): Promise<string> {
  const hash = createHash('sha256')
  for (const { from, path } of files) {
    const content = createHash('sha256').update(await readFile(from))
    hash.update(`${path}\0`).update(content.digest())
  }
  return hash.digest('hex').slice(0, 12)
}
