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
import { ONLY_RECOVER, wantOf } from './crash-run.js'
import type { AgentReport } from './agent-process.js'

/*
 * Resets the machine in the middle of changes: `power.js RESETS SEED` in a guest with a disk. Each boot
 * checks what the reset of the boot before left, pushes the next intent and resets the machine at a
 * random boundary, which ends the guest. The boot after the last reset only checks, and exits with 0
 * when no boot found a breach. Kernel and FRR come up empty, as after a power cut.
 */

const DISK = '/disk'
const PROGRESS = join(DISK, 'progress.json')
const BOUNDARIES = 30

/** What a boot leaves for the next one. */
interface Progress {
  readonly resets: number
  /** The intent in force before the reset. */
  readonly last: Intent | null
  /** The intent that was being applied at the reset. */
  readonly intent: Intent | null
}

async function main(): Promise<void> {
  const [resets = 1, seed = 1] = process.argv.slice(2).map(Number)
  const stateDir = join(DISK, 'state')
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  const dir = mkdtempSync(join(tmpdir(), 'demarc-power-'))
  const router = await buildLabRouter('8.4', dir)
  const agents = startAgents(settingsFor(dir, stateDir, router.frr.runDir))
  const before = readProgress()
  const last = await checkAfterReset(before, { router, agents, stateDir })
  if (before.resets === resets) process.exit(0)
  const random = fc.record({ intent: arbitraryIntent(LAB_UNIVERSE), at: fc.nat(BOUNDARIES) })
  const samples = fc.sample(fc.noBias(random), { seed, numRuns: resets + 1 })
  const [first, next] = [sure(samples[0]), sure(samples[before.resets + 1])]
  console.log(`# reset ${before.resets + 1} before boundary ${next.at}`)
  const intent = { ...next.intent, generation: before.resets + 2 }
  const good = last ?? { ...first.intent, generation: 1 }
  if (last === null) await push(agents, dir, good, null)
  await writeDurable(PROGRESS, JSON.stringify({ resets: before.resets + 1, last: good, intent }))
  await push(agents, dir, intent, next.at)
  // The change had fewer boundaries than that, so the machine is reset after it.
  resetMachine()
}

function readProgress(): Progress {
  if (!existsSync(PROGRESS)) return { resets: 0, last: null, intent: null }
  return JSON.parse(readFileSync(PROGRESS, 'utf8')) as Progress
}

function resetMachine(): void {
  writeFileSync('/proc/sysrq-trigger', 'b')
}

async function push(agents: Agents, dir: string, intent: Intent, pauseAt: number | null) {
  const file = join(dir, 'intent.json')
  writeFileSync(file, JSON.stringify(intent))
  const command = { intent: file, confirmWithin: null, pauseAt }
  const report = await agents.send(command, {
    onStart: () => undefined,
    onPause: async () => resetMachine(),
  })
  if (report?.state !== 'in-sync') throw new Error(JSON.stringify(report))
}

interface Lab {
  readonly router: LabRouter
  readonly agents: Agents
  readonly stateDir: string
}

/** Recovers, and checks that the router matches the old or the new intent entirely; returns that intent. */
async function checkAfterReset(
  { intent, last, resets }: Progress,
  lab: Lab,
): Promise<Intent | null> {
  if (intent === null || last === null) return null
  const started = performance.now()
  const report = sure((await lab.agents.send(ONLY_RECOVER)) ?? undefined)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const [outcome, now] =
    report.generation === intent.generation ? (['new', intent] as const) : (['old', last] as const)
  const breaches = await breachesOf(report, now, lab)
  const status = breaches.length === 0 ? 'ok' : 'not ok'
  console.log(`${status} ${resets} - ${outcome} intent, settled ${seconds} s after the start`)
  for (const breach of breaches) console.log(`#   ${breach}`)
  if (breaches.length > 0) process.exit(1)
  return now
}

async function breachesOf(
  { state, generation, faults }: AgentReport,
  intent: Intent,
  { router, stateDir }: Lab,
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
