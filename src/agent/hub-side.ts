import type { AgentSettings, HubLinkSettings } from '../core/config/settings.js'
import { fault } from '../core/base/fault.js'
import { refused } from '../core/base/result.js'
import type { AGENT_METHODS, HelloParams } from '../core/wire/messages.js'
import type { Clock } from '../edge/host/clock.js'
import { bootId } from '../edge/host/identity.js'
import type { Log } from '../edge/host/log.js'
import type { Handlers } from '../edge/socket/table.js'
import type { Engine } from './engine.js'
import { startHubLink, type HubLink, type HubState } from './hub-link.js'
import { readSetting } from '../edge/host/state-files.js'
import { hubSettings, readPlatform, readToken } from './hub-options.js'
import type { Memory } from './memory.js'
import type { ReportOutbox } from './outbox.js'

/** What a hub may ask of this agent beyond the first intent: an older agent lacks some of it. */
const CAPABILITIES = ['adopt', 'bfd', 'drain', 'lacp', 'optics', 'probes', 'secrets'] as const

export const NO_HUB: HubState = { url: null, connected: false, since: null, lastError: null }

export interface HubSideOptions {
  readonly settings: AgentSettings
  readonly engine: Engine
  readonly memory: Memory
  readonly outbox: ReportOutbox
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
