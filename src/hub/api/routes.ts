import * as z from 'zod'
import { fault } from '../../core/base/fault.js'
import { faultsOf, refused, type Result } from '../../core/base/result.js'
import { VERSION } from '../../core/base/version.js'
import { HelloParams } from '../../core/wire/messages.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import { notConnected, type Agents } from '../routers/agents.js'
import type { EventStreams } from './event-stream.js'
import { faultReply, type ApiCall, type ApiReply, type Route } from './http.js'
import { readStoredIntent, type IntentStore } from '../intents/intents.js'
import type { Journal } from '../store/journal.js'
import type { Offers } from '../intents/offers.js'
import { pushIntent } from './push.js'
import { IntentQuery, NoQuery, PageQuery, parseQuery, StreamQuery } from './queries.js'
import type { NewsType, RouterRecord } from '../store/records.js'
import { readHealth } from '../routers/reports.js'
import { parseShape } from '../store/shape.js'
import { unknownRouter, type Routers } from '../routers/routers.js'
import type { Store } from '../store/store.js'

export interface ApiContext {
  readonly store: Store
  readonly journal: Journal
  readonly routers: Routers
  readonly agents: Agents
  readonly intents: IntentStore
  readonly offers: Offers
  readonly streams: EventStreams
}

const LIST_DEFAULT = 100
const Registration = z.strictObject({ id: HelloParams.shape.router })

/** Everything the HTTP API can do; `docs/hub.md` lists the same with examples. */
export function createRoutes(desk: ApiContext): Route[] {
  const { routers, agents, journal, store } = desk
  const one = (call: ApiCall): Result<RouterRecord> => {
    const id = call.params['id'] ?? ''
    const router = routers.get(id)
    return router === undefined ? refused(unknownRouter(id)) : { ok: true, value: router }
  }

  return [
    {
      method: 'GET',
      path: '/healthz',
      open: true,
      deed: () => ({ status: 200, body: { ok: true, version: VERSION } }),
    },
    {
      method: 'GET',
      path: '/v1/routers',
      deed: () => ({ status: 200, body: { routers: routers.all().map((r) => shown(agents, r)) } }),
    },
    {
      method: 'POST',
      path: '/v1/routers',
      deed: async (call) => {
        const document = await readJson(call)
        const wanted = document.ok ? parseShape(Registration, document.value, 'body') : document
        if (!wanted.ok) return faultReply(wanted.faults)
        const { id } = wanted.value
        const made = await routers.register(id)
        return reply(made, 201, (token) => ({ id, ...token }))
      },
    },
    {
      method: 'GET',
      path: '/v1/routers/:id',
      deed: (call) => reply(one(call), 200, (router) => shown(agents, router)),
    },
    {
      method: 'DELETE',
      path: '/v1/routers/:id',
      deed: async (call) => {
        const id = call.params['id'] ?? ''
        const removed = await routers.remove(id)
        if (removed.ok) agents.dismiss(id)
        return reply(removed, 200, () => ({}))
      },
    },
    {
      method: 'PUT',
      path: '/v1/routers/:id/intent',
      deed: async (call) => {
        const router = one(call)
        return router.ok ? pushIntent(desk, router.value.id, call) : faultReply(router.faults)
      },
    },
    {
      method: 'GET',
      path: '/v1/routers/:id/intent',
      deed: async (call) => {
        const router = one(call)
        const query = parseQuery(IntentQuery, call.query)
        if (!router.ok || !query.ok) return faultReply([...faultsOf(router), ...faultsOf(query)])
        const stored = await readStoredIntent(store, router.value.id, query.value.generation)
        if (stored !== undefined) return { status: 200, body: stored }
        return {
          ...faultReply([fault('ROUTER_UNKNOWN', 'intent', 'no such intent is kept')]),
          status: 404,
        }
      },
    },
    {
      method: 'GET',
      path: '/v1/routers/:id/health',
      deed: async (call) => {
        const router = one(call)
        if (!router.ok) return faultReply(router.faults)
        const { id, whole } = router.value
        const found = await readHealth(store, id)
        const none = { sequence: 0, at: null, health: null }
        return { status: 200, body: { router: id, current: whole, ...(found ?? none) } }
      },
    },
    page('/v1/routers/:id/history', 'change', 'changes'),
    page('/v1/routers/:id/events', 'event', 'events'),
    stream('/v1/stream'),
    stream('/v1/routers/:id/stream'),
    forwarded('confirm', 'change.confirm'),
    forwarded('cancel', 'change.cancel'),
  ]

  /** Numbered records, oldest first; `next` is where to go on. */
  function page(path: string, type: NewsType, name: string): Route {
    return {
      method: 'GET',
      path,
      deed: async (call) => {
        const router = one(call)
        const query = parseQuery(PageQuery, call.query)
        if (!router.ok || !query.ok) return faultReply([...faultsOf(router), ...faultsOf(query)])
        const { after, limit = LIST_DEFAULT } = query.value
        const from = after === undefined ? {} : { after }
        const news = await journal.read({ router: router.value.id, type, limit, ...from })
        const records = news.map(({ number, data }) => ({ number, ...data }))
        const next = records.at(-1)?.number ?? after ?? 0
        return { status: 200, body: { [name]: records, next } }
      },
    }
  }

  function stream(path: string): Route {
    return {
      method: 'GET',
      path,
      deed: (call) => {
        const query = parseQuery(StreamQuery, call.query)
        if (!query.ok) return faultReply(query.faults)
        const last = call.headers['last-event-id']
        const resumed =
          typeof last === 'string' && /^\d{1,15}$/.test(last) ? Number(last) : undefined
        const after = resumed ?? query.value.after
        if (call.params['id'] === undefined) return desk.streams.open(after)
        const router = one(call)
        return router.ok ? desk.streams.open(after, router.value.id) : faultReply(router.faults)
      },
    }
  }

  /** Ends a provisional change on the router itself. */
  function forwarded(verb: string, method: 'change.confirm' | 'change.cancel'): Route {
    return {
      method: 'POST',
      path: `/v1/routers/:id/changes/:change/${verb}`,
      deed: async (call) => {
        const router = one(call)
        const query = parseQuery(NoQuery, call.query)
        if (!router.ok || !query.ok) return faultReply([...faultsOf(router), ...faultsOf(query)])
        const link = agents.link(router.value.id)
        if (link === undefined) return faultReply([notConnected(router.value.id)])
        const params = { change: call.params['change'] ?? '' }
        const answer = await link.peer.call(method, params, { timeout: CHANGE_TIMEOUT })
        return reply(answer, 200, () => ({}))
      },
    }
  }
}

/** A router as the API shows it: without its token's digest. */
function shown(agents: Agents, router: RouterRecord): object {
  const { tokenSha256: _, whole: __, patches: ___, ...rest } = router
  const link = agents.link(router.id)
  return { ...rest, connected: link !== undefined, since: link?.since ?? null }
}

function reply<T>(result: Result<T>, status: number, body: (value: T) => object): ApiReply {
  return result.ok ? { status, body: body(result.value) } : faultReply(result.faults)
}

async function readJson(call: ApiCall): Promise<Result<unknown>> {
  const text = await call.body()
  if (!text.ok) return text
  try {
    return { ok: true, value: JSON.parse(text.value) as unknown }
  } catch {
    return refused(fault('INTENT_SYNTAX', 'body', 'is not valid JSON'))
  }
}
