import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeProgress } from '../../../src/core/wire/messages.js'
import { openAgentLine, type AgentLine } from '../topology/agent-line.js'
import { socketIn } from '../topology/programs.js'
import { ROUTER, startBenchRouter } from './router.js'
import { row } from './row.js'
import { manyAttachments } from './thousand.js'

/**
 * How long demarcd takes to undo a change, against applying the same one: from the first step, or
 * the decision to undo, until it has been read back. Rows of JSON.
 */

const COUNT = Number(process.argv[2] ?? 1000)
/** s for a thousand attachments under emulation. */
const PATIENCE = 900
const WINDOW = { confirmWithin: 3600, change: 'bench' }

const dir = mkdtempSync(join(tmpdir(), 'demarc-bench-'))
const router = await startBenchRouter(dir, null)
const line = await openAgentLine(socketIn(router.agentDir), PATIENCE)
try {
  await measure(line)
} finally {
  line.close()
  await router.close()
}
process.exit()

/** From nothing and back to nothing; then from all of them to a tenth, and back to all. */
async function measure(line: AgentLine): Promise<void> {
  const [all, tenth] = [COUNT, COUNT / 10].map((count) => manyAttachments(ROUTER, count))
  await changed(line, { ...all, generation: 1 }, WINDOW)
  await undone(line, 1)
  const made = `${COUNT} attachments and neighbours made`
  row(
    `${made}: undo against apply`,
    spanOf(line, 1, 'rolling-back'),
    spanOf(line, 1, 'applying'),
    'ms',
  )
  await changed(line, { ...all, generation: 2 })
  await changed(line, { ...tenth, generation: 3 }, { ...WINDOW, maxImpact: 'traffic-loss' })
  await undone(line, 3)
  const gone = `${(COUNT * 9) / 10} of ${COUNT} removed`
  row(
    `${gone}: undo against apply`,
    spanOf(line, 3, 'rolling-back'),
    spanOf(line, 3, 'applying'),
    'ms',
  )
}

async function changed(line: AgentLine, ...order: Parameters<AgentLine['change']>): Promise<void> {
  const end = await line.change(...order)
  if (!['confirmed', 'provisional'].includes(end.phase)) throw new Error(JSON.stringify(end))
}

async function undone(line: AgentLine, generation: number): Promise<void> {
  await line.ask('change.cancel', { change: WINDOW.change })
  const end = await line.ended(generation)
  if (end.phase !== 'rolled-back') throw new Error(JSON.stringify(end))
}

/** ms from this phase of a change to the one after it. */
function spanOf({ seen }: AgentLine, generation: number, phase: ChangeProgress['phase']): number {
  const phases = seen.filter((one) => one.generation === generation)
  const place = phases.findIndex((one) => one.phase === phase)
  const [from, to] = [phases[place], phases[place + 1]]
  if (from === undefined || to === undefined) throw new Error(`no ${phase} of ${generation}`)
  return Date.parse(to.at) - Date.parse(from.at)
}
