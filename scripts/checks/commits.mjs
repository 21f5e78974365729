#!/usr/bin/env node
/**
 * Checks the messages of the commits that came after BASE: from there on each commit is one change with a
 * subject and a reason. Where the clone does not hold BASE (a shallow one), its commits are all
 * checked but the oldest, whose message may be that of a whole import.
 */
import { spawnSync } from 'node:child_process'
import { commitFaults } from './commit-message.mjs'

const BASE = '70b81e87e13362a8b1485f839f1257f49fe8dc7c'

function git(...words) {
  const { status, stdout } = spawnSync('git', words, { encoding: 'utf8' })
  return status === 0 ? stdout : null
}

if (git('rev-parse', '--git-dir') === null) {
  console.log('commits: there is no repository here, so no commit is checked')
} else {
  const known = git('merge-base', '--is-ancestor', BASE, 'HEAD') !== null
  const range = known ? [`${BASE}..HEAD`] : ['HEAD']
  const hashes = git('rev-list', '--no-merges', ...range)
    .split('\n')
    .filter(Boolean)
  const checked = known ? hashes : hashes.slice(0, -1)
  const findings = checked.flatMap((hash) =>
    commitFaults(git('log', '-1', '--format=%B', hash)).map(
      (text) => `${hash.slice(0, 10)} ${text}`,
    ),
  )
  for (const finding of findings) console.error(finding)
  console.log(`commits: ${checked.length} checked, ${findings.length} findings`)
  process.exitCode = findings.length === 0 ? 0 : 1
}
