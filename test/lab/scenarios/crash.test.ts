import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { makeNetns } from '../topology/netns.js'

t.setTimeout(480_000)

const MAIN = join(import.meta.dirname, 'crash.js')

/** The seeds are fixed, so a failure comes from a change of the program. `npm run crash` draws a new seed. */
const RUNS = [
  { frr: '8.4', kill: 'agent,disk-full', kills: '2', seed: '21' },
  { frr: '10.3', kill: 'agent', kills: '1', seed: '22' },
] as const

for (const { frr, kill, kills, seed } of RUNS) {
  await t.test(
    `${kills} injected faults leave the old or the new intent on FRR ${frr}`,
    async (t) => {
      const netns = makeNetns('crash-router')
      t.teardown(netns.remove)
      const [program = '', ...words] = netns.inside
      const options = ['--kill', kill, '--kills', kills, '--seed', seed, '--frr', frr]
      const child = spawn(program, [...words, process.execPath, MAIN, ...options], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(child, 'exit')
      for await (const line of createInterface({ input: child.stdout })) t.comment(line)
      await ended
      t.equal(child.exitCode, 0)
    },
  )
}
