#!/usr/bin/env node
/** Runs `scripts/quickstart` as a stage of the suite: that it passes, and that docs/quickstart.md shows it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { outline, PAGE, transcript } from '../generate/quickstart-page.mjs'
import { openTap } from './tap.mjs'

/** Octets of output; a run prints some 10 KB. */
const OUTPUT_MAX = 16 * 1024 * 1024

const tap = openTap(2)
const { status, stdout, stderr } = spawnSync('bash', ['scripts/quickstart'], {
  encoding: 'utf8',
  maxBuffer: OUTPUT_MAX,
})
tap.point(status === 0, 'the quickstart passes', status === 0 ? '' : `${stdout}${stderr}`)
const [printed, shown] =
  status === 0 ? [transcript(stdout), readFileSync(PAGE, 'utf8')].map(outline) : [[], ['']]
const same = printed.join('\n') === shown.join('\n')
tap.point(
  same,
  `${PAGE} shows the parts and commands of this run`,
  same ? '' : `printed:\n${printed.join('\n')}\nthe page:\n${shown.join('\n')}`,
)
