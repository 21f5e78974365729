/** `npm run fuzz`: bundles `test/fuzz/main.ts`, which says what it does, and runs it against `dist`. */
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'

const OUT = '.cache/fuzz/main.mjs'

await build({
  entryPoints: ['test/fuzz/main.ts'],
  outfile: OUT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
})
spawnSync('node', ['scripts/build.mjs'], { stdio: 'inherit' })
process.exitCode =
  spawnSync('node', [OUT, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1
