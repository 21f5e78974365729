/**
 * `npm run sweep -- --frr 8.4|10.3|10.7 [--only PATTERN] [--json FILE]` and
 * `npm run fuzz -- --seconds N [--seed S] [--json FILE]`: builds and runs `test/support/frr/sweep/main.ts` or
 * `test/fuzz/main.ts`, which say what they do. The fuzzer attacks the programs in `dist`.
 */
import { spawnSync } from 'node:child_process'

const [name, ...words] = process.argv.slice(2)
if (name === 'fuzz') run('scripts/build.mjs', [])
run('scripts/build.mjs', [name])
run(`.cache/${name}/${name}.js`, words)

function run(program, args) {
  const command = ['--enable-source-maps', program, ...args]
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
