/**
 * The tests of this machine, two files at a time, as one TAP stream. They are bundled before: `npx tap run
 * FILE` compiles while it loads, which takes each file a second.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const BUILT = '.cache/unit'
/** Seconds for one file. */
const LIMIT = '240'

t.jobs = 2
t.setTimeout(0)
const env = { ...process.env, TAP_TIMEOUT: LIMIT }
for (const name of readdirSync(BUILT).filter((file) => file.endsWith('.test.js'))) {
  const words = ['--enable-source-maps', join(BUILT, name)]
  void t.spawn(process.execPath, words, {
    name,
    env,
    timeout: Number(LIMIT) * 1000,
    buffered: true,
  })
}
