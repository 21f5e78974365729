import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openAuditFile } from '../../../src/agent/access/audit-file.js'
import { openReportQueue } from '../../../src/agent/hub/report-queue.js'
import { readLifecycles, writeLifecycles } from '../../../src/agent/lifecycle/lifecycle-file.js'
import { openLightFiles } from '../../../src/agent/optics/light-file.js'
import { openRedundancyMemories } from '../../../src/agent/redundancy/redundancy-memories.js'
import { openAddressMarks } from '../../../src/agent/router/address-marks.js'
import { openPushedSecrets } from '../../../src/agent/state/pushed-secrets.js'
import { attempt } from '../../../src/core/base/attempt.js'
import type { Fault } from '../../../src/core/base/fault.js'
import { parseJson } from '../../../src/core/base/json.js'
import { NO_RECORDS } from '../../../src/core/lifecycle/follow.js'
import { NO_LIGHT_HISTORY } from '../../../src/core/light/history.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { openVault } from '../../../src/edge/host/secrets/vault.js'
import { event } from '../../hub/bench.js'
import { intent, push } from '../../support/agent/engine.js'
import { planted } from '../../support/process/planted-secrets.js'
import { NEW, settledBench } from './disk-bench.js'

/*
 * A downgrade: each file of the state directory is one version higher than this demarc writes. It is refused or set
 * aside by its name, no octet of it is lost, and the router stays as it is.
 */

/** A bundle that went without a port for a second. */
const REDUNDANCY = {
  ...{ version: 1, connection: 'dl-a', anchor: { t: 0, wall: 0 } },
  hours: [{ hour: 0, memberSeconds: 1, losses: 1 }],
}

type Bench = Awaited<ReturnType<typeof wholeState>>

const MODULE = { vendor: 'A', vendorPart: 'B', serialNo: 'C' }
const LIGHT = {
  ...{ module: MODULE, history: NO_LIGHT_HISTORY, open: [], working: 0, baseline: null },
  ...{ formerBaselines: [], steps: [], flags: [], farEnd: null },
}

/** What reads the files beside the engine, in the order in which a start opens them. */
async function openOthers(
  dir: string,
  { log }: Pick<Awaited<ReturnType<typeof settledBench>>, 'log'>,
) {
  const files = await openStateFiles(dir)
  const vault = await openVault({ keyFile: join(dir, 'vault.key') })
  const secrets = await openPushedSecrets(files, vault, log)
  const queue = await openReportQueue(files, () => new Date(0), log)
  const marks = await openAddressMarks({ files, log }, 'this-boot')
  const lights = openLightFiles(files, log)
  await lights.read()
  await openRedundancyMemories({ files, log, clock: systemClock })
  const lifecycles = await readLifecycles(files, log)
  return { files, secrets, queue, marks, lights, lifecycles, audit: openAuditFile(files) }
}

/** A state directory with every file that an agent can have. A change is provisional. */
async function wholeState(t: Test) {
  const at = await settledBench(t)
  await at.engine.push(push(intent(2, 200), { change: 'b', confirmWithin: 60 }))
  await at.settle()
  await at.engine.cancel('b')
  await at.engine.push(push(intent(3, 100), { change: 'c' }))
  await at.settle()
  const others = await openOthers(at.dir, at)
  await others.secrets.write({ 3: { 'net-a-bgp': planted('newer') } })
  await others.queue.events([event('ONE')])
  await others.queue.events([event('TWO')])
  await others.marks.replace([
    { index: 1, address: '10.0.0.1/24', created: 1, protocol: 222 } as never,
  ])
  await others.lights.write('p1', { memory: LIGHT, anchor: { t: 0, wall: 0 } })
  writeFileSync(at.file('redundancy-dl-a.json'), JSON.stringify(REDUNDANCY))
  await writeLifecycles(others.files, { records: NO_RECORDS, taken: [] })
  await others.audit.record({
    ...{ at: '2026-12-01T00:00:00Z', actor: { kind: 'user', name: 'root' }, from: '/run/x' },
    ...{ action: 'intent.push', router: 'r1', outcome: 'done' },
  } as never)
  await at.engine.push(push(intent(4, 200), { change: 'd', confirmWithin: 60 }))
  await at.settle()
  return at
}

