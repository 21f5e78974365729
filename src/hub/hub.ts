import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { FaultError, fault } from '../core/base/fault.js'
import { millis } from '../core/base/time.js'
import type { HubSettings } from '../core/config/settings.js'
import { BOUNDS, INTENT_LIMITS } from '../core/wire/limits.js'
import { plausibleDate, systemClock, type Clock } from '../edge/host/clock.js'
import { limitedLog } from '../edge/host/limited-log.js'
import { createMetricsPage } from '../edge/metrics/page.js'
import { openEndpoint, type Endpoint } from '../edge/socket/endpoint.js'
import { createCallers } from '../edge/socket/flow/callers.js'
import { watchNewcomers } from '../edge/socket/flow/newcomers.js'
import { createWrongTokens } from '../edge/socket/flow/wrong-tokens.js'
import { listen } from '../edge/socket/listen.js'
import { createHandlers } from './api/handlers.js'
import { createApi } from './api/http.js'
import { createRoutes } from './api/route.js'
import { openFilesMax, shareDescriptors, type Descriptors } from './descriptors.js'
import type { HubOptions, HubTimes } from './options.js'
import { createOperators, type Operators } from './operators.js'
import { hubFigures } from './metrics/figures.js'
import { openParts, type HubParts } from './parts.js'
import { reloadHub } from './reload.js'
import { agentPeerOptions, authenticateAgent, type Gate } from './routers/agents.js'
import type { AgentCaller } from './routers/open-connections.js'
import { hubMethods } from './routers/hub-methods.js'
import { createHubServer } from './server.js'
import { makeOperatorToken, prepareDataDir, readCredentials } from './settings.js'
import { backUp } from './store/backup.js'

export interface Hub {
  readonly port: number
  /**
   * Takes over the tokens and the certificate of these settings without ending a connection whose token is
   * still accepted. false: they cannot be used, and what was in force stays; the log says why.
   */
  readonly reload: (settings: HubSettings) => Promise<boolean>
  readonly close: () => Promise<void>
}

const HUB_TIMES: HubTimes = {
  silence: millis(90_000),
  hello: millis(10_000),
  headers: millis(10_000),
  request: millis(60_000),
  retry: millis(30_000),
  keepAlive: millis(15_000),
  revoke: millis(5000),
}

/** How often repeated log-ins that were refused are recorded. */
const REFUSED_INTERVAL = millis(60_000)

/** Opens the store, listens, and serves agents and operators until it is closed. */
export async function startHub(given: HubOptions): Promise<Hub> {
  const options = withBounds(given)
  const { settings, log, wall, clock = systemClock } = options
  const times = { ...HUB_TIMES, ...options.times }
  await prepareDataDir(settings.data.dir)
  const made = await makeOperatorToken(settings)
  if (made !== null) log.info({ event: 'operator-key-made', file: made }, 'made an operator token')
  const read = await readCredentials(settings)
  if (!read.ok) throw new FaultError(read.faults[0] ?? fault('UNAUTHORIZED', 'settings'))
  const operators = createOperators(read.value.operators)
  const descriptors = shareDescriptors(await openFilesMax())
  const parts = await openParts(options, read.value.routers, {
    keepAlive: times.keepAlive,
    filesMax: descriptors.store,
  })
  const { server, replaceCertificate } = createHubServer(read.value.certificate, times)
  server.maxConnections = descriptors.connections
  const gate = {
    newcomers: watchNewcomers(server, descriptors.newcomers),
    wrongTokens: createWrongTokens(systemClock),
  }
  server.on('request', operatorApi(parts, operators, gate, options))
  const endpoint = agentEndpoint(server, parts, { log, wall, clock, times, gate, descriptors })
  const { address, port: wanted } = settings.listen
  const place = `listen ${address}:${wanted}`
  await listen(server, { host: address, port: wanted }, 'KERNEL_REFUSED', place)
  const timers = [
    setInterval(parts.pusher.retry, times.retry),
    setInterval(parts.notifier.retry, times.retry),
    setInterval(parts.links.revokeAll, times.revoke),
    setInterval(() => void parts.refusedLogins.flush(), REFUSED_INTERVAL),
  ]
  const { port } = server.address() as AddressInfo
  log.info({ event: 'listening', ...settings.listen, port }, 'agents at /agent, API at /v1')
  return {
    port,
    reload: async (next) =>
      reloadHub({ settings, log, wall, operators, replaceCertificate, ...parts }, next),
    async close() {
      for (const timer of timers) clearInterval(timer)
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

function operatorApi(
  parts: HubParts,
  operators: Operators,
  gate: Gate,
  { settings, log, wall, profiles: { profiles } }: HubOptions,
) {
  const { dir } = settings.data
  const copy = async (name: string) =>
    backUp(parts.store, dir, join(dir, 'backups', name), wall().toISOString())
  const metrics = createMetricsPage(async () => hubFigures(parts, systemClock), systemClock)
  return createApi({
    routes: createRoutes(createHandlers({ ...parts, wall, profiles, metrics, backUp: copy })),
    routerOf: parts.routers.get,
    audit: parts.audit,
    wall,
    // The limit of an intent counts characters, and all of them are ASCII.
    bodyLimit: INTENT_LIMITS.text,
    operatorOf: operators.nameOf,
    onOperator: gate.newcomers.welcome,
    onWrongToken({ method, socket }) {
      const address = socket.remoteAddress ?? ''
      parts.refusedLogins.record({ address, action: `${method} of the API`, router: null })
      return gate.wrongTokens.note(socket.remoteAddress)
    },
    onBug: (path, error) => log.error({ event: 'bug', path, error }, 'a request failed'),
  })
}

interface EndpointParts extends Pick<HubOptions, 'log' | 'wall'> {
  readonly clock: Clock
  readonly times: HubTimes
  readonly gate: Gate
  readonly descriptors: Descriptors
}

function agentEndpoint(
  server: Server,
  parts: HubParts,
  { log, wall, clock, times, gate, descriptors }: EndpointParts,
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
    peer: (caller: AgentCaller, onHello) =>
      agentPeerOptions(log, caller, { silence: times.silence, clock }, (peer) => {
        parts.links.opened(caller, peer)
        return hubMethods(context, caller, peer, onHello)
      }),
    helloTimeout: times.hello,
    connections: descriptors.routers,
    incoming: 'toHub',
    callers: { of: createCallers(BOUNDS.toHub, systemClock), name: ({ id }) => id },
  })
}

/** Ends what comes from outside first, then what writes to the store, then the store. */
async function closeHub(server: Server, endpoint: Endpoint, parts: HubParts): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  parts.streams.close()
  await endpoint.close()
  await Promise.all([parts.pusher.stop(), parts.notifier.stop()])
  server.closeAllConnections()
  await closed
  await parts.refusedLogins.flush()
  await parts.routers.idle()
  await parts.store.close()
}
