/**
 * `npm run sweep -- --frr 8.4|10.3|10.7 [--only PATTERN] [--json FILE]`: builds and runs
 * `test/support/frr/sweep/main.ts`, which says what it does.
 */
import { spawnSync } from 'node:child_process'

run('scripts/build.mjs', ['sweep'])
run('.cache/sweep/sweep.js', process.argv.slice(2))

function run(program, words) {
  const args = ['--enable-source-maps', program, ...words]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
