import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { journalSecrets, NO_EAR, openChangePorts } from '../../../src/agent/change-world.js'
import { createEngine, type Engine } from '../../../src/agent/engine.js'
import type { RouterPorts } from '../../../src/agent/ports.js'
import { openWorld, type World } from '../../../src/agent/world.js'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import type { StateFiles } from '../../../src/edge/host/state-files.js'
import { sure } from '../../support/arbitrary-bgp.js'

/**
 * An agent without hub and loop that pushes one intent through the real engine, kernel and FRR, and
 * kills itself (SIGKILL) on the way; started once more without a push it recovers and tells how it
 * stands. `plan` is JSON in the first argument.
 */
export interface VictimPlan {
  readonly settings: string
  /** Null: only recover. */
  readonly intent: string | null
  /** Seconds; null: the change confirms itself. */
  readonly confirmWithin: number | null
  readonly death:
    /** Before the boundary of this number: a step of kernel or FRR, or a write of state. */
    | { readonly at: number }
    /** ms after the push began. */
    | { readonly after: number }
    | null
}

/** What the last line of its output says. */
export interface VictimEnd {
  /** Boundaries passed. */
  readonly boundaries: number
  readonly state: string
  readonly generation: number | null
  readonly refused: string | null
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

/** Counts boundaries and dies at the one that was chosen. */
function boundaries(fatal: number | null) {
  let passed = 0
  return {
    passed: () => passed,
    /** How many of these may still be done; fewer than all: then it is time to die. */
    cross(count: number): number {
      const left = fatal === null ? count : Math.min(count, fatal - passed)
      passed += left
      return left
    },
  }
}

type Boundaries = ReturnType<typeof boundaries>

function deadly(ports: RouterPorts, edge: Boundaries): RouterPorts {
  const { kernel, frr } = ports
  return {
    kernel: {
      ...kernel,
      async apply(steps) {
        const left = edge.cross(steps.length)
        if (left === steps.length) return kernel.apply(steps)
        await kernel.apply(steps.slice(0, left))
        die()
        return kernel.apply(steps)
      },
    },
    frr: {
      ...frr,
      async apply(step) {
        if (edge.cross(1) === 0) die()
        return frr.apply(step)
      },
      async save() {
        if (edge.cross(1) === 0) die()
        return frr.save()
      },
    },
  }
}

function deadlyFiles(files: StateFiles, edge: Boundaries): StateFiles {
  return {
    ...files,
    async write(name, text) {
      if (edge.cross(1) === 0) die()
      await files.write(name, text)
    },
    async remove(name) {
      if (edge.cross(1) === 0) die()
      await files.remove(name)
    },
  }
}

async function openEngine(plan: VictimPlan, opened: World, edge: Boundaries): Promise<Engine> {
  const settings = sure(settingsOf(plan.settings))
  const world: World = { ...opened, files: deadlyFiles(opened.files, edge) }
  const ports = await openChangePorts(settings, world, {
    ear: NO_EAR,
    unsettled: () => engine.running()?.ref.generation ?? null,
  })
  let tail: Promise<unknown> = Promise.resolve()
  const engine: Engine = createEngine({
    ...ports,
    ...journalSecrets(world),
    ports: deadly(ports.ports, edge),
    routerId: settings.agent.id,
    ceiling: 'traffic-loss',
    safety: { window: 60_000, grace: settings.safety.grace * 1000 },
    drift: 'repair',
    hubRoute: async () => null,
    hearEvery: 200,
    beat: () => undefined,
    onProgress: ({ phase }) => console.log(`phase ${phase}`),
    onDrift: ({ what, done }) => console.log(`drift ${done}: ${what.join('; ')}`),
    exclusively(deed) {
      tail = tail.then(deed)
    },
  })
  return engine
}

function settingsOf(text: string) {
  const settings = parseAgentSettings(text, 'crash.toml')
  if (!settings.ok) throw new Error(JSON.stringify(settings.faults))
  return settings.value
}

const OPEN: readonly string[] = ['applying', 'provisional', 'undoing']

/** Why the push was refused, if there was one and it was. */
async function pushed(engine: Engine, plan: VictimPlan): Promise<string | null> {
  if (plan.intent === null) return null
  const { death } = plan
  if (death !== null && 'after' in death) setTimeout(die, death.after)
  const answer = await engine.push({
    intent: JSON.parse(await readFile(plan.intent, 'utf8')),
    change: 'crash',
    confirmWithin: plan.confirmWithin,
    maxImpact: 'traffic-loss',
    probes: [],
    dryRun: false,
  })
  return answer.ok ? null : JSON.stringify(answer.faults)
}

async function main(): Promise<void> {
  const plan = JSON.parse(sure(process.argv[2])) as VictimPlan
  const settings = settingsOf(plan.settings)
  const world = await openWorld(settings)
  const { death } = plan
  const edge = boundaries(death !== null && 'at' in death ? death.at : null)
  const engine = await openEngine(plan, world, edge)
  await engine.recover()
  const refused = await pushed(engine, plan)
  await sleep(100)
  while (OPEN.includes(engine.standing().state)) await sleep(100)
  await engine.reconcile()
  const end: VictimEnd = {
    boundaries: edge.passed(),
    state: engine.standing().state,
    generation: engine.running()?.ref.generation ?? null,
    refused,
  }
  console.log(`end ${JSON.stringify(end)}`)
  process.exit(0)
}

await main()
