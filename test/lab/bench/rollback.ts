import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeProgress } from '../../../src/core/wire/messages.js'
import { openAgentConnection, type AgentConnection } from '../topology/agent-connection.js'
import { socketIn } from '../topology/programs.js'
import { ROUTER, startBenchRouter } from './router.js'
import { row } from './row.js'
import { manyAttachments } from './thousand.js'

/**
 * How long demarcd takes to roll back a change, against applying the same change. Measured from the first
 * step, or from the decision to roll back, until the result has been read back. Prints rows of JSON.
 */

const COUNT = Number(process.argv[2] ?? 1000)
/** Seconds that a change of a thousand attachments may take under emulation. */
const PATIENCE = 900
const WINDOW = { confirmWithin: 3600, change: 'bench' }

const dir = mkdtempSync(join(tmpdir(), 'demarc-bench-'))
const router = await startBenchRouter(dir, null)
const connection = await openAgentConnection(socketIn(router.agentDir), PATIENCE)
try {
  await measure(connection)
} finally {
  connection.close()
  await router.close()
}
process.exit()

/** Adds all attachments and rolls back; then removes nine tenths of them and rolls back. */
async function measure(connection: AgentConnection): Promise<void> {
  const [all, tenth] = [COUNT, COUNT / 10].map((count) => manyAttachments(ROUTER, count))
  await apply(connection, { ...all, generation: 1 }, WINDOW)
  await rollBack(connection, 1)
  const made = `${COUNT} attachments and neighbours made`
  row(
    `${made}: rollback against apply`,
    spanOf(connection, 1, 'rolling-back'),
    spanOf(connection, 1, 'applying'),
    'ms',
  )
  await apply(connection, { ...all, generation: 2 })
  await apply(connection, { ...tenth, generation: 3 }, { ...WINDOW, maxImpact: 'traffic-loss' })
  await rollBack(connection, 3)
  const gone = `${(COUNT * 9) / 10} of ${COUNT} removed`
  row(
    `${gone}: rollback against apply`,
    spanOf(connection, 3, 'rolling-back'),
    spanOf(connection, 3, 'applying'),
    'ms',
  )
}

async function apply(
  connection: AgentConnection,
  ...change: Parameters<AgentConnection['change']>
): Promise<void> {
  const end = await connection.change(...change)
  if (!['confirmed', 'provisional'].includes(end.phase)) throw new Error(JSON.stringify(end))
}

async function rollBack(connection: AgentConnection, generation: number): Promise<void> {
  await connection.ask('change.cancel', { change: WINDOW.change })
  const end = await connection.ended(generation)
  if (end.phase !== 'rolled-back') throw new Error(JSON.stringify(end))
}

/** ms from this phase of a change to the next phase. */
function spanOf(
  { seen }: AgentConnection,
  generation: number,
  phase: ChangeProgress['phase'],
): number {
  const phases = seen.filter((progress) => progress.generation === generation)
  const index = phases.findIndex((progress) => progress.phase === phase)
  const [from, to] = [phases[index], phases[index + 1]]
  if (from === undefined || to === undefined) throw new Error(`no ${phase} of ${generation}`)
  return Date.parse(to.at) - Date.parse(from.at)
}
