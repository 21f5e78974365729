import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { waitFor } from '../../support/process/wait.js'
import { buildScene, ROUTER } from '../topology/customer-edge.js'
import { exampleIntent, HUB_ADDRESS, inBandIntent } from '../topology/interconnect.js'
import { DIST, type AgentProcess } from '../topology/programs.js'

/** A change that breaks something is rolled back, and so is the change of an agent that hangs. */

const out = process.env['DEMARC_OUT'] ?? '/tmp'
const scene = await buildScene({
  dir: out,
  frr: '8.4',
  safety: '[safety]\ngrace = 12\ndrain = 0\n',
})
let agent: AgentProcess = scene.agent
t.teardown(async () => {
  await agent.stop('SIGKILL')
  await scene.remove()
})

const Status = z.looseObject({
  state: z.string(),
  running: z.looseObject({ generation: z.number() }).nullable(),
  change: z
    .looseObject({
      phase: z.string(),
      generation: z.number(),
      restored: z.boolean().optional(),
      faults: z.array(z.looseObject({ code: z.string(), at: z.string() })).optional(),
    })
    .nullable(),
})
type StatusReport = z.output<typeof Status>

const journal = join(out, 'agent', 'state', 'change.json')

function status(): StatusReport | undefined {
  const { stdout } = agent.demarc('--json', 'status')
  try {
    return Status.parse(JSON.parse(stdout))
  } catch {
    return undefined
  }
}

async function push(intent: object): Promise<void> {
  const path = `/v1/routers/${ROUTER}/intent`
  const { status: code, body } = await scene.hub.api('PUT', path, intent)
  if (code >= 300) throw new Error(JSON.stringify(body))
}

/** `inBandIntent` without BFD: a session that is cut stays Established for its hold time of 30 s. */
function patientIntent(generation: number, vlanId: number) {
  const [netA, lab] = inBandIntent(generation, vlanId).attachments
  const bgp = netA?.bgp?.map(({ bfd: _, ...neighbor }) => neighbor)
  return { ...inBandIntent(generation, vlanId), attachments: [{ ...netA, bgp }, lab] }
}

function waitForPhase(generation: number, phase: string): Promise<StatusReport | undefined> {
  return waitFor(`generation ${generation} ${phase}`, status, {
    until: (seen) => seen?.change?.generation === generation && seen.change.phase === phase,
    within: 120,
    every: 1000,
  })
}

function faultsOf(seen: StatusReport | undefined): string[] {
  return (seen?.change?.faults ?? []).map(({ code, at }) => `${code} ${at}`)
}

function sessionUp(): Promise<unknown> {
  return waitFor('BIRD has the session', () => scene.bird.session('10.0.0.2'), {
    until: (session) => session?.established === true,
    within: 120,
  })
}

function links(): string {
  return scene.customer.run('ip', '-br', 'link', 'show')
}

function linkNames(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').map((line) => (line.split(/[@ ]/)[0] ?? '').trim()))
}

t.test('a working intent, with the route to the hub through the attachment', async (t) => {
  await waitFor('the agent connects', () => scene.hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) =>
      z.looseObject({ connected: z.boolean() }).safeParse(body).data?.connected === true,
    within: 90,
  })
  await push(patientIntent(1, 100))
  await waitForPhase(1, 'confirmed')
  await sessionUp()
  await waitFor(
    'the route to the hub',
    () => scene.customer.run('ip', 'route', 'get', HUB_ADDRESS),
    {
      until: (text) => text.includes('dl-par.100'),
      within: 60,
    },
  )
  scene.customer.run('ip', 'route', 'del', '192.0.2.0/30', 'dev', 'mgmt0')
  t.match(scene.customer.run('ip', 'route', 'get', HUB_ADDRESS), /dl-par\.100/)
})

