#!/usr/bin/env node
/**
 * Reads the TAP of one stage from standard input: shows files and failures as they come, keeps everything
 * in LOG, and writes `passed failed` to COUNTS.
 *
 *   count.mjs LOG COUNTS < tap
 *
 * A test is a point with a name of its own: a group of plain assertions, or a plain point that stands in
 * no group. So `t.test('…')` with five assertions is one test, and a group of groups (a file) is not
 * counted again.
 */
import { createWriteStream, writeFileSync } from 'node:fs'
import { Parser } from 'tap-parser'

const [, , logFile, countsFile] = process.argv
const sums = { passed: 0, failed: 0, skipped: 0 }
const complaints = []

function countTest({ ok, skip, todo }) {
  if (skip || todo) sums.skipped += 1
  else if (ok) sums.passed += 1
  else sums.failed += 1
}

/** What a group's own point adds, after the points inside it. */
function countGroup(inside, point) {
  if (inside.groups === 0) return countTest(point)
  // Assertions beside groups have no test of their own, so each that failed counts.
  sums.failed += inside.loneFailures
  // A file can fail although all its tests passed: it crashed or hung afterwards.
  if (!isGood(point) && inside.failures === 0) sums.failed += 1
}

function isGood({ ok, skip, todo }) {
  return ok || Boolean(skip) || Boolean(todo)
}

/** Follows one level of the TAP, and the levels inside it. */
function follow(parser, depth = 0) {
  const level = { points: 0, failures: 0, groups: 0, loneFailures: 0 }
  let inside = null
  parser.on('child', (child) => (inside = follow(child, depth + 1)))
  parser.on('comment', (text) => showRemark(text, depth))
  parser.on('bailout', (reason) => depth === 0 && complaints.push(`Bail out! ${reason}`))
  parser.on('assert', (point) => {
    const group = inside
    inside = null
    if (point.tapError) return
    level.points += 1
    if (!isGood(point)) level.failures += 1
    if (group !== null && group.points > 0) {
      level.groups += 1
      countGroup(group, point)
    } else if (depth === 0) countTest(point)
    else if (!isGood(point)) level.loneFailures += 1
    show(point, depth)
  })
  parser.on('complete', ({ failures }) => {
    for (const { tapError } of failures) if (tapError) complaints.push(String(tapError))
    if (depth === 0 && inside !== null) complaints.push('the run ended inside a group')
  })
  return level
}

/** Files as they pass, and every failure at its depth. */
function show(point, depth) {
  if (isGood(point) && depth > 0) return
  const directive = point.skip ? ' # SKIP' : point.todo ? ' # TODO' : ''
  const status = point.ok ? 'ok' : 'not ok'
  console.log(`${'    '.repeat(depth)}${status} ${point.id} - ${point.name}${directive}`)
}

/** What a test says for people; not what the runner itself adds. */
function showRemark(text, depth) {
  if (depth > 0 && !/^\s*# (Subtest:|time=)/.test(text)) console.log(text.trimEnd())
}

const log = createWriteStream(logFile)
const parser = new Parser()
follow(parser)
for await (const chunk of process.stdin) {
  log.write(chunk)
  parser.write(chunk)
}
log.end()
await new Promise((resolve) => {
  parser.on('complete', resolve)
  parser.end()
})

const { passed, failed, skipped } = sums
if (passed + failed === 0) complaints.push('no test ran')
for (const complaint of complaints) console.log(complaint)
if (skipped > 0) console.log(`${skipped} skipped or excused`)
// CI has everything a test may want: there is nothing to excuse.
const excused = process.env.CI === undefined ? 0 : skipped
writeFileSync(countsFile, `${passed} ${failed + complaints.length + excused}\n`)
