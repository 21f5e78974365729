/**
 * `npm run laws [-- --pairs N] [--seed S] [--frr 8.4|10.3]`: changes between random intents on a real kernel
 * with real FRR. `npm run crash [-- --kill WHAT] [--kills N] [--seed S] [--frr 8.4|10.3] [--json FILE]`: the
 * same with a fault of the agent, FRR or the disk in the middle of each change. See `docs/reliability.md`.
 * Outside of the lab's guest, a guest is booted first.
 */
import { spawnSync } from 'node:child_process'

const [program, ...words] = process.argv.slice(2)
const main = `.cache/lab/${program}.js`

run('scripts/lab', ['build'])
if (process.env.DEMARC_LAB === '1') {
  run(process.execPath, ['--enable-source-maps', main, ...words])
} else {
  const command = ['npm', 'run', '--silent', program, '--', ...words]
  run('scripts/lab', ['run', '--timeout', '14400', '--', ...command])
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined) console.error(`${program}: ${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
