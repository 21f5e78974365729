import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FaultError } from '../core/base/fault.js'
import { millis, type Millis } from '../core/base/time.js'
import type { HubSettings } from '../core/config/settings.js'
import { BOUNDS, INTENT_LIMITS } from '../core/wire/limits.js'
import { PHASES } from '../core/wire/messages.js'
import { plausibleDate, systemClock } from '../edge/host/clock.js'
import { limitedLog } from '../edge/host/limited-log.js'
import type { Log } from '../edge/host/log.js'
import { openVault } from '../edge/host/secrets/vault.js'
import { openEndpoint, type Endpoint } from '../edge/socket/endpoint.js'
import { createCallers } from '../edge/socket/flow/callers.js'
import { watchNewcomers } from '../edge/socket/flow/newcomers.js'
import { createWrongTokens } from '../edge/socket/flow/wrong-tokens.js'
import { listen } from '../edge/socket/listen.js'
import { createEventStreams, type EventStreams } from './api/event-stream.js'
import { createHandlers } from './api/handlers.js'
import { createApi } from './api/http.js'
import { createRoutes } from './api/route.js'
import { createIntentSecrets } from './intents/intent-secrets.js'
import { createIntentStore, type IntentStore } from './intents/intents.js'
import { createIntentPusher, type IntentPusher } from './intents/pusher.js'
import {
  agentPeerOptions,
  authenticateAgent,
  createAgentLinks,
  type AgentLinks,
  type Gate,
} from './routers/agents.js'
import { hubMethods } from './routers/hub-methods.js'
import { openRouters, type Routers } from './routers/routers.js'
import { bearerToken, tokenMatches } from './routers/tokens.js'
import { openFilesMax, shareDescriptors, type Descriptors } from './descriptors.js'
import { createHubServer, type ServerTimes } from './server.js'
import { fixedRouters, operatorToken, prepareDataDir } from './settings.js'
import { openJournal, type Journal } from './store/journal.js'
import type { RetentionLimits } from './store/retention.js'
import { openStore, type Store } from './store/store.js'

export interface Hub {
  readonly port: number
  readonly close: () => Promise<void>
}

/** Times of one hub; a test may shorten them. */
export interface HubTimes extends ServerTimes {
  /** An agent's connection on which nothing arrives for this long is dead. */
  readonly silence: Millis
  /** Time an agent has to say hello. */
  readonly hello: Millis
  /** Time between two pushes of an intent that waits. */
  readonly retry: Millis
  /** Time between two comments on an idle stream. */
  readonly keepAlive: Millis
}

const HUB_TIMES: HubTimes = {
  silence: millis(90_000),
  hello: millis(10_000),
  headers: millis(10_000),
  request: millis(60_000),
  retry: millis(30_000),
  keepAlive: millis(15_000),
}

/** Limits of one hub process that have no setting. */
const STREAMS_MAX = 64
/** Octets. */
const STREAM_BEHIND = 4 * 1024 * 1024
const OTHER_RECORDS_KEPT = 256

export interface HubOptions {
  readonly settings: HubSettings
  readonly log: Log
  readonly wall: () => Date
  readonly times?: Partial<HubTimes>
  /** The store cannot be written any more: the process should end and be started afresh. */
  readonly onFailure: (error: FaultError) => void
}

/** Opens the store, listens, and serves agents and operators until it is closed. */
export async function startHub(given: HubOptions): Promise<Hub> {
  const options = withBounds(given)
  const { settings, log } = options
  const times = { ...HUB_TIMES, ...options.times }
  await prepareDataDir(settings.data.dir)
  const operator = await operatorToken(settings)
  if (operator.madeIn !== null) {
    log.info({ event: 'operator-key-made', file: operator.madeIn }, 'made an operator token')
  }
  const descriptors = shareDescriptors(await openFilesMax())
  const parts = await openParts(options, times, descriptors)
  const server = await createHubServer(settings.tls, times)
  server.maxConnections = descriptors.connections
  const gate = {
    newcomers: watchNewcomers(server, descriptors.newcomers),
    wrongTokens: createWrongTokens(systemClock),
  }
  server.on('request', operatorApi(parts, { digest: operator.digest, log, gate }))
  const endpoint = agentEndpoint(server, parts, { ...options, times, gate, descriptors })
  const { address, port: wanted } = settings.listen
  const place = `listen ${address}:${wanted}`
  await listen(server, { host: address, port: wanted }, 'KERNEL_REFUSED', place)
  const retry = setInterval(parts.pusher.retry, times.retry)
  const { port } = server.address() as AddressInfo
  log.info({ event: 'listening', ...settings.listen, port }, 'agents at /agent, API at /v1')
  return {
    port,
    async close() {
      clearInterval(retry)
      await closeHub(server, endpoint, parts)
    },
  }
}

