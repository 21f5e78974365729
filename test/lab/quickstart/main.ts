import { mkdirSync, rmSync } from 'node:fs'
import { keepFiles } from '../keep-files.js'
import { buildScene } from '../topology/customer-edge.js'
import { narrate } from './narrator.js'
import { demonstrate } from './demonstration.js'
import { stay } from './stay.js'

/** The quickstart inside the guest: builds the topology, runs the demonstration, and with `--stay` keeps it up. */

const dir = '/tmp/quickstart'
rmSync(dir, { recursive: true, force: true })
mkdirSync(dir, { recursive: true })

narrate.title('Building the scene')
const scene = await buildScene({
  dir,
  frr: '8.4',
  onStep: narrate.step,
  // The default grace of two minutes would only make the demonstration longer. A session that moves to the bundle has this time to come
  // back, on a slow machine too.
  safety: '[safety]\ngrace = 25\n',
})
try {
  await demonstrate(scene)
  if (process.argv.includes('--stay')) await stay(scene)
  narrate.title('Done')
} catch (error) {
  narrate.failed(error)
  keepFiles(dir, process.env['DEMARC_OUT'] ?? '/tmp/out')
  process.exitCode = 1
} finally {
  await scene.remove()
}
process.exit()
