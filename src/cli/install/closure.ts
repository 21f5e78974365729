import type { Dirent } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import * as z from 'zod'
import { record } from '../../core/keyed/record.js'
import { fault, FaultError } from '../../core/base/fault.js'

/** One file of a release: its path on this machine, and its path in the release. */
export interface ReleaseFile {
  readonly from: string
  readonly path: string
}

/** The parts of this package that a release has, without source maps. */
const OWN_PARTS = ['package.json', 'LICENSE', 'dist', 'config', 'systemd']
const OWN_LEFT_OUT = /\.map$/

/** The files of other packages that a release has: what runs on Linux, and the licences. */
const RUNS = /\.([cm]?js|json|node)$|(^|\/)licen[cs]e[^/]*$/i
const NEVER_RUNS =
  /(^|\/)(\.[^/]*$|(\.github|benchmarks?|docs|examples?|tests?|prebuilds\/(?!linux-)[^/]+)\/)/

const Manifest = z.object({
  version: z.string().optional(),
  dependencies: record(z.string(), z.string()).optional(),
})

/** A package that the programs need at run time. */
export interface NeededPackage {
  /** Its folder on this machine. */
  readonly dir: string
  /** Its folder in the release. */
  readonly place: string
  readonly version: string
}

/** The files of this package, sorted by path. */
export async function ownFiles(packageDir: string): Promise<ReleaseFile[]> {
  const found = await Promise.all(OWN_PARTS.map((part) => filesBelow(join(packageDir, part))))
  return found
    .flat()
    .filter((from) => !OWN_LEFT_OUT.test(from))
    .map((from) => ({ from, path: relative(packageDir, from) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The files of a needed package that a router can use. */
export async function packageFiles({ dir, place }: NeededPackage): Promise<ReleaseFile[]> {
  const files = (await filesBelow(dir)).map((from) => relative(dir, from))
  return files
    .filter((inside) => RUNS.test(inside) && !NEVER_RUNS.test(inside))
    .map((inside) => ({ from: join(dir, inside), path: join(place, inside) }))
}

/** Does not enter `node_modules`: `neededPackages` lists what is needed of it. */
async function filesBelow(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  const found = await Promise.all(entries.map((entry) => filesOf(entry, join(path, entry.name))))
  return found.flat()
}

async function filesOf(entry: Dirent, path: string): Promise<string[]> {
  if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path)
  return entry.isFile() ? [path] : []
}

/**
 * Every package that the bundled programs import, as it lies on this machine: no registry is asked, so
 * what is installed is what was tested. Optional packages are left out, because they would have to be
 * compiled and only make things faster.
 */
export async function neededPackages(packageDir: string): Promise<NeededPackage[]> {
  const needed = new Map<string, NeededPackage>()
  const bundle = join(packageDir, 'dist')
  // The loop adds to the list that it walks.
  const dirs = [bundle]
  for (const dir of dirs) {
    const { version = '', dependencies = {} } = Manifest.parse(
      JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')),
    )
    if (dir !== bundle) needed.set(dir, { dir, place: placeOf(dir, packageDir), version })
    // The `netlink` package lists type declarations among its dependencies by mistake.
    const names = Object.keys(dependencies).filter((name) => !name.startsWith('@types/'))
    const found = await Promise.all(names.map((name) => resolvePackage(name, dir)))
    dirs.push(...found.filter((path) => !dirs.includes(path)))
  }
  return [...needed.values()].sort((a, b) => (a.place < b.place ? -1 : 1))
}

/** Looks in `node_modules` of the folder and of those above it, as Node does. */
async function resolvePackage(name: string, from: string): Promise<string> {
  const dir = join(from, 'node_modules', name)
  const exists = await stat(join(dir, 'package.json')).then(
    () => true,
    () => false,
  )
  if (exists) return dir
  if (dirname(from) === from) {
    const message = `package ${name} is missing: run npm ci first`
    throw new FaultError(fault('PLATFORM_UNSUPPORTED', 'this machine', message))
  }
  return resolvePackage(name, dirname(from))
}

/** A package inside this one keeps its path; one of a folder above goes to the release's own node_modules. */
function placeOf(dir: string, packageDir: string): string {
  const inside = relative(packageDir, dir)
  if (!inside.startsWith('..')) return inside
  const parts = dir.split('/')
  return parts.slice(parts.lastIndexOf('node_modules')).join('/')
}
