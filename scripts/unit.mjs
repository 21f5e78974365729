/**
 * The tests of this machine as one TAP stream. They are bundled before: one file at a time, `npx tap run
 * FILE` compiles as it loads, which takes each file a second.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const BUILT = '.cache/unit'
/** Seconds for one file. */
const LIMIT = 240

t.jobs = 2
for (const name of readdirSync(BUILT).filter((file) => file.endsWith('.test.js'))) {
  const words = ['--enable-source-maps', join(BUILT, name)]
  void t.spawn(process.execPath, words, { name, buffered: true, timeout: LIMIT * 1000 })
}
