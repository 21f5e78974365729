import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { exportAnswer } from '../../../src/agent/router/export.js'
import { ok } from '../../../src/core/base/result.js'
import { LIMITS } from '../../../src/core/wire/limits.js'
import { AGENT_METHODS } from '../../../src/core/wire/messages.js'
import { showRefusal, type Context } from '../../../src/cli/command/context.js'
import { EXIT } from '../../../src/edge/host/program.js'
import { writeIntent } from '../../../src/cli/verbs/export.js'
import { serveLocal } from '../../../src/edge/socket/local.js'
import { bench, intent, push } from '../../support/agent/engine.js'
import { exportOf } from '../../support/intent/hand-configured.js'
import { fakePort } from '../../support/kernel/fake-kernel.js'

/** A socket's path is short (unix(7)). */
const room = mkdtempSync(join(tmpdir(), 'demarc-'))
t.teardown(() => rmSync(room, { recursive: true }))

/** `demarc export` at the socket of an agent: its exit code and what it prints where. */
async function verb(socket: string, json: boolean) {
  const printed = { out: [] as string[], err: [] as string[] }
  const context: Context = {
    json,
    socket,
    configFile: '/nonexistent',
    outputClosed: new AbortController().signal,
    out: (text) => void printed.out.push(text),
    err: (text) => void printed.err.push(text),
  }
  const exit = await writeIntent(context).catch((error: unknown) => showRefusal(context, error))
  return { exit, ...printed }
}

t.test('what `demarc export` prints of a router is what `demarc adopt` takes', async (t) => {
  const { engine, settle, kernel } = await bench(t)
  const path = join(room, 'agent.sock')
  const door = await serveLocal({
    path,
    mine: AGENT_METHODS,
    theirs: {},
    handlers: () => ({
      async 'router.export'() {
        const exported = await engine.exportIntent()
        return exported.ok ? ok(exportAnswer(exported.value)) : exported
      },
    }),
  })
  t.teardown(door.close)
  await engine.push(push(intent(6)))
  await settle()

  await t.test('while an intent runs, with the next generation and nothing to do', async (t) => {
    const { exit, out, err } = await verb(path, false)
    t.equal(exit, EXIT.done)
    t.strictSame(err, [])
    const document: unknown = JSON.parse(out.join('\n'))
    t.match(document, { generation: 7, connections: [{ name: 'dl' }] })
    const planned = await engine.push(push(document, { dryRun: true }))
    t.match(planned, { ok: true, value: { plan: { stepCount: 0 } } })
  })

  await t.test('after a release, above the generation that was cancelled', async (t) => {
    const cancelled = push(
      { ...intent(8), attachments: [] },
      { confirmWithin: 60, change: 'cancelled' },
    )
    t.ok((await engine.push({ ...cancelled, maxImpact: 'traffic-loss' })).ok)
    await settle()
    t.ok((await engine.cancel('cancelled')).ok)
    await settle()
    t.ok((await engine.release()).ok)
    const { exit, out, err } = await verb(path, false)
    t.equal(exit, EXIT.done)
    t.match(err, [/^neighbor 10\.0\.0\.1: its password is not exported: /, /^router: its role/])
    const before = kernel.links().map(({ name, up, mtu }) => ({ name, up, mtu }))
    t.match(JSON.parse(out.join('\n')), { generation: 9 })
    const text = out.join('\n').replaceAll('bgp-10-0-0-1', 'key')
    const adopted = await engine.push(push(JSON.parse(text), { adopt: true, maxImpact: 'soft' }))
    t.ok(adopted.ok)
    await settle()
    t.match(engine.syncState(), { state: 'in-sync', faults: [] })
    t.strictSame(
      kernel.links().map(({ name, up, mtu }) => ({ name, up, mtu })),
      before,
    )
  })

  await t.test('for programs as one object', async (t) => {
    const { exit, out, err } = await verb(path, true)
    t.equal(exit, EXIT.done)
    t.strictSame(err, [])
    t.match(JSON.parse(out.join('\n')), {
      intent: { generation: 10 },
      notExported: [],
      notExportedCount: 0,
    })
  })
})

t.test('without an agent `demarc export` reports that and prints no intent', async (t) => {
  const { exit, out, err } = await verb(join(room, 'nobody.sock'), false)
  t.equal(exit, EXIT.unreachable)
  t.strictSame(out, [])
  t.match(err, [/^AGENT_UNREACHABLE/])
})

t.test('an answer stays within its limits, and the rest is counted', async (t) => {
  const vlans = Array.from({ length: LIMITS.planLines + 5 }, (_, i) =>
    fakePort(`v${i}`, { detail: { kind: 'other', type: 'macvlan' } }),
  )
  const answer = exportAnswer(exportOf({ links: vlans, bgpd: '' }))
  t.equal(answer.notExported.length, LIMITS.planLines)
  t.equal(answer.notExportedCount, LIMITS.planLines + 6, 'with the word about the role')
  t.ok(AGENT_METHODS['router.export'].result.safeParse(answer).success)
})
