import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { createHealthMonitor } from '../../../src/agent/health/monitor.js'
import { agentMethods } from '../../../src/agent/methods.js'
import type { PushedWith } from '../../../src/agent/state/secrets.js'
import { createWatchers } from '../../../src/agent/reporting.js'
import { ok } from '../../../src/core/base/result.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { AGENT_METHODS } from '../../../src/core/wire/messages.js'
import { serveLocal } from '../../../src/edge/socket/local.js'
import { bench, type Over } from './engine.js'
import { healthyRouter } from './router-state.js'

/** What a command finds at an agent's socket: its own methods and engine, on a fake kernel and FRR. */
export async function localAgent(t: Test, over: Over = {}) {
  // Short: a socket's path has a limit.
  const dir = mkdtempSync(join(tmpdir(), 'cli-'))
  const socket = join(dir, 'demarcd.sock')
  const watchers = createWatchers()
  const at = await bench(t, {
    ...over,
    onProgress: (progress) => watchers.notify('change.progress', progress),
  })
  const wall = () => new Date()
  const health = createHealthMonitor(wall, {
    onDocument: (document) => watchers.notify('report.health', { health: document }),
    onEvents: (events) => watchers.notify('report.events', { events }),
  })
  let now = 0
  /** Two assessments, ten seconds apart, so that findings which are held back are shown. */
  function look(state: RouterState = healthyRouter()): void {
    for (let times = 0; times < 2; times++) health.assess(state, millis((now += 10_000)))
  }
  const pushed: PushedWith[] = []
  const methods = agentMethods({
    engine: at.engine,
    store: at.memory(),
    health,
    secrets: {
      named: async () => new Map(),
      during(push, task) {
        pushed.push(push)
        return task()
      },
      tidy: async () => undefined,
    },
    exclusively: at.exclusively,
    status: () => ({
      router: 'r1',
      agentVersion: '0.1.0',
      at: wall().toISOString(),
      startedAt: wall().toISOString(),
      ...at.engine.syncState(),
      faults: [...at.engine.syncState().faults],
      running: at.engine.running()?.ref ?? null,
      lastGood: at.memory().lastGood()?.ref ?? null,
      hub: { url: null, connected: false, since: null, lastError: null, unacknowledged: 0 },
      change: at.engine.progress(),
      health: { ...health.document() },
    }),
    newName: () => 'made-up',
    ceiling: 'traffic-loss',
    wall,
  })
  const door = await serveLocal({
    path: socket,
    mine: AGENT_METHODS,
    theirs: {},
    handlers: (peer) => ({
      ...methods,
      watch() {
        watchers.add(peer)
        return ok({})
      },
    }),
  })
  t.teardown(async () => {
    await door.close()
    rmSync(dir, { recursive: true })
  })
  look()
  return { ...at, dir, socket, look, health, pushed, methods }
}
