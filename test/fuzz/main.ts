/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--json FILE]`: hostile frames against a built hub, an agent's end of
 * the channel, and a built demarcd from its hub and its local socket at once, and what nine honest routers notice of one that sends the largest messages. Each line
 * of the output is JSON. Exit status 1: something ended, or did not start again.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fuzzAgent } from './agent.js'
import { fuzzDemarcd } from './demarcd.js'
import { fuzzHub } from './hub.js'
import { HEAVY, measureLoad, type LoadFigures } from './load.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
})
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
const print = (figures: unknown): void => void process.stdout.write(`${JSON.stringify(figures)}\n`)
const dir = mkdtempSync(join(tmpdir(), 'demarc-fuzz-'))
try {
  const load: LoadFigures[] = []
  const each = Math.max(5, Math.round(seconds / 4 / Object.keys(HEAVY).length))
  for (const attack of Object.keys(HEAVY)) {
    load.push(await measureLoad(join(dir, `load-${load.length}`), attack, each))
    print(load.at(-1))
  }
  const hub = await fuzzHub({ dir: join(dir, 'hub'), seed, seconds: seconds / 2 })
  print(hub)
  const agent = await fuzzAgent({ seed, seconds: seconds / 4 })
  print(agent)
  const room = join(dir, 'd')
  mkdirSync(room)
  const demarcd = await fuzzDemarcd({ dir: room, seed, seconds: seconds / 4 })
  print(demarcd)
  const figures = { seconds, hub, agent, demarcd, load }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
  const isGood = [hub, demarcd].every(
    (found) => found.alive && found.startedAgain && found.defects.length === 0,
  )
  const bugs = demarcd.local.bugs + demarcd.hub.bugs
  if (!isGood || bugs > 0) process.exitCode = 1
} finally {
  rmSync(dir, { recursive: true, force: true })
}
