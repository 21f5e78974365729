import { spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { run } from '../../support/process/command.js'

/** A network namespace of the lab: a router of its own. */
export interface Netns {
  readonly name: string
  /** The words that make a command run inside when they precede it. */
  readonly inside: readonly string[]
  /** Runs a command inside and returns its output; throws when it fails. */
  readonly run: (...words: readonly string[]) => string
  /** Starts a daemon inside and appends its output to `log`. */
  readonly start: (log: string, ...words: readonly string[]) => ChildProcess
  readonly remove: () => void
}

/** Creates the namespace and sets its loopback up; a namespace of that name is replaced. */
export function makeNetns(name: string): Netns {
  try {
    run('ip', 'netns', 'del', name)
  } catch {
    // No namespace had that name, which is the normal case.
  }
  run('ip', 'netns', 'add', name)
  const netns = inside(name, ['ip', 'netns', 'exec', name], () => run('ip', 'netns', 'del', name))
  netns.run('ip', 'link', 'set', 'lo', 'up')
  return netns
}

/** The namespace the test itself runs in. */
export function hostNetns(): Netns {
  return inside('host', ['env'], () => undefined)
}

function inside(name: string, words: readonly string[], remove: () => void): Netns {
  const [program = 'env', ...prefix] = words
  return {
    name,
    inside: words,
    // `ip -n` is quicker than `ip netns exec`, which first mounts a /sys of its own.
    run: (first = 'true', ...rest) =>
      first === 'ip' && name !== 'host'
        ? run('ip', '-n', name, ...rest)
        : run(program, ...prefix, first, ...rest),
    start(log, ...command) {
      const output = openSync(log, 'a')
      return spawn(program, [...prefix, ...command], { stdio: ['ignore', output, output] })
    },
    remove,
  }
}
