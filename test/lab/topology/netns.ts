import { spawn, type ChildProcess } from 'node:child_process'
import { openSync } from 'node:fs'
import { run } from '../../support/process/command.js'

/** A network namespace of the lab, with a life of its own. */
export interface Netns {
  readonly name: string
  /** The words before a command that make it run inside. */
  readonly inside: readonly string[]
  readonly run: (...words: readonly string[]) => string
  /** A daemon inside, its output appended to `log`. */
  readonly start: (log: string, ...words: readonly string[]) => ChildProcess
  readonly remove: () => void
}

/** Makes the namespace with its loopback up; one left over from before is replaced. */
export function makeNetns(name: string): Netns {
  try {
    run('ip', 'netns', 'del', name)
  } catch {
    // There was none, which is the normal case.
  }
  run('ip', 'netns', 'add', name)
  const made = inside(name, ['ip', 'netns', 'exec', name], () => run('ip', 'netns', 'del', name))
  made.run('ip', 'link', 'set', 'lo', 'up')
  return made
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
    // `ip` enters by itself, which is quicker than a process that mounts a /sys of its own first.
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
