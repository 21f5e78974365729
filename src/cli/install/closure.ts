import type { Dirent } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { fault, FaultError } from '../../core/base/fault.js'

/** One file of a release: where it lies here, and its path in the release. */
export interface ReleaseFile {
  readonly from: string
  readonly path: string
}

/** Of this package everything but declarations and source maps. */
const OWN_PARTS = ['package.json', 'LICENSE', 'dist', 'config', 'systemd']
const OWN_LEFT_OUT = /\.(map|d\.ts)$/

/** Of other packages only what runs, and their licences. */
const RUNS = /\.([cm]?js|json|node)$|(^|\/)licen[cs]e[^/]*$/i
const NEVER_RUNS = /(^|\/)(\.github|benchmarks?|docs|examples?|tests?)\//

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()).optional() })

/**
 * Every file of the package and of the packages it depends on, from where this program found them: no
 * registry is asked, and what is installed is what was tested. Optional packages are left out: they are
 * speed-ups that would have to be compiled.
 */
export async function releaseFiles(packageDir: string): Promise<ReleaseFile[]> {
  const own = await Promise.all(OWN_PARTS.map((part) => filesBelow(join(packageDir, part))))
  const files = own
    .flat()
    .filter((from) => !OWN_LEFT_OUT.test(from))
    .map((from) => ({ from, path: relative(packageDir, from) }))
  for (const [dir, place] of await closure(packageDir)) {
    for (const from of await filesBelow(dir)) {
      const inside = relative(dir, from)
      if (RUNS.test(inside) && !NEVER_RUNS.test(inside)) {
        files.push({ from, path: join(place, inside) })
      }
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** A package's own `node_modules` is not entered: the closure names what of it is needed. */
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
    const what = `package ${name} is missing: run npm ci first`
    throw new FaultError(fault('PLATFORM_UNSUPPORTED', 'this machine', what))
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
