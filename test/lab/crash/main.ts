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
import { ONLY_RECOVER, runCrash, type Push, type RunResult } from './crash-run.js'
import { faultInjection, type FaultKind } from './fault-injection.js'
import { readOptions, type Options } from './options.js'
import { settingsFor } from './settings.js'

/*
 * `npm run crash`: fault injection. It pushes random intents one after the other. In the middle of each
 * change it kills the agent or a daemon of FRR, or makes the state directory full or read-only; either
 * before a random boundary or after a random time. Afterwards the router must match the old or the new
 * intent entirely. See docs/reliability.md.
 */

/** Boundaries are drawn below this; a change that has fewer is finished before its fault is injected. */
const BOUNDARIES = 70
/** Random times are at most this many ms after the start of the change; most changes take longer. */
const INSTANTS = 4000
/** Octets of the state directory: some twenty times what the agent of this lab keeps there. */
const STATE_SIZE = 4 << 20

async function main(): Promise<void> {
  const options = readOptions()
  // Not $DEMARC_OUT, which is shared with the host and takes no sockets.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-crash-'))
  const stateDir = mountStateDir(dir)
  const router = await buildLabRouter(options.frr, dir)
  // A daemon that is killed starts with the saved configuration, so the foreign part must be in it.
  await router.ports.frr.save()
  const agents = startAgents(settingsFor(dir, stateDir, router.frr.runDir))
  await agents.send(ONLY_RECOVER)
  const lab = { router, dir, stateDir, agents }
  console.log(`# ${options.kill.join()}, seed ${options.seed}, FRR ${options.frr}`)
  const results: RunResult[] = []
  let last: Intent | null = null
  for (const push of randomPushes(options)) {
    if (results.filter(({ injected }) => injected).length >= options.kills) break
    const injection = faultInjection(push.kind, { agents, frr: router.frr, stateDir })
    const result: RunResult = await runCrash(lab, { ...push, last }, injection)
    results.push(result)
    if (result.outcome === 'new') last = push.intent
    console.log(resultLine(results.length, result, push))
    for (const breach of result.breaches) console.log(`#   ${breach}`)
  }
  const broken = report(results, options)
  agents.close()
  await router.close()
  const out = process.env['DEMARC_OUT']
  // Kept after a pass as well: the secret scan reads these files.
  if (out !== undefined) keepFiles(dir, join(out, `crash-${options.frr}-${options.seed}`))
  run('umount', '--lazy', stateDir)
  process.exit(broken === 0 ? 0 : 1)
}

interface RandomPush extends Omit<Push, 'last'> {
  readonly kind: FaultKind
}

/** A disk fault is injected before a boundary only; a process can be killed after a random time as well. */
function randomPushes({ seed, kills, kill }: Options): readonly RandomPush[] {
  const random = fc.record({
    intent: arbitraryIntent(LAB_UNIVERSE),
    at: fc.nat(BOUNDARIES),
    after: fc.nat(INSTANTS),
    byInstant: fc.boolean(),
    window: fc.constantFrom(null, 2),
  })
  return fc
    .sample(fc.noBias(random), { seed, numRuns: kills * 3 })
    .map(({ intent, at, after, byInstant, window }, index) => {
      const kind = kill[index % kill.length] ?? 'agent'
      const isProcess = kind !== 'disk-full' && kind !== 'read-only'
      return {
        intent: { ...intent, generation: index + 1 },
        moment: byInstant && isProcess ? { after } : { at },
        window,
        kind,
      }
    })
}

/** Mounts a small file system for the state directory, so that it can be filled or made read-only. */
function mountStateDir(dir: string): string {
  const stateDir = join(dir, 'state')
  mkdirSync(stateDir, { mode: 0o700 })
  run('mount', '-t', 'tmpfs', '-o', `size=${STATE_SIZE},mode=700`, 'state', stateDir)
  return stateDir
}

function resultLine(number: number, result: RunResult, { moment, kind }: RandomPush): string {
  const status = result.breaches.length === 0 ? 'ok' : 'not ok'
  const when = 'at' in moment ? `before boundary ${moment.at}` : `after ${moment.after} ms`
  const what = result.injected
    ? `fault ${kind} injected ${when}`
    : 'no fault injected: the change was finished before'
  return `${status} ${number} - ${what}, ${result.outcome} intent, settled after ${result.recovery.toFixed(1)} s`
}

function report(results: readonly RunResult[], options: Options): number {
  const injected = results.filter((result) => result.injected)
  const broken = results.filter(({ breaches }) => breaches.length > 0).length
  const old = injected.filter(({ outcome }) => outcome === 'old').length
  const longest = Math.max(0, ...injected.map(({ recovery }) => recovery))
  console.log(`1..${results.length}`)
  console.log(
    `# ${injected.length} faults injected, ${broken} runs with a breach; ${old} ended in the old intent, ` +
      `${injected.length - old} in the new one; longest recovery ${longest.toFixed(1)} s`,
  )
  if (options.json !== undefined) {
    const { json, ...asked } = options
    const figures = { ...asked, injected: injected.length, broken, old, longest }
    writeFileSync(json, `${JSON.stringify(figures, null, 2)}\n`)
  }
  return broken
}

await main()
