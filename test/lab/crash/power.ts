import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { readHave } from '../../../src/agent/router/steps.js'
import { remainingSteps } from '../../../src/agent/router/converge.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { writeDurable } from '../../../src/edge/host/files/durable-file.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { arbitraryIntent } from '../../support/intent/arbitrary-intent.js'
import { unmet } from '../../support/kernel/unmet.js'
import { buildLabRouter, LAB_UNIVERSE, type LabRouter } from '../laws/lab-router.js'
import { startAgents, type Agents } from './agents.js'
import { settingsFor } from './settings.js'
import { ONLY_RECOVER, wantOf } from './trial.js'
import type { VictimEnd } from './victim.js'

/*
 * Loses power in the middle of a change: `power.js RESETS SEED` in a guest with a disk. Each run looks
 * at what the reset of the run before it left, pushes the next intent and resets the machine at a
 * random boundary, which ends the guest; after the last reset it only looks, and ends with 0 if all
 * was well. Kernel and FRR come up empty, as after a power cut.
 */

const DISK = '/disk'
const NOTES = join(DISK, 'trial.json')
const BOUNDARIES = 30

interface Notes {
  readonly resets: number
  readonly last: Intent | null
  readonly intent: Intent | null
}

async function main(): Promise<void> {
  const [resets = 1, seed = 1] = process.argv.slice(2).map(Number)
  const stateDir = join(DISK, 'state')
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const dir = mkdtempSync(join(tmpdir(), 'demarc-power-'))
  const router = await buildLabRouter('8.4', dir)
  const agents = startAgents(settingsFor(dir, stateDir, router.frr.runDir))
  const before = readNotes()
  const last = await lookAfter(before, { router, agents, stateDir })
  if (before.resets === resets) process.exit(0)
  const draw = fc.record({ intent: arbitraryIntent(LAB_UNIVERSE), at: fc.nat(BOUNDARIES) })
  const drawn = fc.sample(fc.noBias(draw), { seed, numRuns: resets + 1 })
  const [first, next] = [sure(drawn[0]), sure(drawn[before.resets + 1])]
  console.log(`# reset ${before.resets + 1} before boundary ${next.at}`)
  const intent = { ...next.intent, generation: before.resets + 2 }
  const good = last ?? { ...first.intent, generation: 1 }
  if (last === null) await push(agents, dir, good, null)
  await writeDurable(NOTES, JSON.stringify({ resets: before.resets + 1, last: good, intent }))
  await push(agents, dir, intent, next.at)
  // It was settled before that boundary: then the power goes now.
  losePower()
}

function readNotes(): Notes {
  if (!existsSync(NOTES)) return { resets: 0, last: null, intent: null }
  return JSON.parse(readFileSync(NOTES, 'utf8')) as Notes
}

function losePower(): void {
  writeFileSync('/proc/sysrq-trigger', 'b')
}

async function push(agents: Agents, dir: string, intent: Intent, haltAt: number | null) {
  const file = join(dir, 'intent.json')
  writeFileSync(file, JSON.stringify(intent))
  const order = { intent: file, confirmWithin: null, haltAt }
  const end = await agents.order(order, {
    onBegin: () => undefined,
    onHalt: async () => losePower(),
  })
  if (end?.state !== 'in-sync') throw new Error(JSON.stringify(end))
}

interface Scene {
  readonly router: LabRouter
  readonly agents: Agents
  readonly stateDir: string
}

/** The intent in force after the reset, which is the old or the new one, entirely. */
async function lookAfter({ intent, last, resets }: Notes, scene: Scene): Promise<Intent | null> {
  if (intent === null || last === null) return null
  const began = performance.now()
  const end = sure((await scene.agents.order(ONLY_RECOVER)) ?? undefined)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const [outcome, now] =
    end.generation === intent.generation ? (['new', intent] as const) : (['old', last] as const)
  const breaches = await breachesOf(end, now, scene)
  const status = breaches.length === 0 ? 'ok' : 'not ok'
  console.log(`${status} ${resets} - ${outcome} intent, settled ${seconds} s after the start`)
  for (const breach of breaches) console.log(`#   ${breach}`)
  if (breaches.length > 0) process.exit(1)
  return now
}

async function breachesOf(
  { state, generation, faults }: VictimEnd,
  intent: Intent,
  { router, stateDir }: Scene,
): Promise<readonly string[]> {
  const want = wantOf(intent, router)
  const left = await remainingSteps(want, router.ports)
  const { links } = await readHave(router.ports)
  return [
    ...(state === 'in-sync' ? [] : [`state ${state}: ${faults.join('; ')}`]),
    ...(generation === intent.generation ? [] : [`generation ${generation}`]),
    ...(readdirSync(stateDir).includes('change.json') ? ['the journal is not empty'] : []),
    ...left.map(({ at, message }) => `${at}: ${message}`),
    ...unmet(want.links, links),
  ]
}

await main()
