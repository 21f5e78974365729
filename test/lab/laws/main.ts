import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { toWant } from '../../../src/core/intent/want.js'
import type { Want } from '../../../src/core/model/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { arbitraryIntent, MANAGED_PORTS } from '../../support/intent/arbitrary-intent.js'
import type { FrrVersion } from '../peers/frr-daemons.js'
import { hostNetns } from '../topology/netns.js'
import { damage } from './damage.js'
import { buildLabRouter, LAB_UNIVERSE, type LabRouter } from './lab-router.js'
import { proveLaws, type Findings } from './pair.js'

/** Every how many pairs the plan is undone and done again, and something is damaged before it. */
const THERE_AND_BACK = 4
const DAMAGE = 5
/** Seconds for sessions to come up before the next intent. */
const PATIENCE = 8

const usage = 'usage: npm run laws -- [--pairs N] [--seed S] [--frr 8.4|10.3]'

function readArguments(): {
  readonly pairs: number
  readonly seed: number
  readonly frr: FrrVersion
} {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '20' },
      seed: { type: 'string' },
      frr: { type: 'string', default: '8.4' },
    },
  })
  const pairs = Number(values.pairs)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const { frr } = values
  if (!Number.isInteger(pairs) || pairs < 1 || !Number.isInteger(seed)) throw new Error(usage)
  if (frr !== '8.4' && frr !== '10.3') throw new Error(usage)
  return { pairs, seed, frr }
}

/** Pairs from which on at least one has a session that both intents share. */
const PROVING = 4

async function main(): Promise<void> {
  const { pairs, seed, frr } = readArguments()
  // Not the directory shared with the host, which takes no sockets; logs are copied to it at the end.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-laws-'))
  const router = await buildLabRouter(frr, dir)
  const intents = fc.sample(arbitraryIntent(LAB_UNIVERSE), { seed, numRuns: pairs })
  console.log(
    `# ${pairs} pairs, seed ${seed}, FRR ${router.frr.vtysh('show version').split('\n')[0]}`,
  )
  const started = performance.now()
  const all: Findings[] = []
  let before: Want = { links: [], bgp: [] }
  for (const [place, intent] of intents.entries()) {
    const after = wantOf(intent, router)
    const findings = await provePair(router, { place, before, after })
    all.push(findings)
    before = after
  }
  const broken = report(all, (performance.now() - started) / 1000)
  await router.close()
  const out = process.env['DEMARC_OUT']
  if (broken > 0 && out !== undefined) cpSync(dir, out, { recursive: true, filter: isLog })
  process.exit(broken === 0 ? 0 : 1)
}

function isLog(path: string): boolean {
  return !/\.\w+$/.test(path) || path.endsWith('.log')
}

async function provePair(
  router: LabRouter,
  { place, before, after }: { place: number; before: Want; after: Want },
): Promise<Findings> {
  const began = performance.now()
  const hurt = place % DAMAGE === DAMAGE - 1
  const what = hurt ? damage(hostNetns(), router.frr, before, Math.floor(place / DAMAGE)) : null
  const findings = await proveLaws(router, {
    before,
    after,
    thereAndBack: place % THERE_AND_BACK === THERE_AND_BACK - 1,
    damaged: what !== null,
    patience: PATIENCE,
  }).catch((error: unknown) => broken(error))
  const { breaches, steps, sharedSessions, promisedSessions } = findings
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const kept = `${promisedSessions} sessions kept (${sharedSessions} shared)`
  const status = breaches.length === 0 ? 'ok' : 'not ok'
  const sessions = `${findings.established} of ${findings.reachable} up`
  console.log(
    `${status} ${place + 1} - ${steps} steps, ${kept}, ${sessions}, ${seconds} s${what === null ? '' : `, after ${what}`}`,
  )
  for (const breach of breaches) console.log(`#   ${breach}`)
  return findings
}

function broken(error: unknown): Findings {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const none = { steps: 0, sharedSessions: 0, promisedSessions: 0, established: 0, reachable: 0 }
  return { ...none, breaches: [text] }
}

function wantOf(intent: Intent, { secrets }: LabRouter): Want {
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}

function report(all: readonly Findings[], seconds: number): number {
  const sum = (count: (one: Findings) => number) =>
    all.reduce((total, one) => total + count(one), 0)
  const kept = sum((one) => one.promisedSessions)
  const broken = all.filter(({ breaches }) => breaches.length > 0).length
  // Sessions that never came up cannot show that they were left alone.
  const unproven = all.length >= PROVING && kept === 0
  if (unproven) console.log('# no session was kept: nothing was proven about them')
  const failed = broken + (unproven ? 1 : 0)
  console.log(`1..${all.length}`)
  console.log(
    `# ${all.length} pairs, ${broken} with a broken law; ${sum((one) => one.steps)} steps; ` +
      `${kept} sessions kept, ${sum((one) => one.sharedSessions)} of them shared; ` +
      `${(seconds / Math.max(1, all.length)).toFixed(1)} s a pair`,
  )
  return failed
}

await main()
