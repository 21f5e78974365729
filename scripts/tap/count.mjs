#!/usr/bin/env node
/**
 * Counts the tests of one stage. It reads TAP 14 from standard input, prints files and failures as
 * they come, copies everything to LOG and writes `passed failed` to COUNTS.
 *
 *   count.mjs LOG COUNTS < tap
 *
 * A test is what has a name of its own: a group of plain assertions, or a plain point outside any
 * group. So `t.test('…')` with five assertions is one test, and a group of groups (a file) is none.
 */
import { createWriteStream, writeFileSync } from 'node:fs'
import { Parser } from 'tap-parser'

/** Counts of the whole run. */
const sums = { passed: 0, failed: 0, skipped: 0 }

/** What is wrong with the run itself and with no single test; each counts as a failure. */
const complaints = []

const emptyLevel = () => ({ points: 0, failures: 0, groups: 0, loneFailures: 0, errors: [] })

/**
 * Follows one level of the TAP document and, by calling itself, the groups inside it. The answer is
 * filled while the parser reads.
 */
function follow(parser) {
  const level = emptyLevel()
  let inside = emptyLevel()
  let isOpen = false
  parser.on('child', (child) => {
    inside = follow(child)
    isOpen = true
  })
  parser.on('assert', (result) => {
    count(level, inside, { ...result, ok: result.ok || isExcused(result), depth: parser.level })
    inside = emptyLevel()
    isOpen = false
  })
  parser.on('comment', (comment) => {
    const indent = '    '.repeat(parser.level) + /^ */.exec(comment)[0]
    if (indent !== '') showRemark(indent, comment.trim())
  })
  parser.on('complete', (results) => {
    level.errors.push(...errorsOf(results))
    if (parser.level === 0 && isOpen && !results.bailout)
      level.errors.push('the run ended inside a group')
  })
  return level
}

/** Counts one point of `level`; `inside` is the group that the point closes, empty where there is none. */
function count(level, inside, point) {
  const passed = hasPassed(point, inside)
  for (const error of inside.errors) console.log(`${point.name}: ${error}`)
  show({ ...point, ok: passed })
  level.points += 1
  if (!passed) level.failures += 1
  if (inside.points > 0) level.groups += 1
  if (inside.groups > 0) countFile(inside, passed)
  else if (inside.points > 0 || point.depth === 0) countTest(point, passed)
  else countAssertion(level, point, passed)
}

/** A group that claims to have passed, although something in it failed, has failed. */
function hasPassed(point, inside) {
  return point.ok && inside.errors.length === 0 && (isExcused(point) || inside.failures === 0)
}

/** A plain point beside others of its kind. It is no test; those that failed beside groups count. */
function countAssertion(level, point, passed) {
  if (!passed) level.loneFailures += 1
  else if (isExcused(point)) sums.skipped += 1
}

function countTest(point, passed) {
  if (isExcused(point)) sums.skipped += 1
  else if (passed) sums.passed += 1
  else sums.failed += 1
}

/** A group of groups, which is mostly a file. Its tests are counted already. */
function countFile(group, passed) {
  // An assertion beside the groups belongs to no test, so each failed one counts by itself.
  sums.failed += group.loneFailures + group.errors.length
  // A file can fail although all its tests passed: it crashed or hung afterwards.
  if (!passed && group.failures === 0 && group.errors.length === 0) sums.failed += 1
}

function isExcused({ skip, todo }) {
  return Boolean(skip || todo)
}

/** What breaks the rules of TAP on one level. */
function errorsOf({ failures, plan, count: ran, bailout }) {
  const { start, end } = plan
  const isPlanned = start !== null && end !== null && !plan.skipAll
  const planned = isPlanned ? end - start + 1 : ran
  if (!bailout && planned !== ran) return [`${planned} were planned, ${ran} ran`]
  // A message about ids beyond the plan says the same as the counts do.
  return failures.flatMap(({ tapError }) => (tapError ? [tapError] : []))
}

/** Prints failures of every level, and what passed on the outermost. */
function show({ ok, id, name, depth, skip, todo }) {
  if (ok && depth > 0) return
  const reason = skip ? ` # SKIP ${skip}` : todo ? ` # TODO ${todo}` : ''
  console.log(`${'    '.repeat(depth)}${ok ? 'ok' : 'not ok'} ${id} - ${name}${reason}`)
}

/** Prints what a test remarks for people, and not what the test runner adds. */
function showRemark(indent, comment) {
  if (!/^# (Subtest|time=|test count)/.test(comment)) console.log(`${indent}${comment}`)
}

const [, , logFile, countsFile] = process.argv
const log = createWriteStream(logFile)
const root = new Parser()
const outermost = follow(root)
root.on('bailout', (reason) => complaints.push(`Bail out! ${reason}`))
root.on('extra', (text) => {
  // The parser skips points that come after the plan at the end.
  if (/^\s*(not )?ok\b/.test(text)) complaints.push(`outside the plan: ${text.trim()}`)
})

for await (const chunk of process.stdin) {
  log.write(chunk)
  root.write(chunk)
}
root.end()
log.end()

complaints.push(...outermost.errors)
if (sums.passed + sums.failed === 0) complaints.push('no test ran')
for (const complaint of complaints) console.log(complaint)
if (sums.skipped > 0) console.log(`${sums.skipped} skipped or excused`)
// CI has everything that a test needs, so no test may be skipped there.
const excused = process.env.CI === undefined ? 0 : sums.skipped
writeFileSync(countsFile, `${sums.passed} ${sums.failed + complaints.length + excused}\n`)
