#!/usr/bin/env node
/** Runs every checker, whatever the others say, and prints one TAP line for each. */
import { checkers } from './checkers.mjs'
import { npmRun } from './npm-run.mjs'
import { openTap } from '../tap/tap.mjs'

const tap = openTap(checkers.length)
for (const name of checkers) {
  const { passed, output, seconds } = await npmRun(name)
  tap.point(passed, `${name} (${seconds} s)`, passed ? '' : output)
}
