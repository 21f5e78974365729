import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { readHave } from '../../../src/agent/deeds.js'
import { planRouter } from '../../../src/agent/intents.js'
import { leftover } from '../../../src/agent/read-back.js'
import { toWant } from '../../../src/core/intent/want.js'
import type { Want } from '../../../src/core/model/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { sure } from '../../support/arbitrary-bgp.js'
import { arbitraryIntent, MANAGED_PORTS, SECRET_NAMES } from '../../support/arbitrary-intent.js'
import { unmet } from '../../support/unmet.js'
import { foreignState } from '../laws/foreign.js'
import { buildLabRouter, LAB_UNIVERSE, type LabRouter } from '../laws/lab-router.js'
import { sameSession, type Uptimes } from '../laws/provider.js'
import { promised, reachable, settled, shared } from '../laws/sessions.js'
import type { FrrVersion } from '../peers/frr-daemons.js'
import { hostNetns } from '../topology/netns.js'
import type { VictimEnd, VictimPlan } from './victim.js'

/*
 * `npm run crash -- [--kills N] [--seed S] [--frr 8.4|10.3] [--json FILE]`: random intents are pushed
 * one after the other, the agent kills itself at a random boundary or instant of each, and is started
 * again. Then the router must be entirely as the old or as the new intent says.
 */

const VICTIM = join(import.meta.dirname, 'victim.js')
const usage = 'usage: npm run crash -- [--kills N] [--seed S] [--frr 8.4|10.3] [--json FILE]'

/** Seconds for sessions to come up before the next kill. */
const PATIENCE = 6
/** Boundaries of a change of this universe; beyond its own last one it is not killed. */
const BOUNDARIES = 70
/** ms within which a random instant falls. */
const INSTANTS = 2500

interface Options {
  readonly kills: number
  readonly seed: number
  readonly frr: FrrVersion
  readonly json: string | undefined
}

function readArguments(): Options {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '10' },
      seed: { type: 'string' },
      frr: { type: 'string', default: '8.4' },
      json: { type: 'string' },
    },
  })
  const kills = Number(values.kills)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const { frr, json } = values
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Error(usage)
  if (frr !== '8.4' && frr !== '10.3') throw new Error(usage)
  return { kills, seed, frr, json }
}

/** One push that ended in death, and what was found after the recovery. */
interface Trial {
  readonly killed: boolean
  readonly outcome: 'old' | 'new'
  /** Seconds from the restart until everything was settled. */
  readonly recovery: number
  readonly breaches: readonly string[]
}

interface Bench {
  readonly router: LabRouter
  readonly dir: string
  readonly settings: string
}

async function main(): Promise<void> {
  const options = readArguments()
  // Not the directory shared with the host, which takes no sockets.
  const dir = mkdtempSync(join(tmpdir(), 'demarc-crash-'))
  const router = await buildLabRouter(options.frr, dir)
  const bench = { router, dir, settings: layState(dir, router.frr.runDir) }
  console.log(`# seed ${options.seed}, FRR ${options.frr}`)
  const random = fc.sample(
    fc.record({
      intent: arbitraryIntent(LAB_UNIVERSE),
      at: fc.nat(BOUNDARIES),
      after: fc.nat(INSTANTS),
      byInstant: fc.boolean(),
      window: fc.constantFrom(null, 2),
    }),
    { seed: options.seed, numRuns: options.kills * 3 },
  )
  const trials: Trial[] = []
  let last: Intent | null = null
  for (const [place, one] of random.entries()) {
    if (trials.filter(({ killed }) => killed).length >= options.kills) break
    const intent: Intent = { ...one.intent, generation: place + 1 }
    const death = one.byInstant ? { after: one.after } : { at: one.at }
    const trial = await tryDeath(bench, { last, intent, death, window: one.window })
    trials.push(trial)
    if (trial.outcome === 'new') last = intent
    console.log(told(trials.length, trial, death))
    for (const breach of trial.breaches) console.log(`#   ${breach}`)
  }
  const broken = report(trials, options)
  await router.close()
  const out = process.env['DEMARC_OUT']
  if (broken > 0 && out !== undefined) cpSync(dir, out, { recursive: true, filter: isLog })
  process.exit(broken === 0 ? 0 : 1)
}

function isLog(path: string): boolean {
  return !/\.\w+$/.test(path) || path.endsWith('.log')
}

function layState(dir: string, runDir: string): string {
  const secrets = join(dir, 'secrets')
  mkdirSync(secrets, { mode: 0o700 })
  for (const name of SECRET_NAMES) {
    writeFileSync(join(secrets, name), `${name}-text\n`, { mode: 0o600 })
  }
  const managed = MANAGED_PORTS.map((one) => JSON.stringify(one)).join(', ')
  return `
[agent]
id = "lab-edge-1"
[ports]
manage = [${managed}]
[frr]
run_dir = ${JSON.stringify(runDir)}
[state]
dir = ${JSON.stringify(join(dir, 'state'))}
[safety]
grace = 15
[secrets]
dir = ${JSON.stringify(secrets)}
[log]
level = "error"
`
}

