/** The command line of `demarc`, bundled from the sources: its verbs make the manual page and the completions. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const OUT = '.cache/deb-sources'

/** The command line of `demarc`, with all its verbs. */
export async function loadProgram() {
  await build({
    entryPoints: { program: 'src/cli/program.ts' },
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  const { createProgram } = await import(pathToFileURL(resolve(OUT, 'program.mjs')).href)
  return createProgram(async () => undefined)
}
