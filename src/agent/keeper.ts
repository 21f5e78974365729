import { fault, type Fault } from '../core/base/fault.js'
import {
  decideDrift,
  NO_DRIFT,
  repairedDrift,
  sawDrift,
  type DriftDecision,
} from '../core/change/drift.js'
import type { Have, Plan, Want } from '../core/model/plan.js'
import { doSteps, readHave } from './deeds.js'
import type { ChangePorts } from './change-deeds.js'
import { planRouter, wantOf } from './intents.js'
import type { KeptIntent } from './kept-intent.js'
import { leftover } from './read-back.js'
import type { Standing } from './standing.js'
import { describeStep } from './summary.js'
import { written } from './written.js'

/** Holds the router to an intent between changes. */
export interface Keeper {
  /** `have` is null where something differed, so that what was read is old. */
  readonly look: (kept: KeptIntent) => Promise<{ have: Have | null; standing: Standing }>
}

export interface KeeperOptions extends Pick<
  ChangePorts,
  'ports' | 'context' | 'clock' | 'memory' | 'bootId'
> {
  readonly drift: 'repair' | 'report'
  /** The loop found a difference that no change made, and what it did about it. */
  readonly onDrift: (drift: DriftNews) => void
}

/** A difference that no change of ours made. */
export interface DriftNews {
  readonly what: readonly string[]
  readonly done: 'repaired' | 'left' | 'failed'
  readonly faults: readonly Fault[]
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { ports, context, clock, onDrift, bootId } = options
  let memory = NO_DRIFT
  let told = ''

  async function look(kept: KeptIntent) {
    const want = await wantOf(kept.intent, context)
    if (!want.ok) return { have: null, standing: failed(want.faults) }
    const have = await readHave(ports)
    const plan = planRouter(want.value, have)
    if (!plan.ok) return { have: null, standing: failed(plan.faults) }
    const what = plan.value.steps.map(({ step }) => describeStep(step))
    memory = sawDrift(memory, what, clock.now())
    if (what.length === 0) {
      told = ''
      await settled()
      return { have, standing: { state: 'settled', faults: [] } as const }
    }
    const decision = decideDrift(policy(), memory, clock.now())
    const standing =
      decision.do === 'repair' ? await repair(want.value, plan.value, what) : leave(decision, what)
    return { have: null, standing }
  }

  /** After a reboot nothing is there, which is nobody's doing: it is made whatever the policy. */
  function policy(): KeeperOptions['drift'] {
    return options.memory.settledBoot() === bootId ? options.drift : 'repair'
  }

  async function settled(): Promise<void> {
    if (options.memory.settledBoot() === bootId) return
    await written(() => options.memory.rememberSettled(bootId))
  }

  async function repair(want: Want, plan: Plan, what: readonly string[]): Promise<Standing> {
    const refusal = await doSteps(
      plan.steps.map(({ step }) => step),
      ports,
    )
    const faults = refusal === null ? await leftover(want, ports) : [refusal]
    memory = repairedDrift(memory, what, clock.now())
    told = ''
    onDrift({ what, done: faults.length === 0 ? 'repaired' : 'failed', faults })
    return { state: faults.length === 0 ? 'settled' : 'differs', faults }
  }

  function leave(
    decision: Exclude<DriftDecision, { do: 'repair' }>,
    what: readonly string[],
  ): Standing {
    const faults = what.map((one) => drifted(one, decision))
    const news = what.join('\n')
    if (news !== told) onDrift({ what, done: 'left', faults })
    told = news
    return { state: 'differs', faults }
  }

  function drifted(what: string, decision: DriftDecision): Fault {
    const [now, wall] = [clock.now(), clock.wall().getTime()]
    const instant = (at: number): string => new Date(wall - (now - at)).toISOString()
    const since = instant(memory.since.get(what) ?? now)
    const then =
      decision.do === 'hold'
        ? `somebody undoes the repair; the next one is made at ${instant(decision.until)}`
        : 'drift = "report" leaves the repair to you: demarc apply the intent under a higher generation, or undo it by hand'
    return fault('DRIFT', 'router', `since ${since} this is to do: ${what}; ${then}`)
  }

  return { look }
}

function failed(faults: readonly Fault[]): Standing {
  return { state: 'failed', faults }
}
