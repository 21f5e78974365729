import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import { createHealthMonitor, type HealthMonitor } from '../../../src/agent/health/monitor.js'
import { openAuditFile } from '../../../src/agent/access/audit-file.js'
import { guardedMethods } from '../../../src/agent/access/guarded-methods.js'
import { userOf, type LocalUsers } from '../../../src/agent/callers.js'
import { agentMethods, localMethods } from '../../../src/agent/methods.js'
import type { PushedWith, SecretStore } from '../../../src/agent/state/secrets.js'
import { createWatchers } from '../../../src/agent/reporting.js'
import { ok } from '../../../src/core/base/result.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { AGENT_METHODS, type Status } from '../../../src/core/wire/messages.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { serveLocal } from '../../../src/edge/socket/local.js'
import { bench, type Over } from './engine.js'
import { healthyRouter } from './router-state.js'

/** A kernel that does not say who calls. */
const NOBODY: LocalUsers = { localUser: async () => 'unknown', userName: async () => '' }

/** An agent's socket with its own methods and engine, on a fake kernel and FRR. */
export async function localAgent(t: Test, over: Over = {}, users: LocalUsers = NOBODY) {
  // A short path: that of a socket is limited (unix(7)).
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
  /** Assesses the state twice, ten seconds apart, so that findings with a delay appear. */
  function look(state: RouterState = healthyRouter()): void {
    for (let times = 0; times < 2; times++) {
      // A look of long ago would count as unknown.
      health.assess({ ...state, at: wall().toISOString() }, millis((now += 10_000)))
    }
  }
  const pushed: PushedWith[] = []
  const cleared: string[] = []
  const audit = openAuditFile(await openStateFiles(t.testdir()))
  const options = {
    engine: at.engine,
    store: at.memory(),
    health,
    secrets: noSecrets(pushed),
    exclusively: at.exclusively,
    status: () => statusOfBench(at, health, wall()),
    newName: () => 'made-up',
    profiles: () => BUILT_IN,
    links: async () => at.kernel.links(),
    maxImpact: 'traffic-loss',
    audit,
    wall,
    clear({ address, vrf }: { readonly address: string; readonly vrf: string | null }) {
      cleared.push(`${vrf ?? ''} ${address}`.trim())
      return Promise.resolve(null)
    },
  } as const
  const auditTo = { record: audit.record, router: 'r1', wall }
  const all = { ...agentMethods(options, 'local'), ...localMethods(options) }
  const methodsAt = (inode: number | null) =>
    guardedMethods(all, userOf(socket, inode, users), auditTo)
  const methods = methodsAt(null)
  const door = await serveLocal({
    path: socket,
    mine: AGENT_METHODS,
    theirs: {},
    handlers: (peer, inode) => ({
      ...methodsAt(inode),
      watch() {
        watchers.add(peer)
        return ok({})
      },
    }),
  })
  t.teardown(async () => {
    // A change that a test began still writes below the directory that the test removes.
    await at.exclusively(async () => undefined)
    await door.close()
    rmSync(dir, { recursive: true })
  })
  look()
  return { ...at, dir, socket, look, health, pushed, methods, options, audit, cleared }
}

/** No password is ever needed; what comes with a push is noted. */
function noSecrets(pushed: PushedWith[]): SecretStore {
  return {
    named: async () => new Map(),
    during(push, task) {
      pushed.push(push)
      return task()
    },
    tidy: async () => undefined,
  }
}

function statusOfBench(
  at: Awaited<ReturnType<typeof bench>>,
  health: HealthMonitor,
  now: Date,
): Status {
  const { state, faults } = at.engine.syncState()
  return {
    router: 'r1',
    agentVersion: '0.1.0',
    at: now.toISOString(),
    startedAt: now.toISOString(),
    state,
    faults: [...faults],
    running: at.engine.running()?.ref ?? null,
    lastGood: at.memory().lastGood()?.ref ?? null,
    hub: { url: null, connected: false, since: null, lastError: null, unacknowledged: 0 },
    change: at.engine.progress(),
    health: { ...health.document() },
  }
}
