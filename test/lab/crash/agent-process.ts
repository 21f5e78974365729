import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { NO_HUB, openChangePorts } from '../../../src/agent/change-wiring.js'
import { createEngine, type Engine } from '../../../src/agent/change/engine.js'
import type { RouterPorts } from '../../../src/agent/router/ports.js'
import { readPushed } from '../../../src/agent/router/want.js'
import { openEdges, type Edges } from '../../../src/agent/edges.js'
import { millis, seconds, toMillis } from '../../../src/core/base/time.js'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import { sha256 } from '../../../src/edge/host/facts/identity.js'
import type { StateFiles } from '../../../src/edge/host/files/state-files.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

/**
 * The agent that faults are injected into: the real engine, kernel and FRR, without the hub and without
 * the agent's loop. The first argument is its settings as TOML. It reads commands from standard input,
 * one JSON line each; at the first it recovers what an earlier process left. For each command it pushes
 * the intent and prints `started` when the change starts, `paused` at the boundary of `pauseAt`, where
 * it waits for a line on standard input, and `report …` with an AgentReport when nothing runs any more.
 */
export interface AgentCommand {
  /** The path of an intent; null: only recover, and finish stuck changes. */
  readonly intent: string | null
  /** Seconds; null: the change confirms itself. */
  readonly confirmWithin: number | null
  /** How many boundaries to pass before the pause; null: no pause. A boundary is a step of kernel or FRR, or a write of state. */
  readonly pauseAt: number | null
}

/** The state of the agent after a command. */
export interface AgentReport {
  readonly state: string
  readonly generation: number | null
  /** Faults of the push when it was refused: `CODE at: message`. */
  readonly refused: readonly string[]
  /** Faults of the state: `CODE at: message`. */
  readonly faults: readonly string[]
}

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function nextLine(): Promise<string> {
  const next = await input.next()
  return next.done === true ? process.exit(0) : next.value
}

/** Counts steps and writes, and pauses before the one that the command names. */
function createBoundaries() {
  let left: number | null = null
  return {
    pauseAt(boundary: number | null): void {
      left = boundary
    },
    /** Runs `count` steps; `task` does those up to a pause, or all, and returns false to stop. */
    async cross(count: number, task: (from: number, to: number) => Promise<boolean>) {
      const before = left
      if (left !== null) left -= count
      if (before === null || before < 0 || before >= count) return void (await task(0, count))
      if (before > 0 && !(await task(0, before))) return
      console.log('paused')
      await nextLine()
      await task(before, count)
    },
  }
}

type Boundaries = ReturnType<typeof createBoundaries>

function pausingPorts(ports: RouterPorts, boundaries: Boundaries): RouterPorts {
  const { kernel, frr, sleep } = ports
  async function before<T>(task: () => Promise<T>): Promise<T> {
    await boundaries.cross(1, async () => true)
    return task()
  }
  return {
    kernel: {
      ...kernel,
      async apply(steps) {
        let outcome: Awaited<ReturnType<typeof kernel.apply>> = { done: 0, fault: null }
        await boundaries.cross(steps.length, async (from, to) => {
          const part = await kernel.apply(steps.slice(from, to))
          outcome = { ...part, done: outcome.done + part.done }
          return part.fault === null
        })
        return outcome
      },
    },
    frr: {
      ...frr,
      apply: (step) => before(() => frr.apply(step)),
      save: () => before(frr.save),
    },
    sleep,
  }
}

function pausingFiles(files: StateFiles, boundaries: Boundaries): StateFiles {
  const before = async (task: () => Promise<void>): Promise<void> => {
    await boundaries.cross(1, async () => true)
    await task()
  }
  return {
    ...files,
    write: (name, text) => before(() => files.write(name, text)),
    remove: (name) => before(() => files.remove(name)),
  }
}

