import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { makeNetns } from '../topology/netns.js'

t.setTimeout(480_000)

const MAIN = join(import.meta.dirname, 'laws.js')

/** The seeds are fixed, so a failure comes from a change of the program. `npm run laws` draws a new seed. */
const RUNS = [
  { frr: '8.4', pairs: '5', seed: '11' },
  { frr: '10.3', pairs: '4', seed: '12' },
] as const

// Most of the time is spent waiting for sessions.
t.jobs = 2
for (const { frr, pairs, seed } of RUNS) {
  t.test(`${pairs} changes between random intents keep the laws on FRR ${frr}`, async (t) => {
    const netns = makeNetns(`laws-router-${frr}`)
    t.teardown(netns.remove)
    const [program = '', ...words] = netns.inside
    const options = ['--pairs', pairs, '--seed', seed, '--frr', frr]
    const child = spawn(program, [...words, process.execPath, MAIN, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    for await (const line of createInterface({ input: child.stdout })) t.comment(line)
    await ended
    t.equal(child.exitCode, 0)
  })
}
