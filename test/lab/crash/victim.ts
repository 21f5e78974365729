import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { journalSecrets, NO_HUB, openChangePorts } from '../../../src/agent/change-wiring.js'
import { createEngine, type Engine } from '../../../src/agent/change/engine.js'
import type { RouterPorts } from '../../../src/agent/router/ports.js'
import { openEdges, type Edges } from '../../../src/agent/edges.js'
import { parseAgentSettings } from '../../../src/core/config/agent-file.js'
import type { StateFiles } from '../../../src/edge/host/files/state-files.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

/**
 * An agent without hub and loop: the real engine, kernel and FRR. It waits for orders, one JSON line
 * each, recovers at the first, pushes what the order names, and answers `end …` when nothing is
 * under way any more; `begins` when the change does. At the boundary an order names it says `halt` and waits for a line before it
 * goes on, so that whoever gives the orders can strike there. The TOML is the first argument.
 */
export interface VictimOrder {
  /** A file; null: only recover, and see stuck changes through. */
  readonly intent: string | null
  /** Seconds; null: the change confirms itself. */
  readonly confirmWithin: number | null
  /** A step of kernel or FRR, or a write of state, counted from the order; null: none. */
  readonly haltAt: number | null
}

/** How it stands. */
export interface VictimEnd {
  readonly state: string
  readonly generation: number | null
  readonly refused: readonly string[]
  /** `CODE at: message` */
  readonly faults: readonly string[]
}

const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function nextLine(): Promise<string> {
  const next = await orders.next()
  return next.done === true ? process.exit(0) : next.value
}

/** Counts what is done to the router and the disk, and halts where it is told to. */
function boundaries() {
  let left: number | null = null
  return {
    haltAt(boundary: number | null): void {
      left = boundary
    },
    /** Crosses one after the other; `deed` does those up to a halt, or all. */
    async cross(count: number, deed: (from: number, to: number) => Promise<boolean>) {
      const before = left
      if (left !== null) left -= count
      if (before === null || before < 0 || before >= count) return void (await deed(0, count))
      if (before > 0 && !(await deed(0, before))) return
      console.log('halt')
      await nextLine()
      await deed(before, count)
    },
  }
}

type Boundaries = ReturnType<typeof boundaries>

function haltingPorts(ports: RouterPorts, edge: Boundaries): RouterPorts {
  const { kernel, frr } = ports
  async function before<T>(deed: () => Promise<T>): Promise<T> {
    await edge.cross(1, async () => true)
    return deed()
  }
  return {
    kernel: {
      ...kernel,
      async apply(steps) {
        let outcome: Awaited<ReturnType<typeof kernel.apply>> = { done: 0, fault: null }
        await edge.cross(steps.length, async (from, to) => {
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
  }
}

function haltingFiles(files: StateFiles, edge: Boundaries): StateFiles {
  const before = async (deed: () => Promise<void>): Promise<void> => {
    await edge.cross(1, async () => true)
    await deed()
  }
  return {
    ...files,
    write: (name, text) => before(() => files.write(name, text)),
    remove: (name) => before(() => files.remove(name)),
  }
}

interface Victim {
  readonly engine: Engine
  /** Deeds of the change and of the orders never overlap. */
  readonly inTurn: <T>(deed: () => Promise<T>) => Promise<T>
}

async function openVictim(edge: Boundaries): Promise<Victim> {
  const settings = settingsOf(sure(process.argv[2]))
  const opened = await openEdges(settings)
  const world: Edges = { ...opened, files: haltingFiles(opened.files, edge) }
  const ports = await openChangePorts(settings, world, {
    ear: NO_HUB,
    unsettled: () => engine.running()?.ref.generation ?? null,
  })
  let tail: Promise<unknown> = Promise.resolve()
  function inTurn<T>(deed: () => Promise<T>): Promise<T> {
    const done = tail.then(deed)
    tail = done
    return done
  }
  const engine: Engine = createEngine({
    ...ports,
    ...journalSecrets(world),
    ports: haltingPorts(ports.ports, edge),
    routerId: settings.agent.id,
    ceiling: 'traffic-loss',
    safety: { window: 60_000, grace: settings.safety.grace * 1000, drain: settings.safety.drain },
    drift: 'repair',
    hubRoute: async () => null,
    pollInterval: 200,
    onProgress({ phase, faults }) {
      console.log(phase === 'applying' ? 'begins' : `${phase} ${JSON.stringify(faults ?? [])}`)
    },
    onDrift: ({ what, done }) => console.log(`drift ${done}: ${what.join('; ')}`),
    exclusively: (deed) => void inTurn(deed),
  })
  return { engine, inTurn }
}

function settingsOf(text: string) {
  const settings = parseAgentSettings(text, 'crash.toml')
  if (!settings.ok) throw new Error(JSON.stringify(settings.faults))
  return settings.value
}

function told(faults: readonly { code: string; at: string; message: string }[]): string[] {
  return faults.map(({ code, at, message }) => `${code} ${at}: ${message}`)
}

/** Why the push was refused, if there was one and it was. */
async function pushed(engine: Engine, order: VictimOrder): Promise<readonly string[]> {
  if (order.intent === null) return []
  const answer = await engine.push({
    intent: JSON.parse(await readFile(order.intent, 'utf8')),
    change: 'crash',
    confirmWithin: order.confirmWithin,
    maxImpact: 'traffic-loss',
    probes: [],
    dryRun: false,
    adopt: false,
  })
  return answer.ok ? [] : told(answer.faults)
}

/** ms between two looks at the router, as the agent's own loop has them. */
const POLL = 2000
/** ms after which it tells how it stands whatever that is. */
const PATIENCE = 180_000
const CALM = ['in-sync', 'no-intent']

/** A change that is stuck waits for its cause to go away, which takes an order of its own. */
async function settle({ engine, inTurn }: Victim, order: VictimOrder): Promise<void> {
  const [ends, calm] = [performance.now() + PATIENCE, order.intent === null ? [] : ['stuck']]
  const over = () => [...CALM, ...calm].includes(engine.syncState().state)
  let looked = performance.now()
  do {
    await sleep(50)
    await inTurn(async () => undefined)
    if (over() || performance.now() > looked + POLL) {
      await inTurn(engine.reconcile)
      looked = performance.now()
    }
  } while (!over() && performance.now() < ends)
}

async function main(): Promise<void> {
  const edge = boundaries()
  let victim: Victim | undefined
  for (;;) {
    const order = JSON.parse(await nextLine()) as VictimOrder
    edge.haltAt(order.haltAt)
    if (victim === undefined) {
      victim = await openVictim(edge)
      await victim.inTurn(victim.engine.recover)
    }
    const { engine, inTurn } = victim
    const refused = await inTurn(() => pushed(engine, order))
    await settle(victim, order)
    edge.haltAt(null)
    const { state, faults } = engine.syncState()
    const generation = engine.running()?.ref.generation ?? null
    const end: VictimEnd = { state, generation, refused, faults: told(faults) }
    console.log(`end ${JSON.stringify(end)}`)
  }
}

await main()
