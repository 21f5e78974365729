import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { fault } from '../core/base/fault.js'
import { ok, refused, type Result } from '../core/base/result.js'
import { seconds, toMillis } from '../core/base/time.js'
import type { AgentSettings, HubLinkSettings } from '../core/config/settings.js'
import { boundedPlan } from '../core/report/bounds.js'
import { TEXT_LIMITS, cutText } from '../core/wire/limits.js'
import { PROTOCOLS } from '../core/wire/rpc.js'
import type { AgentResult, HelloParams } from '../core/wire/messages.js'
import type { Clock } from '../edge/host/clock.js'
import { bootId } from '../edge/host/facts/identity.js'
import type { Log } from '../edge/host/log.js'
import type { Engine } from './change/engine.js'
import type { HubProbe } from './change-wiring.js'
import { createHubCredentials, type HubCredentials, type Reread } from './hub/credentials.js'
import {
  NEVER_CONNECTED,
  startHubLink,
  type HubLink,
  type HubLinkOptions,
  type HubState,
} from './hub/link.js'
import { NO_LIVENESS } from './hub/liveness.js'
import type { PersistentReportQueue } from './hub/report-queue.js'
import type { AgentMethods } from './methods.js'
import type { StateStore } from './state/state-store.js'

/** The hub as the rest of the agent sees it: usable before the link exists, and without one. */
export interface HubSide extends HubProbe, Pick<HubLink, 'wake' | 'progress'> {
  readonly state: () => HubState
  /** Starts to connect to the hubs that the settings name. Called once at most. */
  readonly connect: (hub: HubLinkSettings, options: ConnectOptions) => void
  /** Reads token and authorities again, and connects anew where they have changed. */
  readonly reread: () => Promise<Reread>
  /** Resolves when the socket is closed, after the signal. */
  readonly stopped: () => Promise<void>
}

export interface ConnectOptions {
  readonly router: string
  readonly hello: () => Promise<HelloParams>
  readonly methods: AgentMethods
  /** Receives each state of the connection. */
  readonly onState: (state: HubState) => void
  readonly reports: PersistentReportQueue
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
}

export function createHubSide(): HubSide {
  let link: HubLink | null = null
  let credentials: HubCredentials | null = null
  let state = NEVER_CONNECTED
  return {
    liveness: () => link?.liveness() ?? NO_LIVENESS,
    requestPing: () => link?.requestPing(),
    wake: () => link?.wake(),
    progress: (record) => link?.progress(record),
    state: () => state,
    connect(hub, options) {
      const onState = (next: HubState): void => {
        state = next
        options.onState(next)
      }
      credentials = createHubCredentials(hub, options.log)
      link = startHubLink(linkOptions(hub, credentials, options, onState))
    },
    async reread() {
      const reread = (await credentials?.reread()) ?? { changed: [], faults: [] }
      if (reread.changed.length > 0) link?.redial()
      return reread
    },
    stopped: async () => link?.stopped,
  }
}

function linkOptions(
  hub: HubLinkSettings,
  credentials: HubCredentials,
  { router, hello, methods, reports, log, clock, signal }: ConnectOptions,
  onState: (state: HubState) => void,
): HubLinkOptions {
  let isConnected = false
  return {
    settings: {
      urls: hub.urls,
      heartbeat: toMillis(seconds(hub.heartbeatInterval)),
      silence: toMillis(seconds(hub.heartbeatTimeout)),
      backoffCap: toMillis(seconds(hub.reconnectMax)),
    },
    router,
    token: credentials.token,
    ca: credentials.ca,
    hello,
    handlers: {
      ...methods,
      'intent.push': (params) => pushForHub(methods, params),
      watch: () =>
        refused(fault('METHOD_UNKNOWN', 'watch', 'the agent reports to a hub without a watch')),
    },
    reports,
    onState(state) {
      if (state.connected !== isConnected) reports.online(state.connected)
      isConnected = state.connected
      onState(state)
      const message = isConnected ? 'the hub is connected' : 'the hub is not connected'
      log.info({ event: 'hub', ...state }, message)
    },
    onWarning: (message) => log.warn({ event: 'hub-warning' }, message),
    clock,
    random: Math.random,
    signal,
  }
}

/** The answer to a dry run has the plan, of which a hub takes less than a command does. */
async function pushForHub(
  methods: AgentMethods,
  params: Parameters<NonNullable<AgentMethods['intent.push']>>[0],
): Promise<Result<AgentResult<'intent.push'>>> {
  const pushed = await methods['intent.push']?.(params)
  if (pushed === undefined) return refused(fault('METHOD_UNKNOWN', 'intent.push'))
  if (!pushed.ok || pushed.value.plan === undefined) return pushed
  return ok({ ...pushed.value, plan: boundedPlan(pushed.value.plan) })
}

/** The hub recognizes a repetition among its last 64 phases, and a change has at most seven. */
const CHANGES_REPEATED = 10

/** Connects to the hub that the settings name, if they do. */
export async function connectToHub(
  settings: AgentSettings,
  agent: {
    readonly hub: HubSide
    readonly hubMethods: AgentMethods
    readonly engine: Pick<Engine, 'running'>
    readonly store: Pick<StateStore, 'lastGood' | 'history'>
    readonly reports: PersistentReportQueue
    readonly observer: { readonly frrVersion: () => string | null }
    readonly trail: { readonly hub: (state: HubState) => void }
    readonly clock: Clock
  },
  life: Pick<ConnectOptions, 'signal' | 'log'> & { readonly version: string },
): Promise<void> {
  if (settings.hub === null) return
  const { engine, store, reports, observer, hub, hubMethods, trail, clock } = agent
  const router = settings.agent.id
  const hello = await createHello(router, life.version, () => ({
    running: engine.running()?.ref ?? null,
    lastGood: store.lastGood()?.ref ?? null,
    lastSequence: reports.lastSequence(),
    frrVersion: observer.frrVersion(),
  }))
  const { log, signal } = life
  const options = { router, hello, methods: hubMethods, reports, log, clock, signal }
  hub.connect(settings.hub, { ...options, onState: trail.hub })
  // The ends of the last changes may not have reached the hub before this process started.
  for (const progress of store.history().slice(-CHANGES_REPEATED)) hub.progress(progress)
}

/** What a hub may ask of this agent beyond the first version of the protocol. */
const CAPABILITIES = [
  'adopt',
  'bfd',
  'drain',
  'lacp',
  'lifecycle',
  'optics',
  'probes',
  'secrets',
  'valid-until',
] as const

/** The members of `hello` that change while the agent runs. */
interface HelloFacts extends Pick<HelloParams, 'running' | 'lastGood' | 'lastSequence'> {
  /** null while FRR does not answer. */
  readonly frrVersion: string | null
}

/** Makes `hello`; `read` gives the facts of the moment. */
async function createHello(
  router: string,
  agentVersion: string,
  read: () => HelloFacts,
): Promise<() => Promise<HelloParams>> {
  const boot = await bootId()
  return async () => {
    const { frrVersion, ...facts } = read()
    return {
      router,
      agentVersion,
      protocols: [...PROTOCOLS],
      bootId: boot,
      platform: await readPlatform(frrVersion),
      capabilities: [...CAPABILITIES],
      ...facts,
    }
  }
}

async function readPlatform(frr: string | null): Promise<HelloParams['platform']> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const prettyName = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1]
  return {
    os: cutText(prettyName ?? 'Linux', TEXT_LIMITS.platform),
    kernel: cutText(release(), TEXT_LIMITS.platform),
    node: process.version,
    frr,
  }
}
