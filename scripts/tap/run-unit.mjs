/**
 * The tests of this machine as one TAP stream, three files at a time: on two processors, because many wait for FRR.
 * With words as arguments, the bundles whose names begin with one of them, such as `core-`. They are bundled before:
 * `npx tap run FILE` compiles while it loads, which takes each file a second.
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const BUILT = '.cache/unit'
/** Seconds for one file. */
const LIMIT = '400'

t.jobs = 3
t.setTimeout(0)
// A program under test may still write while tap removes the folder of a test, and tap does not try again. So the folders
// stay until all files have ended.
const FOLDERS = '.tap/fixtures'
const env = { ...process.env, TAP_TIMEOUT: LIMIT, TAP_SAVE_FIXTURE: '1' }
t.teardown(() => rmSync(FOLDERS, { recursive: true, force: true, maxRetries: 10 }))
// The packages take the longest and both processors; a guest that is measured must not run beside them.
const LONGEST = 'project-deb.test.js'
const wanted = process.argv.slice(2)
const names = readdirSync(BUILT).filter((file) => file.endsWith('.test.js') && file !== LONGEST)
for (const name of [LONGEST, ...names].filter(isWanted)) {
  const words = ['--enable-source-maps', join(BUILT, name)]
  void t.spawn(process.execPath, words, {
    name,
    env,
    timeout: Number(LIMIT) * 1000,
    buffered: true,
  })
}

function isWanted(name) {
  return wanted.length === 0 || wanted.some((word) => name.startsWith(word))
}