/** The same with a log that no peer can flood, and a clock whose times every reader takes. */
function withBounds(options: HubOptions): HubOptions {
  return {
    ...options,
    log: limitedLog(options.log, systemClock),
    wall: () => plausibleDate(options.wall()),
  }
}

/** What a hub is made of, apart from its server. */
interface HubParts {
  readonly store: Store
  readonly journal: Journal
  readonly routers: Routers
  readonly links: AgentLinks
  readonly intents: IntentStore
  readonly pusher: IntentPusher
  readonly streams: EventStreams
}

async function openParts(
  options: HubOptions,
  times: HubTimes,
  descriptors: Descriptors,
): Promise<HubParts> {
  const { settings, log, wall } = options
  const { dir } = settings.data
  const fixed = await fixedRouters(settings)
  const store = await openStore(join(dir, 'store'), descriptors.store)
  const journal = await openJournal(store, retentionOf(settings.limits), options.onFailure)
  const routers = await openRouters({ store, journal, wall, fixed, log })
  const vault = await openVault({ keyFile: join(dir, 'vault.key') })
  const secrets = createIntentSecrets(store, vault)
  const kept = settings.limits.historyKept
  const intents = createIntentStore({ store, routers, secrets, wall, kept })
  const links: AgentLinks = createAgentLinks(
    { routers, log, wall },
    (id) => void pusher.push(id, 'lacking'),
  )
  const pusher: IntentPusher = createIntentPusher({ routers, links, intents, secrets, log, wall })
  const streams = createEventStreams(journal, {
    streams: STREAMS_MAX,
    behind: STREAM_BEHIND,
    keepAlive: times.keepAlive,
  })
  return { store, journal, routers, links, intents, pusher, streams }
}

function retentionOf({ eventsKept, historyKept }: HubSettings['limits']): RetentionLimits {
  return {
    event: eventsKept,
    change: historyKept * PHASES.length,
    health: OTHER_RECORDS_KEPT,
    intent: OTHER_RECORDS_KEPT,
    router: OTHER_RECORDS_KEPT,
  }
}

interface ApiSecurity {
  /** SHA-256 of the operator's token. */
  readonly digest: string
  readonly log: Log
  readonly gate: Gate
}

/** The HTTP API. */
function operatorApi(parts: HubParts, { digest, log, gate }: ApiSecurity) {
  return createApi({
    routes: createRoutes(createHandlers(parts)),
    routerOf: parts.routers.get,
    // The limit of an intent counts characters, and all of them are ASCII.
    bodyLimit: INTENT_LIMITS.text,
    isOperator: (header) => tokenMatches(bearerToken(header), digest),
    onOperator: gate.newcomers.welcome,
    onWrongToken({ remoteAddress }) {
      const message = 'a request has no operator token, or a wrong one'
      log.warn({ event: 'operator-refused', from: remoteAddress }, message)
      return gate.wrongTokens.note(remoteAddress)
    },
    onBug: (path, error) => log.error({ event: 'bug', path, error }, 'a request failed'),
  })
}

interface EndpointParts extends Pick<HubOptions, 'log' | 'wall'> {
  readonly times: HubTimes
  readonly gate: Gate
  readonly descriptors: Descriptors
}

function agentEndpoint(
  server: Server,
  parts: HubParts,
  { log, wall, times, gate, descriptors }: EndpointParts,
): Endpoint {
  const context = {
    ...parts,
    log,
    wall,
    onSettled: (id: string) => void parts.pusher.push(id, 'waiting'),
  }
  return openEndpoint({
    server,
    path: '/agent',
    authenticate: (request) => authenticateAgent(context, gate, request),
    peer: (id: string, onHello) =>
      agentPeerOptions(log, id, times.silence, (peer) => hubMethods(context, id, peer, onHello)),
    helloTimeout: times.hello,
    connections: descriptors.routers,
    incoming: 'toHub',
    callers: { of: createCallers(BOUNDS.toHub, systemClock), name: (id) => id },
  })
}

/** Ends what comes from outside first, then what writes to the store, then the store. */
async function closeHub(server: Server, endpoint: Endpoint, parts: HubParts): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  parts.streams.close()
  await endpoint.close()
  await parts.pusher.stop()
  server.closeAllConnections()
  await closed
  await parts.routers.idle()
  await parts.store.close()
}
