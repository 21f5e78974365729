import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'

/** The counts and the output of `scripts/test` for this TAP. */
function count(t: Test, tap: string, env = {}): { counts: string; shown: string } {
  const dir = t.testdir()
  const counts = join(dir, 'counts')
  const result = spawnSync(process.execPath, ['scripts/tap/count.mjs', join(dir, 'log'), counts], {
    input: tap,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })
  t.equal(readFileSync(join(dir, 'log'), 'utf8').trim(), tap.trim(), 'the log holds everything')
  return { counts: readFileSync(counts, 'utf8').trim(), shown: result.stdout }
}

const file = (inside: string, ok = true) =>
  `TAP version 14\n# Subtest: a.test.ts\n${inside}${ok ? 'ok' : 'not ok'} 1 - a.test.ts # time=5ms\n1..1\n`

const twoTests = `    # Subtest: one
        ok 1 - yes
        ok 2 - yes
        1..2
    ok 1 - one # time=1ms

    # Subtest: two
        ok 1 - yes
        1..1
    ok 2 - two # time=1ms

    1..2
`

t.test('named tests are counted, not their assertions and not their files', (t) => {
  t.equal(count(t, file(twoTests)).counts, '2 0')
  t.equal(count(t, 'TAP version 14\n1..2\nok 1 - format\nok 2 - lint\n').counts, '2 0')
  t.equal(count(t, file('    ok 1 - bare\n    ok 2 - bare\n    1..2\n')).counts, '1 0')
  t.end()
})

t.test('a failed test counts once, and is shown with its name', (t) => {
  const failing = twoTests
    .replace('        ok 2 - yes', '        not ok 2 - no')
    .replace('    ok 1 - one', '    not ok 1 - one')
  const { counts, shown } = count(t, file(failing, false))
  t.equal(counts, '1 1')
  t.match(shown, /not ok 1 - one/)
  t.end()
})

t.test('test lines quoted in failure details are not counted', (t) => {
  const failing = `    # Subtest: one
        not ok 1 - no
          ---
          diff: |
            ok 1 - quoted
        ok 2 - quoted
          ...
        1..1
    not ok 1 - one
    1..1
`
  t.equal(count(t, file(failing, false)).counts, '0 1')
  t.end()
})

t.test('a file that crashes after its tests counts as a failure', (t) => {
  t.equal(count(t, file(twoTests, false)).counts, '2 1')
  t.end()
})

t.test('a failed assertion outside of named tests is counted as a failure', (t) => {
  const beside = twoTests.replace(/ {4}1\.\.2\n$/, '    not ok 3 - beside\n    1..3\n')
  t.equal(count(t, file(beside, false)).counts, '2 1')
  const inside = twoTests.replace('        ok 2 - yes', '        not ok 2 - no')
  t.equal(count(t, file(inside, false)).counts, '1 1', 'inside a test that is reported as passed')
  t.end()
})

t.test('a run that stops early or runs nothing counts as a failure', (t) => {
  t.equal(count(t, '').counts, '0 1')
  t.equal(count(t, 'TAP version 14\n1..3\nok 1 - a\n').counts, '1 1')
  t.equal(count(t, `TAP version 14\n# Subtest: a.test.ts\n${twoTests}`).counts, '2 1')
  t.equal(count(t, 'ok 1 - a\nBail out! no kernel\n1..1\n').counts, '1 1')
  t.end()
})

t.test('a test point after the plan counts as a failure', (t) => {
  t.equal(count(t, 'ok 1 - a\n1..1\nnot ok 2 - late\n').counts, '1 1')
  t.equal(count(t, 'ok 1 - a\nok 1 - b\n1..2\n').counts, '2 1', 'a number that is used twice')
  t.equal(count(t, 'ok 1 - a\n').counts, '1 1', 'no plan')
  t.end()
})

t.test('a group with fewer points than planned counts as a failure', (t) => {
  t.equal(count(t, file(twoTests.replace('        1..1', '        1..2'))).counts, '1 1')
  t.equal(count(t, file(twoTests.replace(/ {4}1\.\.2\n$/, '    1..3\n'))).counts, '2 1')
  t.end()
})

t.test('a group in braces is counted like one that is announced', (t) => {
  const buffered = `1..1\nok 1 - a.test.ts # time=5ms {\n${twoTests}}\n`
  t.match(count(t, buffered), { counts: '2 0', shown: /^ok 1 - a.test.ts$/m })
  t.end()
})

t.test('a skipped test is shown, and counts as a failure in CI', (t) => {
  const excused = `1..3\nok 1 - a\nok 2 - b # SKIP no folder\nnot ok 3 - c # TODO later\n`
  t.match(count(t, excused), { counts: '1 0', shown: /2 skipped or excused/ })
  t.match(count(t, excused, { CI: 'true' }), { counts: '1 2' })
  const inFile = file(twoTests.replace('    ok 2 - two', '    ok 2 - two # SKIP no folder'))
  t.match(count(t, inFile), { counts: '1 0', shown: /1 skipped or excused/ })
  const plain = file(twoTests.replace(/ {4}1\.\.2\n$/, '    ok 3 - c # SKIP\n    1..3\n'))
  t.match(count(t, plain, { CI: 'true' }), { counts: '2 1' })
  t.end()
})

t.test('remarks are shown', (t) => {
  const skipping = '    # corpus: absent\n    ok 1 - extra # SKIP no folder\n    1..1\n'
  t.match(count(t, file(skipping)).shown, /corpus: absent/)
  t.end()
})