async function tryDeath(
  bench: Bench,
  change: {
    readonly last: Intent | null
    readonly intent: Intent
    readonly death: NonNullable<VictimPlan['death']>
    readonly window: number | null
  },
): Promise<Trial> {
  const { router, dir, settings } = bench
  const [before, after] = [wantOf(change.last, router), wantOf(change.intent, router)]
  const eve = await look(bench, [before, after])
  const file = join(dir, 'intent.json')
  writeFileSync(file, JSON.stringify(change.intent))
  const { death, window: confirmWithin } = change
  const first = await run({ settings, intent: file, confirmWithin, death })
  const began = performance.now()
  const second =
    first.end ?? (await run({ settings, intent: null, confirmWithin: null, death: null })).end
  const recovery = (performance.now() - began) / 1000
  const end = sure(second ?? undefined)
  const outcome = end.generation === change.intent.generation ? 'new' : 'old'
  const now = outcome === 'new' ? after : before
  const later = await look(bench, [before, after])
  const kept = stands(before, after, eve)
  const sessions = await settled(router.sessions, reachable(now.bgp), PATIENCE)
  const left = await leftover(now, router.ports)
  const journal = readdirSync(join(dir, 'state')).includes('change.json')
  return {
    killed: first.end === null,
    outcome,
    recovery: first.end === null ? recovery : 0,
    breaches: [
      ...(end.refused === null ? [] : [`refused: ${end.refused}`]),
      ...(end.state === 'settled' || end.state === 'no-intent' ? [] : [`state ${end.state}`]),
      ...(journal ? ['the journal is not empty'] : []),
      ...left.map(({ at, message }) => `neither old nor new (${outcome}): ${at}: ${message}`),
      ...unmet(now.links, later.links).map((one) => `unmet (${outcome}): ${one}`),
      ...differences(eve.foreign, later.foreign),
      ...kept
        .filter((each) => !sameSession(eve.sessions.get(each), sessions.get(each)))
        .map((each) => `session ${each} was reset`),
    ],
  }
}

/** What the world looks like apart from what the change is about. */
async function look({ router }: Bench, wants: readonly Want[]) {
  const have = await readHave(router.ports)
  const named = new Set<string>(wants.flatMap(({ links }) => links.map(({ name }) => name)))
  const foreign = foreignState(hostNetns(), await router.config(), have.links, named)
  return { have, links: have.links, foreign, sessions: await router.sessions() }
}

/** Sessions that neither the way there nor the way back may touch. */
function stands(
  before: Want,
  after: Want,
  { have, sessions }: { have: Awaited<ReturnType<typeof readHave>>; sessions: Uptimes },
): readonly string[] {
  const plan = planRouter(after, have)
  const calm = plan.ok ? promised(before, after, plan.value.effects) : []
  const same = new Set(shared(before, after))
  return calm.filter((each) => same.has(each) && sessions.has(each))
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const [was, is] = [new Set(before), new Set(after)]
  return [
    ...before.filter((line) => !is.has(line)).map((line) => `foreign, gone: ${line}`),
    ...after.filter((line) => !was.has(line)).map((line) => `foreign, new: ${line}`),
  ]
}

/** `end` is null when it died. */
async function run(plan: VictimPlan): Promise<{ readonly end: VictimEnd | null }> {
  const child = spawn(process.execPath, ['--enable-source-maps', VICTIM, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (signal === 'SIGKILL') return { end: null }
  const text = /^end (.*)$/m.exec(output)?.[1]
  if (status !== 0 || text === undefined)
    throw new Error(`the agent ended with ${status}: ${output}`)
  return { end: JSON.parse(text) as VictimEnd }
}

function wantOf(intent: Intent | null, { secrets }: LabRouter): Want {
  if (intent === null) return { links: [], bgp: [] }
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}

function told(place: number, trial: Trial, death: NonNullable<VictimPlan['death']>): string {
  const status = trial.breaches.length === 0 ? 'ok' : 'not ok'
  const where = 'at' in death ? `before boundary ${death.at}` : `after ${death.after} ms`
  const how = trial.killed ? `killed ${where}` : 'not killed: it was done before'
  return `${status} ${place} - ${how}, ${trial.outcome} intent, recovered in ${trial.recovery.toFixed(1)} s`
}

function report(trials: readonly Trial[], options: Options): number {
  const killed = trials.filter((one) => one.killed)
  const broken = trials.filter(({ breaches }) => breaches.length > 0).length
  const old = killed.filter(({ outcome }) => outcome === 'old').length
  const longest = Math.max(0, ...killed.map(({ recovery }) => recovery))
  console.log(`1..${trials.length}`)
  console.log(
    `# ${killed.length} kills, ${broken} with a breach; ${old} ended in the old intent, ` +
      `${killed.length - old} in the new one; longest recovery ${longest.toFixed(1)} s`,
  )
  if (options.json !== undefined) {
    const { kills, seed, frr } = options
    const figures = { kills, seed, frr, killed: killed.length, broken, old, longest }
    writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`)
  }
  return broken
}

await main()
