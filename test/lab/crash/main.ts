import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import type { Intent } from '../../../src/core/wire/intent.js'
import { arbitraryIntent } from '../../support/intent/arbitrary-intent.js'
import { run } from '../../support/process/command.js'
import { keepFiles } from '../keep-files.js'
import { buildLabRouter, LAB_UNIVERSE } from '../laws/lab-router.js'
import { startAgents } from './agents.js'
import { blowOf, type BlowName } from './blows.js'
import { readOptions, type Options } from './options.js'
import { settingsFor } from './settings.js'
import { ONLY_RECOVER, tryBlow, type Push, type Trial } from './trial.js'

/*
 * `npm run crash`: random intents are pushed one after the other, and in the middle of each the agent,
 * a daemon of FRR or the disk is struck, before a random boundary or at a random instant. Then the
 * router must be entirely as the old or as the new intent says. See docs/reliability.md.
 */

/** Boundaries of a change of this universe; beyond its own last one it is not struck. */
const BOUNDARIES = 70
/** ms after the first step within which a random instant falls; most changes take longer. */
const INSTANTS = 4000
/** Octets of the state directory: some twenty times what an agent of this universe keeps there. */
const STATE_SIZE = 4 << 20

async function main(): Promise<void> {
  const options = readOptions()
  // Not the directory shared with the host, which takes no sockets.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-crash-'))
  const stateDir = layState(dir)
  const router = await buildLabRouter(options.frr, dir)
  // What others typed is theirs to save; a daemon that is killed comes back with it.
  await router.ports.frr.save()
  const agents = startAgents(settingsFor(dir, stateDir, router.frr.runDir))
  await agents.order(ONLY_RECOVER)
  const bench = { router, dir, stateDir, agents }
  console.log(`# ${options.kill.join()}, seed ${options.seed}, FRR ${options.frr}`)
  const trials: Trial[] = []
  let last: Intent | null = null
  for (const push of pushes(options)) {
    if (trials.filter(({ struck }) => struck).length >= options.kills) break
    const blow = blowOf(push.blow, { agents, frr: router.frr, stateDir })
    const trial: Trial = await tryBlow(bench, { ...push, last }, blow)
    trials.push(trial)
    if (trial.outcome === 'new') last = push.intent
    console.log(told(trials.length, trial, push))
    for (const breach of trial.breaches) console.log(`#   ${breach}`)
  }
  const broken = report(trials, options)
  agents.end()
  await router.close()
  const out = process.env['DEMARC_OUT']
  // The hunt for secrets reads what was left even where nothing broke.
  if (out !== undefined) keepFiles(dir, join(out, `crash-${options.frr}-${options.seed}`))
  run('umount', '--lazy', stateDir)
  process.exit(broken === 0 ? 0 : 1)
}

interface Draw extends Omit<Push, 'last'> {
  readonly blow: BlowName
}

/** A disk is struck before a step or a write; a process may die at any instant as well. */
function pushes({ seed, kills, kill }: Options): readonly Draw[] {
  const random = fc.record({
    intent: arbitraryIntent(LAB_UNIVERSE),
    at: fc.nat(BOUNDARIES),
    after: fc.nat(INSTANTS),
    byInstant: fc.boolean(),
    window: fc.constantFrom(null, 2),
  })
  return fc
    .sample(fc.noBias(random), { seed, numRuns: kills * 3 })
    .map(({ intent, at, after, byInstant, window }, place) => {
      const blow = kill[place % kill.length] ?? 'agent'
      const dies = blow !== 'disk-full' && blow !== 'read-only'
      return {
        intent: { ...intent, generation: place + 1 },
        moment: byInstant && dies ? { after } : { at },
        window,
        blow,
      }
    })
}

/** A small file system of its own, so that it can be full or read-only. */
function layState(dir: string): string {
  const stateDir = join(dir, 'state')
  mkdirSync(stateDir, { mode: 0o700 })
  run('mount', '-t', 'tmpfs', '-o', `size=${STATE_SIZE},mode=700`, 'state', stateDir)
  return stateDir
}

function told(place: number, trial: Trial, { moment, blow }: Draw): string {
  const status = trial.breaches.length === 0 ? 'ok' : 'not ok'
  const where = 'at' in moment ? `before boundary ${moment.at}` : `after ${moment.after} ms`
  const how = trial.struck ? `${blow} struck ${where}` : 'not struck: it was done before'
  return `${status} ${place} - ${how}, ${trial.outcome} intent, settled after ${trial.recovery.toFixed(1)} s`
}

function report(trials: readonly Trial[], options: Options): number {
  const struck = trials.filter((one) => one.struck)
  const broken = trials.filter(({ breaches }) => breaches.length > 0).length
  const old = struck.filter(({ outcome }) => outcome === 'old').length
  const longest = Math.max(0, ...struck.map(({ recovery }) => recovery))
  console.log(`1..${trials.length}`)
  console.log(
    `# ${struck.length} struck, ${broken} with a breach; ${old} ended in the old intent, ` +
      `${struck.length - old} in the new one; longest recovery ${longest.toFixed(1)} s`,
  )
  if (options.json !== undefined) {
    const { json, ...asked } = options
    const figures = { ...asked, struck: struck.length, broken, old, longest }
    writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`)
  }
  return broken
}

await main()
