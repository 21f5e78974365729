import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readHave } from '../../../src/agent/router/steps.js'
import { planRouter } from '../../../src/core/router/plan.js'
import { remainingSteps } from '../../../src/agent/router/converge.js'
import { toWant } from '../../../src/core/intent/want.js'
import type { Want } from '../../../src/core/model/plan.js'
import type { Intent } from '../../../src/core/wire/intent.js'
import { MANAGED_PORTS } from '../../support/intent/arbitrary-intent.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'
import { unmet } from '../../support/kernel/unmet.js'
import { foreignState } from '../laws/foreign.js'
import type { LabRouter } from '../laws/lab-router.js'
import { sameSession, type Uptimes } from '../laws/provider.js'
import { promised, reachable, settled, shared } from '../laws/sessions.js'
import { hostNetns } from '../topology/netns.js'
import type { Agents } from './agents.js'
import { FILLER, type Blow } from './blows.js'
import type { VictimEnd, VictimOrder } from './victim.js'

export const ONLY_RECOVER: VictimOrder = { intent: null, confirmWithin: null, haltAt: null }

/** Seconds for sessions to come up before the next trial. */
const PATIENCE = 6

export interface Bench {
  readonly router: LabRouter
  readonly dir: string
  readonly stateDir: string
  readonly agents: Agents
}

/** One push and when it is struck: before a boundary, or ms after its first step. */
export interface Push {
  readonly last: Intent | null
  readonly intent: Intent
  readonly moment: { readonly at: number } | { readonly after: number }
  /** Seconds to confirm, which nobody does; null: it confirms itself. */
  readonly window: number | null
}

/** One push that was struck, and what was found after the recovery. */
export interface Trial {
  readonly struck: boolean
  readonly outcome: 'old' | 'new'
  /** Seconds from the blow until everything was settled. */
  readonly recovery: number
  readonly breaches: readonly string[]
}

export async function tryBlow(bench: Bench, push: Push, blow: Blow): Promise<Trial> {
  const { router } = bench
  const [before, after] = [wantOf(push.last, router), wantOf(push.intent, router)]
  const eve = await look(bench, [before, after])
  const { end, struckAt, says } = await struckPush(bench, push, blow)
  const recovery = struckAt === null ? 0 : (performance.now() - struckAt) / 1000
  const outcome = end.generation === push.intent.generation ? 'new' : 'old'
  const now = outcome === 'new' ? after : before
  const later = await look(bench, [before, after])
  const kept = blow.ends === 'every session' && struckAt !== null ? [] : stands(before, after, eve)
  const sessions = await settled(router.sessions, reachable(now.bgp), PATIENCE)
  const left = await remainingSteps(now, router.ports)
  const journal = readdirSync(bench.stateDir).includes('change.json')
  return {
    struck: struckAt !== null,
    outcome,
    recovery,
    breaches: [
      ...says,
      ...(end.state === 'in-sync' || end.state === 'no-intent' ? [] : [`state ${end.state}`]),
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

/** Pushes, strikes, mends, and waits until the agent has settled. */
async function struckPush(bench: Bench, { intent, moment, window }: Push, blow: Blow) {
  const { agents, dir } = bench
  let struckAt: number | null = null
  const strike = async (): Promise<void> => {
    struckAt = performance.now()
    await blow.strike()
    keepState(bench, intent.generation)
  }
  const file = join(dir, 'intent.json')
  writeFileSync(file, JSON.stringify(intent))
  let timer: NodeJS.Timeout | undefined
  const first = await agents.order(
    { intent: file, confirmWithin: window, haltAt: 'at' in moment ? moment.at : null },
    {
      onBegin() {
        if ('after' in moment) timer = setTimeout(() => void strike(), moment.after)
      },
      onHalt: strike,
    },
  )
  clearTimeout(timer)
  await blow.mend()
  const calm = first?.state === 'in-sync' && first.refused.length === 0
  const last = calm ? first : await agents.order(ONLY_RECOVER)
  return { end: sure(last ?? undefined), struckAt, says: misSaid(first, blow, struckAt !== null) }
}

/** Blows whose state is kept, the newest ones: a thousand would fill the guest. */
const KEPT = 16

/**
 * The journal and all else that was written down when the blow fell, for the hunt for secrets: by the
 * end of the trial the journal is gone. An agent that lives on may take a file away meanwhile.
 */
function keepState({ dir, stateDir }: Bench, generation: number): void {
  const to = join(dir, 'struck', String(generation % KEPT))
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(stateDir).filter((each) => each !== FILLER)) {
    try {
      copyFileSync(join(stateDir, name), join(to, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** A refusal or a stuck change only where there is a reason, and then by its name. */
function misSaid(end: VictimEnd | null, blow: Blow, struck: boolean): readonly string[] {
  if (end === null) return []
  const said = [...end.refused, ...(end.state === 'stuck' ? end.faults : [])]
  const excused = blow.refuses && struck && said.some((one) => one.startsWith('STATE_UNWRITABLE'))
  return excused ? [] : said
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

export function wantOf(intent: Intent | null, { secrets }: LabRouter): Want {
  if (intent === null) return { links: [], bgp: [] }
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}
