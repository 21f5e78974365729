import { TEXT_LIMITS, cutText } from '../core/wire/limits.js'
import type { AgentSettings, HubLinkSettings, TokenPlace } from '../core/config/settings.js'
import { fault, FaultError } from '../core/base/fault.js'
import { refused } from '../core/base/result.js'
import type { AGENT_METHODS, HelloParams } from '../core/wire/messages.js'
import type { Clock } from '../edge/host/clock.js'
import { bootId } from '../edge/host/facts/identity.js'
import type { Log } from '../edge/host/log.js'
import type { Handlers } from '../edge/socket/method-table.js'
import type { Engine } from './change/engine.js'
import { startHubLink, type HubLink, type HubState, type HubLinkOptions } from './hub/link.js'
import { readSetting } from '../edge/host/files/state-files.js'
import type { StateStore } from './state/state-store.js'
import type { PersistentReportQueue } from './hub/report-queue.js'
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { parseToken } from '../core/config/secret.js'
import { readCredential, readSecretFile } from '../edge/host/secrets/secrets.js'

/** What a hub may ask of this agent beyond the first intent: an older agent lacks some of it. */
const CAPABILITIES = ['adopt', 'bfd', 'drain', 'lacp', 'optics', 'probes', 'secrets'] as const

export const HUB_NOT_CONFIGURED: HubState = {
  url: null,
  connected: false,
  since: null,
  lastError: null,
}

export interface HubSideOptions {
  readonly settings: AgentSettings
  readonly engine: Engine
  readonly memory: StateStore
  readonly outbox: PersistentReportQueue
  readonly methods: Omit<Handlers<typeof AGENT_METHODS>, 'watch'>
  readonly log: Log
  readonly clock: Clock
  readonly agentVersion: string
  /** As last seen; null while FRR does not answer. */
  readonly frrVersion: () => string | null
  readonly onState: (state: HubState) => void
  readonly signal: AbortSignal
}

/** Connects to the hubs the settings name and keeps doing so. */
export async function openHubSide(hub: HubLinkSettings, options: HubSideOptions): Promise<HubLink> {
  const { settings, log, outbox } = options
  const boot = await bootId()
  let connected = false
  return startHubLink({
    settings: hubSettings(settings.agent.id, hub),
    token: () => readToken(hub.token),
    ca: async () => (hub.caFile === null ? null : readSetting(hub.caFile)),
    hello: () => hello(options, boot),
    handlers: {
      ...options.methods,
      watch: () => refused(fault('METHOD_UNKNOWN', 'watch', 'a hub is told without asking')),
    },
    outbox,
    onState(state) {
      if (state.connected !== connected) outbox.online(state.connected)
      connected = state.connected
      options.onState(state)
      log.info({ event: 'hub', ...state }, connected ? 'hub connected' : 'hub away')
    },
    onTrouble: (what) => log.warn({ event: 'hub-trouble' }, what),
    clock: options.clock,
    random: Math.random,
    signal: options.signal,
  })
}

async function hello(options: HubSideOptions, boot: string): Promise<HelloParams> {
  return {
    router: options.settings.agent.id,
    agentVersion: options.agentVersion,
    protocols: [1],
    bootId: boot,
    platform: await readPlatform(options.frrVersion()),
    running: options.engine.running()?.ref ?? null,
    lastGood: options.memory.lastGood()?.ref ?? null,
    capabilities: [...CAPABILITIES],
    lastSequence: options.outbox.lastSequence(),
  }
}

/** What the link needs of the TOML once and for all: addresses and pace. */
function hubSettings(router: string, hub: HubLinkSettings): HubLinkOptions['settings'] {
  return {
    urls: hub.urls,
    router,
    heartbeat: hub.heartbeatInterval * 1000,
    silence: hub.heartbeatTimeout * 1000,
    backoffCap: hub.reconnectMax * 1000,
  }
}

/** Read at every dial, so that a rotated token is used without a restart. */
async function readToken(place: TokenPlace): Promise<string> {
  const text =
    place.kind === 'file' ? await readSecretFile(place.path) : await readCredential(place.name)
  const at = place.kind === 'file' ? place.path : place.name
  const token = text.ok ? parseToken(text.value, at) : text
  if (token.ok) return token.value
  throw new FaultError(token.faults[0] ?? fault('UNAUTHORIZED', at, 'the token cannot be read'))
}

/** The platform half of `hello`. */
async function readPlatform(frr: string | null): Promise<HelloParams['platform']> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const pretty = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1]
  return {
    os: cutText(pretty ?? 'Linux', TEXT_LIMITS.platform),
    kernel: cutText(release(), TEXT_LIMITS.platform),
    node: process.version,
    frr,
  }
}
