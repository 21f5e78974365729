import { blockRemarks } from '../../../../src/core/frr/diff/block-remarks.js'
import { planFrr } from '../../../../src/core/frr/plan/plan.js'
import type { FrrDaemon } from '../../../../src/core/model/plan.js'
import { waitFor } from '../../process/wait.js'
import type { FrrProgram } from '../isolated-frr.js'
import { SHARED_LINES, sweptWant, type Scene } from './baseline.js'
import { linesOf, openBench, plainText, type SweepBench } from './bench.js'
import { SWEPT_NEIGHBOR, sweepPlaces, type SweepPlace } from './places.js'

/** One statement to type, and where. */
export interface SweepCase {
  readonly scene: Scene
  readonly place: SweepPlace
  readonly statement: string
}

/**
 * What came of a statement. `refused`, `silent` and `crash` are FRR's own: it did not take it, it changes nothing
 * by it, or it ended by it before demarc did anything. `repaired`: one plan took it away. `reported`: it stays,
 * and the plan says what it does. `left`: it stays, and changes nothing of the intent. `conflict`: the plan is refused
 * with a reason. `fault`: anything else.
 */
export type SweepVerdict =
  'refused' | 'silent' | 'crash' | 'repaired' | 'reported' | 'left' | 'conflict' | 'fault'

export interface SweepResult {
  readonly scene: Scene
  readonly place: string
  readonly statement: string
  readonly verdict: SweepVerdict
  /** The lines of the repair, what the plan says, or what went wrong. */
  readonly detail: string
}

/** An FRR that holds a scene, for one statement after the other. */
export interface Sweep {
  /** The statements for all settings that this FRR lists. */
  readonly cases: (scene: Scene) => Promise<readonly SweepCase[]>
  /** Types the statement, and does what demarc would do. Leaves the scene as it was. */
  readonly run: (one: SweepCase) => Promise<SweepResult>
  readonly close: () => Promise<void>
}

/** What demarc wants while it repairs. */
const wantOf = (scene: Scene) => sweptWant(100, scene)
/** What it wants after the next push: another MED. */
const nextOf = (scene: Scene) => sweptWant(200, scene)

export async function openSweep(program: FrrProgram): Promise<Sweep> {
  const bench = await openBench(program)
  let stage: Stage | undefined

  async function enter(scene: Scene): Promise<Stage> {
    if (stage?.scene !== scene) stage = await setUp(bench, scene)
    return stage
  }

  return {
    async cases(scene) {
      await enter(scene)
      const found: SweepCase[] = []
      for (const place of sweepPlaces()) {
        const list = await bench.ask(place.daemon, ['configure terminal', ...place.inside, 'list'])
        const statements = new Set(
          list.split('\n').flatMap((line) => place.statements(line.trim())),
        )
        found.push(...[...statements].map((statement) => ({ scene, place, statement })))
      }
      return found
    },
    async run(one) {
      const { scene, place, statement } = one
      const { quiet, saved } = await enter(scene)
      const judged = await judge(bench, one, quiet).catch(failed)
      const died = judged.verdict === 'crash' || (await bench.isAlive()) ? '' : 'a daemon died; '
      await leave(bench, one, { quiet, saved })
      const verdict = died === '' ? judged.verdict : 'fault'
      return { scene, place: place.name, statement, verdict, detail: `${died}${judged.detail}` }
    },
    close: bench.close,
  }
}

type Judged = Pick<SweepResult, 'verdict' | 'detail'>

function failed(error: unknown): Judged {
  return { verdict: 'fault', detail: String(error) }
}

interface Stage {
  readonly scene: Scene
  /** The configuration of each daemon, as FRR prints it. */
  readonly saved: ReadonlyMap<FrrDaemon, string>
  /** The configuration as text that two moments can be compared by. */
  readonly quiet: string
}

async function setUp(bench: SweepBench, scene: Scene): Promise<Stage> {
  await bench.restart(new Map())
  const refused = scene === 'shared' ? await bench.type('bgpd', SHARED_LINES) : null
  const done = refused ?? (await bench.reach(wantOf(scene)))
  if (done !== null) throw new Error(`the scene ${scene}: ${done}`)
  const saved = new Map<FrrDaemon, string>()
  for (const daemon of ['bgpd', 'bfdd'] as const) {
    const text = await bench.ask(daemon, ['show running-config'])
    saved.set(daemon, text.replace(/^(Building|Current) .*$/gm, ''))
  }
  return { scene, saved, quiet: plainText(await bench.read()) }
}

/** Takes the statement back, or starts the daemons anew. */
async function leave(
  bench: SweepBench,
  { scene, place, statement }: SweepCase,
  { quiet, saved }: Pick<Stage, 'quiet' | 'saved'>,
): Promise<void> {
  const isQuiet = async () => plainText(await bench.read()) === quiet
  if (await bench.isAlive()) {
    if (await isQuiet()) return
    const opposite = statement.startsWith('no ') ? statement.slice(3) : `no ${statement}`
    await bench.type(place.daemon, [...place.inside, opposite]).catch(String)
    await bench.reach(wantOf(scene)).catch(String)
    if ((await bench.isAlive()) && (await isQuiet())) return
  }
  await bench.restart(saved)
  // A daemon listens before it has read its configuration.
  await waitFor(`the scene after \`${statement}\``, isQuiet, {
    until: (quietAgain) => quietAgain,
    within: 20,
    every: 50,
  })
}

async function judge(bench: SweepBench, one: SweepCase, quiet: string): Promise<Judged> {
  const { scene, place, statement } = one
  const want = wantOf(scene)
  const typed = () => bench.type(place.daemon, [...place.inside, statement])
  const refused = await typed().catch(String)
  const have = await bench.read()
  // Some of FRR's own faults end it only when it prints what was typed.
  if (!(await bench.isAlive())) return { verdict: 'crash', detail: refused ?? '' }
  if (plainText(have) === quiet) {
    return { verdict: refused === null ? 'silent' : 'refused', detail: refused ?? '' }
  }
  const plan = planFrr(want, have)
  if (!plan.ok) {
    return { verdict: 'conflict', detail: plan.faults.map(({ message }) => message).join('; ') }
  }
  const wrong = await wrongAfter(bench, one, typed)
  if (wrong !== null) return { verdict: 'fault', detail: wrong }
  const lines = linesOf(want, have)
  if (lines.length > 0) return { verdict: 'repaired', detail: lines.join(' / ') }
  const remarks = blockRemarks(want, have).map(({ sentence }) => sentence)
  return { verdict: remarks.length > 0 ? 'reported' : 'left', detail: remarks.join('; ') }
}

/** One repair, a new neighbour beside a setting of the block, and the next push; what went wrong, or null. */
async function wrongAfter(
  bench: SweepBench,
  { scene, place }: SweepCase,
  again: () => Promise<string | null>,
): Promise<string | null> {
  const want = wantOf(scene)
  const repair = await bench.reach(want)
  if (repair !== null) return `repair: ${repair}`
  if (place.isShared) {
    await bench.type('bgpd', ['router bgp 65010', `no neighbor ${SWEPT_NEIGHBOR}`])
    const added = await bench.reach(want)
    if (added !== null) return `new neighbour: ${added}`
  }
  await again()
  const push = await bench.reach(nextOf(scene))
  return push === null ? null : `push: ${push}`
}
