/** The files of a release: those of demarc itself, and those of the packages that the bundled programs import. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/** The parts of this package that a release has, without source maps. */
const OWN_PARTS = ['package.json', 'LICENSE', 'dist', 'config', 'systemd']
const OWN_LEFT_OUT = /\.map$/

/** The files of other packages that a release has: what runs on Linux, and the licences. */
const RUNS = /\.([cm]?js|json|node)$|(^|\/)licen[cs]e[^/]*$/i
const NEVER_RUNS =
  /(^|\/)(\.[^/]*$|(\.github|benchmarks?|docs|examples?|tests?|prebuilds\/(?!linux-)[^/]+)\/)/

/** `files`: where each is on this machine (`from`), and its path in the release (`path`). `packages`: those that are needed. */
export async function releaseFiles(packageDir) {
  const own = (await Promise.all(OWN_PARTS.map((part) => filesBelow(join(packageDir, part)))))
    .flat()
    .filter((from) => !OWN_LEFT_OUT.test(from))
    .map((from) => ({ from, path: relative(packageDir, from) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  const packages = await neededPackages(packageDir)
  const files = [...own, ...(await Promise.all(packages.map(packageFiles))).flat()]
  return { files, packages }
}

/** The files of a needed package that a router can use. */
async function packageFiles({ dir, place }) {
  const files = (await filesBelow(dir)).map((from) => relative(dir, from))
  return files
    .filter((inside) => RUNS.test(inside) && !NEVER_RUNS.test(inside))
    .map((inside) => ({ from: join(dir, inside), path: join(place, inside) }))
}

/** Does not enter `node_modules`: `neededPackages` lists what is needed of it. */
async function filesBelow(path) {
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  return (await Promise.all(entries.map((entry) => filesOf(entry, join(path, entry.name))))).flat()
}

async function filesOf(entry, path) {
  if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path)
  return entry.isFile() ? [path] : []
}

/**
 * Every package that the bundled programs import, as it lies on this machine: no registry is asked, so
 * what is installed is what was tested. Optional packages are left out, because they would have to be
 * compiled and only make things faster. Each has its folder here (`dir`) and in the release (`place`).
 */
async function neededPackages(packageDir) {
  const needed = new Map()
  const bundle = join(packageDir, 'dist')
  // The loop adds to the list that it walks.
  const dirs = [bundle]
  for (const dir of dirs) {
    const { dependencies = {} } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'))
    if (dir !== bundle) needed.set(dir, { dir, place: placeOf(dir, packageDir) })
    // The `netlink` package lists type declarations among its dependencies by mistake.
    const names = Object.keys(dependencies).filter((name) => !name.startsWith('@types/'))
    const found = await Promise.all(names.map((name) => resolvePackage(name, dir)))
    dirs.push(...found.filter((path) => !dirs.includes(path)))
  }
  return [...needed.values()].sort((a, b) => (a.place < b.place ? -1 : 1))
}

/** Looks in `node_modules` of the folder and of those above it, as Node does. */
async function resolvePackage(name, from) {
  const dir = join(from, 'node_modules', name)
  const exists = await stat(join(dir, 'package.json')).then(
    () => true,
    () => false,
  )
  if (exists) return dir
  if (dirname(from) === from) throw new Error(`package ${name} is missing: run npm ci first`)
  return resolvePackage(name, dirname(from))
}

/** A package inside this one keeps its path; one of a folder above goes to the release's own node_modules. */
function placeOf(dir, packageDir) {
  const inside = relative(packageDir, dir)
  if (!inside.startsWith('..')) return inside
  const parts = dir.split('/')
  return parts.slice(parts.lastIndexOf('node_modules')).join('/')
}