t.test('a push that cuts the hub’s own path and the session is rolled back', async (t) => {
  await push(patientIntent(2, 101))
  const seen = await waitForPhase(2, 'rolled-back')
  t.strictSame(faultsOf(seen).sort(), [
    'CHANGE_UNHEALTHY hub',
    'CHANGE_UNHEALTHY neighbor 10.0.0.1',
  ])
  t.match(links(), /dl-par\.100@/)
  t.notMatch(links(), /dl-par\.101@/)
  await sessionUp()
  const Router = z.looseObject({ running: z.looseObject({ generation: z.number() }).nullable() })
  await waitFor('the hub has the report', () => scene.hub.api('GET', `/v1/routers/${ROUTER}`), {
    until: ({ body }) => Router.safeParse(body).data?.running?.generation === 1,
    within: 120,
  })
})

t.test('an unexpected cut of a session rolls back a change that does not touch it', async (t) => {
  const session = 'neighbor 10.0.0.1'
  const { connections, attachments } = patientIntent(3, 100)
  const [netA, lab] = attachments
  const accept = [{ rule: 'outscale/mtu', reason: 'the network of the lab is its own' }]
  scene.provider.run('ip', 'link', 'set', 'bond0.100', 'down')
  const { stdout, stderr } = apply({
    ...patientIntent(3, 100),
    connections: connections.map((connection) => ({ ...connection, accept })),
    attachments: [netA, { ...lab, mtu: 1400 }],
  })
  t.match(stdout, /CHANGE_UNHEALTHY {2}neighbor 10\.0\.0\.1/, stderr)
  t.strictSame(faultsOf(status()), [`CHANGE_UNHEALTHY ${session}`])
  const seen = await waitFor('the state after the rollback is verified', status, {
    until: (report) => report?.change?.restored !== undefined,
    within: 60,
    every: 1000,
  })
  t.strictSame(faultsOf(seen), [
    `CHANGE_UNHEALTHY ${session}`,
    `CHANGE_NOT_RESTORED ${session}`,
    // The path to the hub uses the same VLAN.
    'CHANGE_NOT_RESTORED hub',
  ])
  t.equal(seen?.change?.restored, false, 'a rollback cannot repair the far end')
  scene.provider.run('ip', 'link', 'set', 'bond0.100', 'up')
  await sessionUp()
})

function apply(intent: object, ...terms: readonly string[]) {
  const file = join(out, 'intent.json')
  writeFileSync(file, JSON.stringify(intent))
  return agent.demarc('apply', file, ...terms)
}

/** Applies with the command, so that the hub does not confirm the change. */
function applyProvisional(generation: number, seconds: number): void {
  const intent = { ...exampleIntent(generation), attachments: [] }
  const answer = apply(intent, '--confirm', `${seconds}s`)
  if (answer.status !== 0) throw new Error(`${answer.stdout}${answer.stderr}`)
}

/** Runs demarc-rollback every 2 s, as its timer does, until the journal is gone. */
async function runRollbackTimer(): Promise<void> {
  const config = join(out, 'agent', 'demarc.toml')
  await waitFor(
    'demarc-rollback has rolled the change back',
    async () => {
      const rollback = scene.customer.start(
        join(out, 'rollback.log'),
        ...[process.execPath, join(DIST, 'demarc-rollback.js'), '--config', config],
      )
      await new Promise((resolve) => rollback.once('exit', resolve))
      return existsSync(journal)
    },
    { until: (exists) => !exists, within: 120, every: 2000 },
  )
}

t.test('demarc-rollback rolls back the change of an agent that hangs', async (t) => {
  const before = links()
  applyProvisional(10, 5)
  t.notMatch(links(), /dl-par\.100@/, 'the attachments are gone')
  agent.process.kill('SIGSTOP')
  await runRollbackTimer()
  t.match(links(), /dl-par\.100@/)
  t.strictSame(linkNames(links()), linkNames(before))
  await sessionUp()
  await waitFor('the agent has ended', () => agent.process.signalCode, {
    until: (code) => code !== null,
    within: 30,
  })
  agent = await scene.startAgent()
  const seen = await waitForPhase(10, 'rolled-back')
  t.equal(seen?.running?.generation, 1)
})
