import { BUILT_IN } from '../../../src/core/providers/built-in/catalogue.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { millis } from '../../../src/core/base/time.js'
import {
  createHealthMonitor,
  type HealthMonitor,
  type HealthSinks,
} from '../../../src/agent/health/monitor.js'
import { openLifecycles } from '../../../src/agent/lifecycle/lifecycles.js'
import { openLightMemories } from '../../../src/agent/optics/light-memories.js'
import { openAuditFile } from '../../../src/agent/access/audit-file.js'
import { guardedMethods } from '../../../src/agent/access/guarded-methods.js'
import { reportingDoctor, userOf, type LocalUsers } from '../../../src/agent/callers.js'
import { createDoctor } from '../../../src/agent/doctor/doctor.js'
import type { Instruments } from '../../../src/agent/doctor/measure.js'
import { agentMethods, localMethods } from '../../../src/agent/methods.js'
import type { PushedWith, SecretStore } from '../../../src/agent/state/secrets.js'
import { createWatchers, type Watcher } from '../../../src/agent/reporting.js'
import { ok } from '../../../src/core/base/result.js'
import type { RouterState } from '../../../src/core/model/state.js'
import { AGENT_METHODS, type Status } from '../../../src/core/wire/messages.js'
import { openStateFiles } from '../../../src/edge/host/files/state-files.js'
import { systemClock } from '../../../src/edge/host/clock.js'
import { serveLocal } from '../../../src/edge/socket/local.js'
import { bench, type Over } from './engine.js'
import { healthyRouter, NO_COUNTERS } from './router-state.js'

/** A kernel that does not say who calls. */
const NOBODY: LocalUsers = { localUser: async () => 'unknown', userName: async () => '' }

/** Everybody answers, whatever is asked. */
export const QUIET_INSTRUMENTS: Instruments = {
  ports: (names) => Promise.resolve(names.map(() => ({ counters: NO_COUNTERS }))),
  askNeighbors: (hosts) => Promise.resolve(hosts),
  probeAddress: () => Promise.resolve(null),
  dial: () => Promise.resolve('open'),
  dialOver: () => Promise.resolve('open'),
  draining: () => Promise.resolve(new Map()),
  echo: ({ count }) => Promise.resolve({ sent: count, received: count, roundTrip: 0.4 }),
  clock: { ...systemClock, sleep: () => Promise.resolve() },
}

/** An agent's socket with its own methods and engine, on a fake kernel and FRR. */
export async function localAgent(
  t: Test,
  over: Over & {
    readonly wall?: () => Date
    /** The directory of what is kept over a restart. */
    readonly state?: string
    /** What the doctor measures with. */
    readonly instruments?: Instruments
  } = {},
  users: LocalUsers = NOBODY,
) {
  // A short path: that of a socket is limited (unix(7)).
  const dir = mkdtempSync(join(tmpdir(), 'cli-'))
  const socket = join(dir, 'demarcd.sock')
  const watchers = createWatchers()
  const reporting = { follow: (): void => undefined }
  const at = await bench(t, {
    ...over,
    onProgress(progress) {
      watchers.notify('change.progress', progress)
      reporting.follow()
    },
  })
  const wall = over.wall ?? (() => new Date())
  const files = await openStateFiles(t.testdir())
  // Written also after a test has ended, by a change that it began.
  const lives = over.state ?? join(dir, 'state')
  const lifecycles = await openLifecycles({
    ...{
      files: await openStateFiles(lives),
      wall,
      router: 'r1',
      log: { error: () => undefined },
      profiles: () => BUILT_IN,
    },
    running: () => at.engine.running(),
    isConfirmed: () => at.engine.running() === at.memory().lastGood(),
    syncState: () => at.engine.syncState(),
  })
  const sinks: HealthSinks = {
    onDocument: (document) => watchers.notify('report.health', { health: document }),
    onEvents: (events) => watchers.notify('report.events', { events }),
  }
  const health = createHealthMonitor(wall, sinks, lifecycles, {
    bundles: [],
    keep: () => undefined,
  })
  reporting.follow = () => health.refresh(lifecycles.follow())
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
  const audit = openAuditFile(files)
  const clock = { now: () => millis(now), wall }
  const lights = await openLightMemories({ files, log: { error: () => undefined }, clock })
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
    lifecycles,
    lights,
    look: () => undefined,
    wall,
    doctor: createDoctor({
      router: 'r1',
      look: () => Promise.resolve(health.look()),
      instruments: over.instruments ?? QUIET_INSTRUMENTS,
      provider: () => BUILT_IN.get('outscale') ?? null,
    }),
    clear({ address, vrf }: { readonly address: string; readonly vrf: string | null }) {
      cleared.push(`${vrf ?? ''} ${address}`.trim())
      return Promise.resolve(null)
    },
  } as const
  const auditTo = { record: audit.record, router: 'r1', wall }
  const all = { ...agentMethods(options, 'local'), ...localMethods(options) }
  const methodsAt = (inode: number | null, notify: Watcher['notify']) =>
    guardedMethods(
      { ...all, ...reportingDoctor(options, notify) },
      userOf(socket, inode, users),
      auditTo,
    )
  const methods = methodsAt(null, () => undefined)
  const door = await serveLocal({
    path: socket,
    mine: AGENT_METHODS,
    theirs: {},
    handlers: (peer, inode) => ({
      ...methodsAt(inode, peer.notify),
      watch() {
        watchers.add(peer)
        return ok({})
      },
    }),
  })
  t.teardown(async () => {
    // A change that a test began still writes below the directory that the test removes.
    await at.exclusively(async () => undefined)
    await lifecycles.idle()
    await door.close()
    rmSync(dir, { recursive: true, maxRetries: 5 })
  })
  look()
  return {
    ...{ ...at, dir, socket, look, health, pushed, methods, options, audit, cleared },
    ...{ lifecycles, lights },
  }
}

/** No password is ever needed; what comes with a push is noted. */
function noSecrets(pushed: PushedWith[]): SecretStore {
  return {
    named: async () => new Map(),
    own: async () => ({}),
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
