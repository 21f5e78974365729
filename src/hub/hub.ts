import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FaultError } from '../core/base/fault.js'
import { millis } from '../core/base/time.js'
import type { HubSettings } from '../core/config/settings.js'
import { INTENT_LIMITS } from '../core/wire/intent-limits.js'
import { PHASES } from '../core/wire/messages.js'
import type { Log } from '../edge/host/log.js'
import { readSetting } from '../edge/host/files/state-files.js'
import { openVault } from '../edge/host/secrets/vault.js'
import { openEndpoint, type Endpoint } from '../edge/socket/endpoint.js'
import { listen } from '../edge/socket/listen.js'
import { createAgents, type Agents } from './routers/agents.js'
import { createEventStreams } from './api/event-stream.js'
import { createApi } from './api/http.js'
import { createIntentStore } from './intents/intents.js'
import { openJournal } from './store/journal.js'
import { createOffers, type Offers } from './intents/offers.js'
import { openRouters } from './routers/routers.js'
import { createRoutes } from './api/routes.js'
import { fixedRouters, operatorToken, prepareDataDir } from './settings.js'
import { openStore } from './store/store.js'
import { bearerToken, tokenMatches } from './routers/tokens.js'

export interface Hub {
  readonly port: number
  readonly close: () => Promise<void>
}

/** What can be tightened for a test; milliseconds. */
export interface HubTimes {
  /** A connection without a word from the agent for this long is dead. */
  readonly silence: number
  /** Within which an agent must say hello. */
  readonly introduction: number
  /** Within which a request's header, and then all of it, must have come. */
  readonly headers: number
  readonly request: number
  /** Between two offers of what still waits. */
  readonly retry: number
  readonly keepAlive: number
}

const HUB_TIMES: HubTimes = {
  silence: 90_000,
  introduction: 10_000,
  headers: 10_000,
  request: 60_000,
  retry: 30_000,
  keepAlive: 15_000,
}

/** Limits of one hub process that nobody has needed to set yet. */
const AGENTS_MAX = 10_000
const STREAMS_MAX = 64
const STREAM_BEHIND = 4 * 1024 * 1024
const HEALTH_NEWS_KEPT = 256
const OTHER_NEWS_KEPT = 256

export interface HubOptions {
  readonly settings: HubSettings
  readonly log: Log
  readonly wall: () => Date
  readonly times?: Partial<HubTimes>
  /** The store cannot be written any more: the process should end and be started afresh. */
  readonly onFailure: (error: FaultError) => void
}

/** Assembles and starts a hub. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { settings, log, wall } = options
  const times = { ...HUB_TIMES, ...options.times }
  await prepareDataDir(settings.data.dir)
  const operator = await operatorToken(settings)
  if (operator.madeIn !== null) {
    log.info({ event: 'operator-key-made', file: operator.madeIn }, 'made an operator token')
  }
  const fixed = await fixedRouters(settings)
  const store = await openStore(join(settings.data.dir, 'store'))
  const { eventsKept, historyKept } = settings.limits
  const retention = {
    event: eventsKept,
    change: historyKept * PHASES.length,
    health: HEALTH_NEWS_KEPT,
    intent: OTHER_NEWS_KEPT,
    router: OTHER_NEWS_KEPT,
  }
  const journal = await openJournal(store, retention, options.onFailure)
  const routers = await openRouters({ store, journal, wall, fixed })
  const agents: Agents = createAgents({
    store,
    journal,
    routers,
    log,
    wall,
    silence: times.silence,
    onHello: (id) => void offers.offer(id, 'lacks'),
    onSettled: (id) => void offers.offer(id, 'waits'),
  })
  const vault = await openVault({ keyFile: join(settings.data.dir, 'vault.key') })
  const intents = createIntentStore({ store, routers, wall, vault, kept: historyKept })
  const { secrets } = intents
  const offers: Offers = createOffers({ store, routers, agents, log, wall, secrets })
  const streams = createEventStreams({
    journal,
    clients: STREAMS_MAX,
    behind: STREAM_BEHIND,
    keepAlive: times.keepAlive,
  })
  const api = createApi({
    routes: createRoutes({ store, journal, routers, agents, intents, offers, streams }),
    // The limit of an intent counts characters, and all of them are ASCII.
    bodyLimit: INTENT_LIMITS.text,
    mayEnter: (header) => tokenMatches(bearerToken(header), operator.digest),
    onBug: (path, error) => log.error({ event: 'bug', path, error }, 'a request failed'),
  })
  const server = await openServer(settings, times)
  server.on('request', api)
  const door: Endpoint = openEndpoint({
    server,
    path: '/agent',
    authenticate: agents.authenticate,
    peer: agents.peer,
    helloTimeout: millis(times.introduction),
    connections: AGENTS_MAX,
  })
  const { address, port: wanted } = settings.listen
  await listen(server, { host: address, port: wanted }, 'KERNEL_REFUSED', 'listen')
  const retry = setInterval(offers.retry, times.retry)
  const { port } = server.address() as AddressInfo
  log.info({ event: 'listening', ...settings.listen, port }, 'agents at /agent, API at /v1')

  return {
    port,
    async close() {
      clearInterval(retry)
      const closed = new Promise((resolve) => server.close(resolve))
      streams.close()
      await door.close()
      await offers.stop()
      server.closeAllConnections()
      await closed
      await routers.idle()
      await store.close()
    },
  }
}

async function openServer(settings: HubSettings, times: HubTimes): Promise<Server> {
  const limits = {
    headersTimeout: times.headers,
    requestTimeout: times.request,
    connectionsCheckingInterval: Math.min(1000, times.headers),
    maxHeaderSize: 16 * 1024,
    keepAliveTimeout: 5000,
  }
  if (settings.tls === null) return createServer(limits)
  const [cert, key] = await Promise.all([
    readSetting(settings.tls.certFile),
    readSetting(settings.tls.keyFile),
  ])
  return createTlsServer({
    ...limits,
    cert,
    key,
    minVersion: 'TLSv1.2',
    handshakeTimeout: times.headers,
  })
}