/** The file as a demarc of the next version might have written it. */
function raised(text: string): string {
  const header = /^(demarc change journal |demarc-sealed-)(\d+)/.exec(text)
  if (header !== null) return text.replace(header[0], `${header[1]}${Number(header[2]) + 1}`)
  const json = parseJson(text)
  if (json !== undefined) return JSON.stringify(withVersion(json))
  const lines = text.trimEnd().split('\n')
  if (lines.every((line) => parseJson(line) === undefined)) return `demarc-2 ${text}`
  return `${lines.map((line) => JSON.stringify(withVersion(parseJson(line)))).join('\n')}\n`
}

function withVersion(json: unknown): object {
  if (Array.isArray(json)) return { version: 2, entries: json as unknown[] }
  const { version = 1 } = json as { readonly version?: number }
  return { ...(json as object), version: version + 1 }
}

/** A start of the agent on the directory, up to the first look at the router: what it says, or why it ends. */
async function start(
  at: Bench,
): Promise<{ readonly ended: readonly Fault[]; readonly said: string }> {
  const opened = await attempt(async () => {
    const others = await openOthers(at.dir, at)
    const engine = await at.restart()
    // What is written from now on must not take the place of what could not be read.
    await others.queue.events([event('AFTER')])
    await others.queue.events([event('AFTER')])
    await others.marks.replace([])
    for (const generation of await at.memory().previous.generations()) {
      await at.memory().previous.read(generation)
    }
    return engine.syncState().faults
  })
  const faults = opened.ok ? opened.value : opened.faults
  return { ended: opened.ok ? [] : opened.faults, said: at.lines.join('') + JSON.stringify(faults) }
}

/** Files that nothing reads at a start: they wait for people, or for a program that knows them. */
const NOT_READ = /^rolled-back-/
/** Lines that say what happened; one that is not known is passed over and stays. */
const LINES = /^audit\.jsonl/

t.test(
  'each file one version higher is named and kept, and the router stays as it is',
  async (t) => {
    const names = readdirSync((await wholeState(t)).dir).filter(
      (name) => name !== 'change.json.damaged',
    )
    for (const [what, pattern] of namedInSource()) {
      t.ok(
        names.some((name) => pattern.test(name)),
        `${what} is in this test`,
      )
    }
    for (const name of names) {
      await t.test(name, async (t) => {
        const at = await wholeState(t)
        const newer = raised(readFileSync(at.file(name), 'utf8'))
        writeFileSync(at.file(name), newer)
        const before = [at.vlans(), at.frr.config()]
        const { ended, said } = await start(at)
        if (!NOT_READ.test(name) && !LINES.test(name)) t.match(said, name, 'named')
        const kept = [name, `${name}.damaged`].map((each) => read(at.file(each)))
        t.ok(kept.includes(newer), 'kept')
        t.strictSame([at.vlans(), at.frr.config()], before, 'the router is as it was')
        t.strictSame(at.vlans(), NEW)
        t.comment(ended.length > 0 ? `refused: ${ended[0]?.code}` : 'recovered')
      })
    }
  },
)

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Names of state files in the source of the agent, and beginnings of the names of files of one kind. */
function namedInSource(): ReadonlyMap<string, RegExp> {
  const sources = readdirSync('src/agent', { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src/agent', name), 'utf8'))
  const matches = (pattern: RegExp) =>
    sources.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name))
  const names = matches(/'([a-z-]+\.(?:json|jsonl|log|sealed|key))'/g)
  const prefixes = matches(/\bprefix: '([a-z-]+)', of: /g)
  return new Map([
    ...names.map((name) => [name, new RegExp(`^${name.replace('.', '[.]')}$`)] as const),
    ...prefixes.map((name) => [`${name}-*.json`, new RegExp(`^${name}-.+[.]json$`)] as const),
  ])
}

t.test('the log of reports is kept where their snapshot is of a newer version', async (t) => {
  const at = await wholeState(t)
  const [snapshot, log] = ['report-queue.json', 'report-queue.log'].map((name) => at.file(name))
  writeFileSync(snapshot ?? '', raised(readFileSync(snapshot ?? '', 'utf8')))
  const before = readFileSync(log ?? '', 'utf8')
  t.match(before, 'TWO')
  await start(at)
  t.equal(read(`${log}.damaged`), before)
})
