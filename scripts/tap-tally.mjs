/**
 * Counts tests in TAP 14. A test is what has a name of its own: a group of plain assertions, or a
 * plain point that stands in no group. So `t.test('…')` with five assertions is one test, and a group
 * of groups (a file) is not counted again.
 */

const POINT = /^((?: {4})*)(not )?ok\b\s*(?:\d+)?(?:\s+-)?\s*(.*)$/
const PLAN = /^((?: {4})*)1\.\.(\d+)/
const TIME = /\s+# time=\S+$/
/** What a test says for people; not what the runner itself adds. */
const REMARK = /^ +# (?!Subtest:|time=)/
const EXCUSED = /\s# (skip|todo)\b/i

const level = () => ({ points: 0, failures: 0, groups: 0, loneFailures: 0, planned: null })

export function openTally() {
  const levels = [level()]
  const complaints = []
  const sums = { passed: 0, failed: 0, skipped: 0 }
  let inDetails = false

  function at(depth) {
    while (levels.length <= depth) levels.push(level())
    return levels[depth]
  }

  function point(depth, ok, name) {
    // A deeper level that is still open was this point's group.
    const inside = levels.length > depth + 1 ? levels[depth + 1] : level()
    levels.length = Math.min(levels.length, depth + 1)
    checkPlan(inside, name)
    const here = at(depth)
    here.points += 1
    if (!ok) here.failures += 1
    if (inside.points > 0) {
      here.groups += 1
      group(inside, ok, name)
    } else if (depth === 0) {
      test(ok, name)
    } else if (!ok) {
      here.loneFailures += 1
    }
  }

  function group(inside, ok, name) {
    if (inside.groups === 0) test(ok, name)
    // Assertions beside groups have no test of their own, so each that failed counts.
    else sums.failed += inside.loneFailures
    // A file can fail although all its tests passed: it crashed or hung afterwards.
    if (inside.groups > 0 && !ok && inside.failures === 0) sums.failed += 1
  }

  function test(ok, name) {
    if (EXCUSED.test(name)) sums.skipped += 1
    else if (ok) sums.passed += 1
    else sums.failed += 1
  }

  function checkPlan({ planned, points }, name) {
    if (planned !== null && planned !== points) {
      complaints.push(`${name}: ${planned} were planned, ${points} ran`)
    }
  }

  function skipDetails(text) {
    if (/^\s*---$/.test(text)) inDetails = true
    else if (/^\s*\.\.\.$/.test(text)) inDetails = false
    return inDetails
  }

  return {
    /** Takes one line; the answer is what a person should see of it, or null. */
    line(text) {
      if (skipDetails(text)) return null
      const plan = PLAN.exec(text)
      if (plan !== null) at(plan[1].length / 4).planned = Number(plan[2])
      if (/^\s*Bail out!/.test(text)) complaints.push(text.trim())
      const found = POINT.exec(text)
      if (found === null) return REMARK.test(text) ? text : null
      const [, indent, not, words] = found
      const name = words.replace(/ \{$/, '')
      const ok = not === undefined || EXCUSED.test(name)
      point(indent.length / 4, ok, name)
      if (!ok) return text
      return indent === '' ? text.replace(TIME, '') : null
    },
    /** The sums. A run that stopped early or ran nothing has failed, however green it looks. */
    end() {
      checkPlan(levels[0], 'the run')
      if (levels.length > 1) complaints.push('the run ended inside a group')
      if (sums.passed + sums.failed === 0) complaints.push('no test ran')
      return { ...sums, failed: sums.failed + complaints.length, complaints }
    },
  }
}
