import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { fault, FaultError } from '../../core/base/fault.js'
import { VERSION } from '../../core/base/version.js'

/** The agent as one archive: what this very program is made of, with the packages it runs on. */
export interface Release {
  /** `VERSION-DIGEST`: the same code has the same identity. */
  readonly id: string
  readonly archive: string
  readonly bytes: number
  readonly dispose: () => Promise<void>
}

const OWN_PARTS = ['package.json', 'LICENSE', 'dist', 'config', 'systemd']
const PROGRAMS = ['dist/cli/main.js', 'dist/agent/main.js', 'dist/hub/main.js']

/** Type declarations and source maps are of no use on a router. */
const LEFT_OUT = /\.(map|d\.[cm]?ts)$/

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()).optional() })

/**
 * Copies the package and the packages it depends on from where this program found them: no registry
 * is asked, and what is installed is what was tested. Optional packages are left out: they are speed-ups
 * that would have to be compiled.
 */
export async function packRelease(packageDir: string): Promise<Release> {
  const work = await mkdtemp(join(tmpdir(), 'demarc-release-'))
  try {
    const staging = join(work, 'staging')
    await stage(packageDir, staging)
    const archive = join(work, 'release.tar.gz')
    await promisify(execFile)('tar', ['-czf', archive, '-C', staging, '.'])
    return {
      id: `${VERSION}-${await digestOf(staging)}`,
      archive,
      bytes: (await stat(archive)).size,
      dispose: () => rm(work, { recursive: true, force: true }),
    }
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
}

async function stage(packageDir: string, staging: string): Promise<void> {
  await mkdir(staging, { recursive: true, mode: 0o755 })
  for (const part of OWN_PARTS) await copy(join(packageDir, part), join(staging, part))
  for (const [dir, place] of await closure(packageDir)) await copy(dir, join(staging, place))
  for (const program of PROGRAMS) {
    await chmod(join(staging, program), 0o755).catch((error: unknown) => {
      const what = `${join(packageDir, program)} is missing: run npm run build first`
      throw new FaultError(fault('PLATFORM_UNSUPPORTED', 'this machine', what), error)
    })
  }
}

/** A package's own `node_modules` is not copied along: the closure names what of it is needed. */
function copy(from: string, to: string): Promise<void> {
  return cp(from, to, {
    recursive: true,
    filter: (path) =>
      !LEFT_OUT.test(path) && !relative(from, path).split('/').includes('node_modules'),
  })
}

/** Every package that is needed at run time: its folder → its place in the release. */
async function closure(packageDir: string): Promise<Map<string, string>> {
  const places = new Map<string, string>()
  const open = [packageDir]
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    const { dependencies = {} } = Manifest.parse(
      JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')),
    )
    for (const name of Object.keys(dependencies)) {
      // Declarations only: the `netlink` package asks for them at run time by mistake.
      if (name.startsWith('@types/')) continue
      const found = await resolvePackage(name, dir)
      if (places.has(found)) continue
      places.set(found, placeOf(found, packageDir))
      open.push(found)
    }
  }
  return places
}

/** Looks upwards through `node_modules`, as Node does. */
async function resolvePackage(name: string, from: string): Promise<string> {
  const dir = join(from, 'node_modules', name)
  const isThere = await stat(join(dir, 'package.json')).then(
    () => true,
    () => false,
  )
  if (isThere) return dir
  if (dirname(from) === from) {
    throw new FaultError(
      fault('PLATFORM_UNSUPPORTED', 'this machine', `package ${name} is missing`),
    )
  }
  return resolvePackage(name, dirname(from))
}

/** Inside the package as it is there; from a folder above it, below the release's own. */
function placeOf(dir: string, packageDir: string): string {
  const inside = relative(packageDir, dir)
  if (!inside.startsWith('..')) return inside
  const parts = dir.split('/')
  return parts.slice(parts.lastIndexOf('node_modules')).join('/')
}

/** First 12 hexadecimal digits of SHA-256 over every file's path, mode and content. */
async function digestOf(dir: string): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) {
    const executable = ((await stat(file)).mode & 0o100) !== 0
    hash.update(`${relative(dir, file)}\0${executable ? 'x' : '-'}\0`)
    hash.update(
      createHash('sha256')
        .update(await readFile(file))
        .digest(),
    )
  }
  return hash.digest('hex').slice(0, 12)
}
