/** Parts of the command that the packages are made from, bundled from the sources: the list of a release's files, and its verbs. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const OUT = '.cache/deb-sources'
const MODULES = { closure: 'src/cli/install/closure.ts', program: 'src/cli/program.ts' }

async function load(name) {
  await build({
    entryPoints: { [name]: MODULES[name] },
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  return import(pathToFileURL(resolve(OUT, `${name}.mjs`)).href)
}

/** The files of a release and the packages that they need, as `demarc install` takes them. */
export async function loadClosure() {
  const { ownFiles, neededPackages, packageFiles } = await load('closure')
  const packages = await neededPackages(process.cwd())
  const files = [
    ...(await ownFiles(process.cwd())),
    ...(await Promise.all(packages.map(packageFiles))).flat(),
  ]
  return { files, packages }
}

/** The command line of `demarc`, with all its verbs. */
export async function loadProgram() {
  const { createProgram } = await load('program')
  return createProgram(async () => undefined)
}
