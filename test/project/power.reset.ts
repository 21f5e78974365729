import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

/**
 * Resets the machine in the middle of a change and keeps its disk: after the boot the router has the old or the
 * new intent. The suite does not run it, because each reset is a boot: `npx tap run test/project/power.reset.ts`.
 */

t.setTimeout(900_000)

/** How many times the machine is reset. `DEMARC_RESETS` sets another number, with a random seed. */
const asked = process.env['DEMARC_RESETS']
const resets = Number(asked ?? 1)
const seed = asked === undefined ? 5 : Math.floor(Math.random() * 2 ** 31)

const disk = join(t.testdir(), 'disk')

function boot() {
  const program = '.cache/lab/crash-power.js'
  const words = ['run', '--timeout', '500', '--disk', disk, '--', process.execPath, program]
  return spawnSync('scripts/lab', [...words, String(resets), String(seed)], { encoding: 'utf8' })
}

t.test(
  `seed ${seed}: a router that is reset in a change has the old or the new intent afterwards`,
  (t) => {
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
  },
)
