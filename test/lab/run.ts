import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { keepFiles } from './keep-files.js'

/**
 * Runs the scenarios of a folder in this guest, each in its own process, and prints their TAP as subtests of
 * one stream. The first argument is the folder; the others are the beginnings of scenario names, none for all.
 * The files of a scenario are kept in `$DEMARC_OUT/<name>` when it failed, else below `$DEMARC_OUT/evidence`.
 */

/** Seconds that one scenario may take. */
const LIMIT = 1200

const [folder = 'scenarios', ...chosen] = process.argv.slice(2)
const out = process.env['DEMARC_OUT'] ?? '/tmp/lab-out'
const files = readdirSync(join('test/lab', folder))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => chosen.length === 0 || chosen.some((word) => name.startsWith(word)))
  .sort()

async function runScenario(file: string): Promise<boolean> {
  const name = basename(file, '.test.ts')
  // Daemons need sockets and fsync, which the directory shared with the host does not support.
  const dir = join('/tmp/lab', name)
  mkdirSync(dir, { recursive: true })
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', join(import.meta.dirname, `${name}.test.js`)],
    {
      env: { ...process.env, DEMARC_OUT: dir, TAP: '1', TAP_TIMEOUT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: LIMIT * 1000,
      killSignal: 'SIGKILL',
    },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'TAP version 14') console.log(`    ${line}`)
  }
  const passed = await new Promise<boolean>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode === 0)
    child.once('exit', (code) => resolve(code === 0))
  })
  // Kept after a pass as well: the secret scan reads these files.
  keepFiles(dir, join(out, passed ? 'evidence' : '', name))
  rmSync(dir, { recursive: true, force: true })
  return passed
}

rmSync(join(out, 'evidence'), { recursive: true, force: true })
console.log('TAP version 14')
console.log(`1..${files.length}`)
for (const [index, file] of files.entries()) {
  const started = performance.now()
  const passed = await runScenario(file)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${passed ? 'ok' : 'not ok'} ${index + 1} - ${file} # time=${seconds}s`)
  if (!passed) process.exitCode = 1
}
if (files.length === 0) {
  console.error(`no scenario is called ${chosen.join(' or ')}`)
  process.exitCode = 1
}
