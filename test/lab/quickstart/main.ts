import { mkdirSync, rmSync } from 'node:fs'
import { keepFiles } from '../keep-files.js'
import { buildScene } from '../topology/customer-edge.js'
import { tell } from './narrator.js'
import { play } from './play.js'
import { stay } from './stay.js'

/** The quickstart inside the guest: builds the scene, plays it, and with `--stay` keeps it up. */

const dir = '/tmp/quickstart'
rmSync(dir, { recursive: true, force: true })
mkdirSync(dir, { recursive: true })

tell.title('Building the scene')
const scene = await buildScene({
  dir,
  frr: '8.4',
  onStep: tell.step,
  // Nobody wants to wait for two minutes until a session counts as lost.
  safety: '[safety]\ngrace = 8\n',
})
try {
  await play(scene)
  if (process.argv.includes('--stay')) await stay(scene)
  tell.title('Done')
} catch (error) {
  tell.failed(error)
  keepFiles(dir, process.env['DEMARC_OUT'] ?? '/tmp/out')
  process.exitCode = 1
} finally {
  await scene.remove()
}
process.exit()
