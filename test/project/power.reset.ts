import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

/**
 * Power lost in the middle of a change, its disk kept: the router comes up as one of the two intents.
 * A command of its own, since each reset is a boot: `npx tap run test/project/power.reset.ts`.
 */

t.setTimeout(900_000)

/** Resets of the machine; a reset is a boot of the lab. `DEMARC_RESETS` asks for more, at random. */
const asked = process.env['DEMARC_RESETS']
const resets = Number(asked ?? 1)
const seed = asked === undefined ? 5 : Math.floor(Math.random() * 2 ** 31)

const disk = join(t.testdir(), 'disk')

function boot() {
  const program = '.cache/lab/crash-power.js'
  const words = ['run', '--timeout', '500', '--disk', disk, '--', process.execPath, program]
  return spawnSync('scripts/lab', [...words, String(resets), String(seed)], { encoding: 'utf8' })
}

t.test(`seed ${seed}: a router that loses power in a change has the old or the new intent`, (t) => {
  const built = spawnSync('scripts/lab', ['build'], { encoding: 'utf8' })
  t.equal(built.status, 0, built.stdout)
  for (let reset = 1; reset <= resets; reset += 1) {
    const { status, stderr } = boot()
    t.equal(status, 125, stderr)
    t.match(stderr, /died while it ran/, `reset ${reset}`)
  }
  const { status, stdout, stderr } = boot()
  t.equal(status, 0, stderr)
  t.match(stdout, new RegExp(`^ok ${resets} - (old|new) intent`, 'm'))
  t.comment(stdout.trim())
  t.end()
})
