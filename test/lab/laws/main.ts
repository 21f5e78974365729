import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { toWant } from '../../../src/core/intent/want.js'
import type { Want } from '../../../src/core/model/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { arbitraryIntent, MANAGED_PORTS } from '../../support/intent/arbitrary-intent.js'
import { isFrrVersion, type FrrVersion } from '../../support/frr/frr-version.js'
import { hostNetns } from '../topology/netns.js'
import { damage } from './damage.js'
import { buildLabRouter, LAB_UNIVERSE, type LabRouter } from './lab-router.js'
import { checkLaws, type Findings } from './pair.js'

/** Every fourth change is rolled back and applied again. */
const ROLLBACK_EVERY = 4
/** Before every fifth change something on the router is damaged. */
const DAMAGE_EVERY = 5
/** Seconds for sessions to come up before the next intent. */
const PATIENCE = 8

const usage = 'usage: npm run laws -- [--pairs N] [--seed S] [--frr 8.4|10.3|10.7]'

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
  if (!isFrrVersion(frr)) throw new Error(usage)
  return { pairs, seed, frr }
}

/** From this many pairs on, at least one must have kept a session; otherwise the run shows nothing about sessions. */
const SESSION_EXPECTED = 4

async function main(): Promise<void> {
  const { pairs, seed, frr } = readArguments()
  // Not $DEMARC_OUT, which is shared with the host and takes no sockets; logs are copied there at the end.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-laws-'))
  const router = await buildLabRouter(frr, dir)
  const intents = fc.sample(arbitraryIntent(LAB_UNIVERSE), { seed, numRuns: pairs })
  console.log(
    `# ${pairs} pairs, seed ${seed}, FRR ${router.frr.vtysh('show version').split('\n')[0]}`,
  )
  const started = performance.now()
  const all: Findings[] = []
  let before: Want = { links: [], bgp: [], routes: [] }
  for (const [index, intent] of intents.entries()) {
    const after = wantOf(intent, router)
    const findings = await checkPair(router, { index, before, after })
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

async function checkPair(
  router: LabRouter,
  { index, before, after }: { index: number; before: Want; after: Want },
): Promise<Findings> {
  const started = performance.now()
  const due = index % DAMAGE_EVERY === DAMAGE_EVERY - 1
  const number = Math.floor(index / DAMAGE_EVERY)
  const damaged = due ? damage(hostNetns(), router.frr, before, number) : null
  const findings = await checkLaws(router, {
    before,
    after,
    withRollback: index % ROLLBACK_EVERY === ROLLBACK_EVERY - 1,
    damaged: damaged !== null,
    patience: PATIENCE,
  }).catch((error: unknown) => failedPair(error))
  const { breaches, steps, sharedSessions, keptSessions } = findings
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const kept = `${keptSessions} sessions kept (${sharedSessions} shared)`
  const status = breaches.length === 0 ? 'ok' : 'not ok'
  const sessions = `${findings.established} of ${findings.reachable} up`
  console.log(
    `${status} ${index + 1} - ${steps} steps, ${kept}, ${sessions}, ${seconds} s${damaged === null ? '' : `, after ${damaged}`}`,
  )
  for (const breach of breaches) console.log(`#   ${breach}`)
  return findings
}

/** A pair that threw counts as broken. */
function failedPair(error: unknown): Findings {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const none = { steps: 0, sharedSessions: 0, keptSessions: 0, established: 0, reachable: 0 }
  return { ...none, breaches: [text] }
}

function wantOf(intent: Intent, { secrets }: LabRouter): Want {
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}

function report(all: readonly Findings[], seconds: number): number {
  const sum = (count: (findings: Findings) => number) =>
    all.reduce((total, findings) => total + count(findings), 0)
  const kept = sum(({ keptSessions }) => keptSessions)
  const broken = all.filter(({ breaches }) => breaches.length > 0).length
  // A session that never came up cannot show that demarc left it alone.
  const unproven = all.length >= SESSION_EXPECTED && kept === 0
  if (unproven) console.log('# no session was kept, so the run shows nothing about sessions')
  const failed = broken + (unproven ? 1 : 0)
  console.log(`1..${all.length}`)
  console.log(
    `# ${all.length} pairs, ${broken} with a broken law; ${sum(({ steps }) => steps)} steps; ` +
      `${kept} sessions kept, ${sum(({ sharedSessions }) => sharedSessions)} of them shared; ` +
      `${(seconds / Math.max(1, all.length)).toFixed(1)} s a pair`,
  )
  return failed
}

await main()
