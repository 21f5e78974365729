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
import {
  reachableNeighbors,
  sharedNeighbors,
  undisturbedNeighbors,
  waitForSessions,
} from '../laws/sessions.js'
import { hostNetns } from '../topology/netns.js'
import type { AgentCommand, AgentReport } from './agent-process.js'
import type { Agents } from './agents.js'
import { FILLER, type FaultInjection } from './fault-injection.js'

export const ONLY_RECOVER: AgentCommand = { intent: null, confirmWithin: null, pauseAt: null }

/** Seconds for sessions to come up before the next run. */
const PATIENCE = 6

export interface CrashLab {
  readonly router: LabRouter
  readonly dir: string
  readonly stateDir: string
  readonly agents: Agents
}

/** One push, and when its fault is injected: before a boundary, or ms after the start of the change. */
export interface Push {
  readonly last: Intent | null
  readonly intent: Intent
  readonly moment: { readonly at: number } | { readonly after: number }
  /** Seconds to confirm, after which the change is rolled back; null: it confirms itself. */
  readonly window: number | null
}

/** What was found after the recovery of one run. */
export interface RunResult {
  /** False: the change was finished before the moment of the fault. */
  readonly injected: boolean
  readonly outcome: 'old' | 'new'
  /** Seconds from the fault until everything was settled. */
  readonly recovery: number
  readonly breaches: readonly string[]
}

/** Pushes an intent, injects the fault in the middle, and checks what is left after the recovery. */
export async function runCrash(
  lab: CrashLab,
  push: Push,
  injection: FaultInjection,
): Promise<RunResult> {
  const { router } = lab
  const [before, after] = [wantOf(push.last, router), wantOf(push.intent, router)]
  const snapshotBefore = await readSnapshot(lab, [before, after])
  const { report, injectedAt, complaints } = await pushWithFault(lab, push, injection)
  const recovery = injectedAt === null ? 0 : (performance.now() - injectedAt) / 1000
  const outcome = report.generation === push.intent.generation ? 'new' : 'old'
  const now = outcome === 'new' ? after : before
  const snapshotAfter = await readSnapshot(lab, [before, after])
  const kept =
    injection.sessionsLost === 'all' && injectedAt !== null
      ? []
      : sessionsToKeep(before, after, snapshotBefore)
  const sessions = await waitForSessions(router.sessions, reachableNeighbors(now.bgp), PATIENCE)
  const left = await remainingSteps(now, router.ports)
  const journal = readdirSync(lab.stateDir).includes('change.json')
  const settled = report.state === 'in-sync' || report.state === 'no-intent'
  return {
    injected: injectedAt !== null,
    outcome,
    recovery,
    breaches: [
      ...complaints,
      ...(settled ? [] : [`state ${report.state}`]),
      ...(journal ? ['the journal is not empty'] : []),
      ...left.map(({ at, message }) => `neither old nor new (${outcome}): ${at}: ${message}`),
      ...unmet(now.links, snapshotAfter.links).map((text) => `unmet (${outcome}): ${text}`),
      ...differences(snapshotBefore.foreign, snapshotAfter.foreign),
      ...kept
        .filter((peer) => !sameSession(snapshotBefore.sessions.get(peer), sessions.get(peer)))
        .map((peer) => `session ${peer} was reset`),
    ],
  }
}

/** Pushes, injects the fault, removes its cause, and waits until the agent has settled. */
async function pushWithFault(
  lab: CrashLab,
  { intent, moment, window }: Push,
  injection: FaultInjection,
) {
  const { agents, dir } = lab
  let injectedAt: number | null = null
  const inject = async (): Promise<void> => {
    injectedAt = performance.now()
    await injection.inject()
    keepState(lab, intent.generation)
  }
  const file = join(dir, 'intent.json')
  writeFileSync(file, JSON.stringify(intent))
  let timer: NodeJS.Timeout | undefined
  const first = await agents.send(
    { intent: file, confirmWithin: window, pauseAt: 'at' in moment ? moment.at : null },
    {
      onStart() {
        if ('after' in moment) timer = setTimeout(() => void inject(), moment.after)
      },
      onPause: inject,
    },
  )
  clearTimeout(timer)
  await injection.recover()
  const settled = first?.state === 'in-sync' && first.refused.length === 0
  const last = settled ? first : await agents.send(ONLY_RECOVER)
  const complaints = unexplainedFaults(first, injection, injectedAt !== null)
  return { report: sure(last ?? undefined), injectedAt, complaints }
}

/** How many copies of the state directory are kept, the newest; a thousand would fill the guest. */
const KEPT = 16

/**
 * Copies the state directory at the moment of the fault, journal included, for the secret scan: the
 * journal is removed by the end of the run. An agent that still runs may remove a file meanwhile.
 */
function keepState({ dir, stateDir }: CrashLab, generation: number): void {
  const to = join(dir, 'at-fault', String(generation % KEPT))
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(stateDir).filter((file) => file !== FILLER)) {
    try {
      copyFileSync(join(stateDir, name), join(to, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** The agent may refuse a change or leave it stuck only because of the injected fault, and must name that cause. */
function unexplainedFaults(
  report: AgentReport | null,
  injection: FaultInjection,
  injected: boolean,
): readonly string[] {
  if (report === null) return []
  const faults = [...report.refused, ...(report.state === 'stuck' ? report.faults : [])]
  const named = faults.some((fault) => fault.startsWith('STATE_UNWRITABLE'))
  return injection.mayRefuse && injected && named ? [] : faults
}

/** The router's links, its sessions, and everything the change must not touch. */
async function readSnapshot({ router }: CrashLab, wants: readonly Want[]) {
  const have = await readHave(router.ports)
  const named = new Set<string>(wants.flatMap(({ links }) => links.map(({ name }) => name)))
  const foreign = foreignState(hostNetns(), await router.config(), have.links, named)
  return { have, links: have.links, foreign, sessions: await router.sessions() }
}

/** Sessions that neither the change nor its rollback may touch. */
function sessionsToKeep(
  before: Want,
  after: Want,
  { have, sessions }: { have: Awaited<ReturnType<typeof readHave>>; sessions: Uptimes },
): readonly string[] {
  const plan = planRouter(after, have)
  const undisturbed = plan.ok ? undisturbedNeighbors(before, after, plan.value.effects) : []
  const same = new Set(sharedNeighbors(before, after))
  return undisturbed.filter((neighbor) => same.has(neighbor) && sessions.has(neighbor))
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const [linesBefore, linesAfter] = [new Set(before), new Set(after)]
  return [
    ...before.filter((line) => !linesAfter.has(line)).map((line) => `foreign, gone: ${line}`),
    ...after.filter((line) => !linesBefore.has(line)).map((line) => `foreign, new: ${line}`),
  ]
}

export function wantOf(intent: Intent | null, { secrets }: LabRouter): Want {
  if (intent === null) return { links: [], bgp: [], routes: [] }
  const want = toWant(intent, { managedPorts: MANAGED_PORTS, secrets })
  if (!want.ok) throw new Error(JSON.stringify(want.faults))
  return want.value
}