interface Agent {
  readonly engine: Engine
  /** Runs one task at a time, those of the change and those of the commands. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>
}

async function openAgent(boundaries: Boundaries): Promise<Agent> {
  const settings = settingsOf(sure(process.argv[2]))
  const opened = await openEdges(settings)
  const edges: Edges = { ...opened, files: pausingFiles(opened.files, boundaries) }
  const { ports } = await openChangePorts(settings, edges, {
    hub: NO_HUB,
    unsettled: () => engine.running()?.ref.generation ?? null,
  })
  let tail: Promise<unknown> = Promise.resolve()
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = tail.then(task)
    tail = done
    return done
  }
  const { router } = ports
  const { grace, drain } = settings.safety
  const engine: Engine = createEngine({
    ...ports,
    router: { ...router, ports: pausingPorts(router.ports, boundaries) },
    routerId: settings.agent.id,
    limits: {
      window: millis(60_000),
      grace: toMillis(seconds(grace)),
      drain: seconds(drain),
    },
    schedule: {
      exclusively: (task) => void inTurn(task),
      pollInterval: millis(200),
      signal: new AbortController().signal,
    },
    drift: {
      policy: 'repair',
      onDrift: ({ what, done }) => console.log(`drift ${done}: ${what.join('; ')}`),
    },
    onProgress({ phase, faults }) {
      console.log(phase === 'applying' ? 'started' : `${phase} ${JSON.stringify(faults ?? [])}`)
    },
  })
  return { engine, inTurn }
}

function settingsOf(text: string) {
  const settings = parseAgentSettings(text, 'crash.toml')
  if (!settings.ok) throw new Error(JSON.stringify(settings.faults))
  return settings.value
}

function faultTexts(faults: readonly { code: string; at: string; message: string }[]): string[] {
  return faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
}

/** Pushes the command's intent, if it has one; returns the faults of a refusal. */
async function pushIntent(engine: Engine, command: AgentCommand): Promise<readonly string[]> {
  if (command.intent === null) return []
  const kept = readPushed(JSON.parse(await readFile(command.intent, 'utf8')), sha256)
  if (!kept.ok) return faultTexts(kept.faults)
  const answer = await engine.push({
    kept: kept.value,
    change: 'crash',
    confirmWithin: command.confirmWithin === null ? null : seconds(command.confirmWithin),
    maxImpact: 'traffic-loss',
    probes: [],
    dryRun: false,
    adopt: false,
  })
  return answer.ok ? [] : faultTexts(answer.faults)
}

/** ms between two reconciliations, as in the agent's own loop. */
const POLL = 2000
/** ms after which the agent reports its state even if it has not settled. */
const PATIENCE = 180_000
const SETTLED = ['in-sync', 'no-intent']

/** Waits until no change runs. A stuck change ends the wait as well, except after a command that only recovers. */
async function settle({ engine, inTurn }: Agent, command: AgentCommand): Promise<void> {
  const deadline = performance.now() + PATIENCE
  const states = [...SETTLED, ...(command.intent === null ? [] : ['stuck'])]
  const settled = () => states.includes(engine.syncState().state)
  let reconciledAt = performance.now()
  do {
    await sleep(50)
    await inTurn(async () => undefined)
    if (settled() || performance.now() > reconciledAt + POLL) {
      await inTurn(engine.reconcile)
      reconciledAt = performance.now()
    }
  } while (!settled() && performance.now() < deadline)
}

async function main(): Promise<void> {
  const boundaries = createBoundaries()
  let agent: Agent | undefined
  for (;;) {
    const command = JSON.parse(await nextLine()) as AgentCommand
    boundaries.pauseAt(command.pauseAt)
    if (agent === undefined) {
      agent = await openAgent(boundaries)
      await agent.inTurn(agent.engine.recover)
    }
    const { engine, inTurn } = agent
    const refused = await inTurn(() => pushIntent(engine, command))
    await settle(agent, command)
    boundaries.pauseAt(null)
    const { state, faults } = engine.syncState()
    const generation = engine.running()?.ref.generation ?? null
    const report: AgentReport = { state, generation, refused, faults: faultTexts(faults) }
    console.log(`report ${JSON.stringify(report)}`)
  }
}

await main()
