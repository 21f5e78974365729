#!/usr/bin/env node
/**
 * Reads one stage's TAP from standard input: shows files and failures as they come, keeps everything
 * in LOG, and writes `passed failed` to COUNTS.
 *
 *   tap-count.mjs LOG COUNTS < tap
 */
import { createWriteStream, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { openTally } from './tap-tally.mjs'

const [, , logFile, countsFile] = process.argv
const log = createWriteStream(logFile)
const tally = openTally()

for await (const line of createInterface({ input: process.stdin })) {
  log.write(`${line}\n`)
  const shown = tally.line(line)
  if (shown !== null) console.log(shown)
}
log.end()

const { passed, failed, skipped, complaints } = tally.end()
for (const complaint of complaints) console.log(complaint)
if (skipped > 0) console.log(`${skipped} skipped or excused`)
// CI has everything a test may want: there is nothing to excuse.
const excused = process.env.CI === undefined ? 0 : skipped
writeFileSync(countsFile, `${passed} ${failed + excused}\n`)
