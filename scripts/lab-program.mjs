/**
 * `npm run laws [-- --pairs N] [--seed S] [--frr 8.4|10.3]`: random intent pairs on a real kernel
 * with real FRR, see `docs/reliability.md`. `npm run crash [-- --kill WHAT] [--kills N] [--seed S]
 * [--frr 8.4|10.3] [--json FILE]`: agent, FRR or disk struck on the way between them, see
 * `docs/reliability.md`. In the lab's
 * guest they run at once, elsewhere a guest is booted first.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const BUILT = '.cache/lab'
const [program, ...words] = process.argv.slice(2)
const main = join(BUILT, 'test/lab', program, 'main.js')

if (process.env.DEMARC_LAB === '1') {
  // Compiling takes minutes under emulation, so what the host compiled is used while it is fresh.
  const sources = ['src', 'test/lab', 'test/support'].map((dir) => newest(dir, '.ts'))
  if (newest(BUILT, '.tsbuildinfo') < Math.max(...sources)) {
    console.error(
      `${program}: compiling; "scripts/lab build" before the guest starts does it faster`,
    )
    run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.lab.json'])
  }
  run(process.execPath, ['--enable-source-maps', main, ...words])
} else {
  run('scripts/lab', ['build'])
  const command = ['npm', 'run', '--silent', program, '--', ...words]
  run('scripts/lab', ['run', '--timeout', '14400', '--', ...command])
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined) console.error(`${program}: ${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

/** When the last of the files with this ending was written, ms; 0 where there is none. */
function newest(dir, ending) {
  let latest = 0
  try {
    for (const name of readdirSync(dir, { recursive: true })) {
      if (name.endsWith(ending)) latest = Math.max(latest, statSync(join(dir, name)).mtimeMs)
    }
  } catch {
    return 0
  }
  return latest
}
