import { fault } from '../../core/base/fault.js'
import { seconds } from '../../core/base/time.js'
import { ok, type Result } from '../../core/base/result.js'
import { VERSION } from '../../core/base/version.js'
import { readDocument } from '../../core/wire/intent-parse.js'
import { newId } from '../../edge/host/facts/identity.js'
import { CONTENT_TYPE } from '../../edge/metrics/exposition.js'
import type { MetricsPage } from '../../edge/metrics/page.js'
import { CHANGE_TIMEOUT } from '../../edge/socket/peer.js'
import type * as z from 'zod'
import type { LifecycleNotifier } from '../lifecycle/notifier.js'
import { lifecyclesIn } from '../lifecycle/view.js'
import type { LifecycleWords } from '../lifecycle/words.js'
import { notConnected } from '../routers/agents.js'
import { readHealth } from '../routers/stored-health.js'
import type { Routers } from '../routers/routers.js'
import type { AuditLog } from '../store/audit.js'
import type { BackupResult } from '../store/backup.js'
import type { Journal } from '../store/journal.js'
import type { RecordType, RouterRecord } from '../store/records.js'
import { parseShape } from '../store/shape.js'
import type { Store } from '../store/store.js'
import type { EventStreams } from './event-stream.js'
import { pushIntent, type PushContext } from './push.js'
import { PAGE_DEFAULT, type PageQuery } from './queries.js'
import { faultReply } from './reply.js'
import type { AnswerOf, ApiCall, ApiHandlers, CallOf } from './route.js'
import {
  BackupRequest,
  BaselineBody,
  LifecycleWordBody,
  OpticsReportBody,
  Registration,
  RotationRequest,
  type ChangePage,
  type EventPage,
  type RouterView,
} from './shapes.js'

/** The parts of a hub that the HTTP API shows. */
export interface ApiContext extends PushContext {
  readonly store: Store
  readonly journal: Journal
  readonly routers: Routers
  readonly words: Pick<LifecycleWords, 'add' | 'read'>
  readonly notifier: Pick<LifecycleNotifier, 'notify'>
  readonly streams: EventStreams
  readonly audit: Pick<AuditLog, 'read'>
  readonly metrics: MetricsPage
  /** Copies the data directory under this name. */
  readonly backUp: (name: string) => Promise<BackupResult>
}

/** What answers each operation. */
export function createHandlers(context: ApiContext): ApiHandlers {
  const { routers, journal, store, streams } = context
  return {
    ...watchHandlers(context),
    listRouters: ({ query: { severity } }) => {
      const views = routers.all().map((router) => routerView(context, router))
      const wanted = views.filter((view) => severity === undefined || view.severity === severity)
      return { status: 200, body: { routers: wanted } }
    },
    registerRouter: async (call) => register(routers, call),
    getRouter: ({ router }) => ({ status: 200, body: routerView(context, router) }),
    removeRouter: async ({ router: { id } }) => {
      const removed = await routers.remove(id)
      if (!removed.ok) return faultReply(removed.faults)
      context.links.revoke(id)
      return { status: 200, body: {} }
    },
    rotateToken: async (call) => rotate(context, call),
    listAudit: async ({ query }) => {
      const { after, limit = PAGE_DEFAULT, router } = query
      const records = await context.audit.read({ after, limit, router })
      return { status: 200, body: { records, next: records.at(-1)?.number ?? after ?? 0 } }
    },
    makeBackup: async ({ text }) => {
      const wanted = parseBody(BackupRequest, text)
      if (!wanted.ok) return faultReply(wanted.faults)
      return { status: 201, body: await context.backUp(wanted.value.name) }
    },
    pushIntent: async (call) => pushIntent(context, call),
    getIntent: async (call) => storedIntent(context, call),
    getHealth: async ({ router: { id, whole } }) => {
      const stored = await readHealth(store, id)
      if (!stored.ok) return faultReply(stored.faults)
      const health = stored.value ?? { sequence: 0, at: null, health: null }
      return { status: 200, body: { router: id, current: whole, ...health } }
    },
    getLifecycle: async (call) => lifecycles(context, call),
    sayLifecycle: async (call) => sayLifecycle(context, call),
    renewBaseline: async (call) => renewBaseline(context, call),
    reportOptics: async (call) => reportOptics(context, call),
    listChanges: async (call) => {
      const { records, next } = await page(journal, 'change', call)
      const changes = records as z.input<typeof ChangePage>['changes']
      return { status: 200, body: { changes, next } }
    },
    listEvents: async (call) => {
      const { records, next } = await page(journal, 'event', call)
      const events = records as z.input<typeof EventPage>['events']
      return { status: 200, body: { events, next } }
    },
    streamAll: (call) => streams.open(resumeAfter(call), null),
    streamRouter: (call) => streams.open(resumeAfter(call), call.router.id),
    confirmChange: async (call) => endChange(context, 'change.confirm', call),
    cancelChange: async (call) => endChange(context, 'change.cancel', call),
  }
}

/** What an orchestrator and Prometheus ask. */
function watchHandlers({
  store,
  metrics,
}: ApiContext): Pick<ApiHandlers, 'getHealthz' | 'getReadyz' | 'getMetrics'> {
  return {
    getHealthz: async () => {
      const storing = (await store.trouble()) === null
      return { status: 200, body: { ok: true, version: VERSION, storing } }
    },
    getReadyz: async () => {
      const trouble = await store.trouble()
      if (trouble !== null) return faultReply([trouble])
      return { status: 200, body: { ok: true, version: VERSION, storing: true } }
    },
    getMetrics: async () => ({
      ...{ status: 200, text: await metrics() },
      headers: { 'content-type': CONTENT_TYPE },
    }),
  }
}

async function register(
  routers: Routers,
  { text }: CallOf<'registerRouter'>,
): Promise<AnswerOf<'registerRouter'>> {
  const wanted = parseBody(Registration, text)
  if (!wanted.ok) return faultReply(wanted.faults)
  const { id } = wanted.value
  const made = await routers.register(id)
  return made.ok ? { status: 201, body: { id, token: made.value.token } } : faultReply(made.faults)
}

async function storedIntent(
  { intents }: ApiContext,
  { router, query }: CallOf<'getIntent'>,
): Promise<AnswerOf<'getIntent'>> {
  const stored = await intents.read(router.id, query.generation)
  if (stored !== undefined) return { status: 200, body: stored }
  return faultReply([fault('INTENT_UNKNOWN', 'intent', 'the hub stores no such intent')])
}

async function rotate(
  { routers, links }: ApiContext,
  { router: { id }, text }: CallOf<'rotateToken'>,
): Promise<AnswerOf<'rotateToken'>> {
  const wanted = text === '' ? ok(RotationRequest.parse({})) : parseBody(RotationRequest, text)
  if (!wanted.ok) return faultReply(wanted.faults)
  const rotated = await routers.rotate(id, seconds(wanted.value.overlapSeconds))
  if (!rotated.ok) return faultReply(rotated.faults)
  links.revoke(id)
  return { status: 200, body: { id, ...rotated.value } }
}

async function lifecycles(
  { store, words }: ApiContext,
  { router: { id } }: CallOf<'getLifecycle'>,
): Promise<AnswerOf<'getLifecycle'>> {
  const stored = await readHealth(store, id)
  if (!stored.ok) return faultReply(stored.faults)
  const found = lifecyclesIn(stored.value?.health ?? {})
  const body = { router: id, lifecycles: [...found], words: [...(await words.read(id))] }
  return { status: 200, body }
}

/** Stores a word, says it if the router can be reached, and answers with what became of it. */
async function sayLifecycle(
  { words, notifier, wall }: ApiContext,
  { router: { id }, text }: CallOf<'sayLifecycle'>,
): Promise<AnswerOf<'sayLifecycle'>> {
  const wanted = parseBody(LifecycleWordBody, text)
  if (!wanted.ok) return faultReply(wanted.faults)
  const at = wall().toISOString()
  const delivery = { state: 'waiting' as const, at, faults: [] }
  const added = await words.add(id, {
    ...wanted.value,
    id: wanted.value.id ?? newId(),
    at,
    delivery,
  })
  if (!added.ok) return faultReply(added.faults)
  if (added.value.delivery.state === 'waiting') await notifier.notify(id)
  const stored = (await words.read(id)).find((word) => word.id === added.value.id)
  const said = stored ?? added.value
  const { state, faults } = said.delivery
  if (state === 'refused') return faultReply(faults)
  return state === 'accepted' ? { status: 200, body: said } : { status: 202, body: said }
}

/** Asks the router itself, which alone measures its light. */
async function renewBaseline(
  { links }: PushContext,
  { router: { id }, text }: CallOf<'renewBaseline'>,
): Promise<AnswerOf<'renewBaseline'>> {
  const wanted = parseBody(BaselineBody, text)
  if (!wanted.ok) return faultReply(wanted.faults)
  const link = links.link(id)
  if (link === undefined) return faultReply([notConnected(id)])
  const options = { timeout: CHANGE_TIMEOUT }
  const answer = await link.peer.call('optics.baseline', wanted.value, options)
  return answer.ok ? { status: 200, body: answer.value } : faultReply(answer.faults)
}

/** Passed on at once and not stored: a reading of light is news for an hour. */
async function reportOptics(
  { links }: PushContext,
  { router: { id }, text }: CallOf<'reportOptics'>,
): Promise<AnswerOf<'reportOptics'>> {
  const wanted = parseBody(OpticsReportBody, text)
  if (!wanted.ok) return faultReply(wanted.faults)
  const link = links.link(id)
  if (link === undefined) return faultReply([notConnected(id)])
  const options = { timeout: CHANGE_TIMEOUT }
  const answer = await link.peer.call('optics.report', wanted.value, options)
  return answer.ok ? { status: 200, body: answer.value } : faultReply(answer.faults)
}

/** The body of a request, checked. A key that an object has twice is refused. */
function parseBody<S extends z.ZodType>(shape: S, text: string): Result<z.output<S>> {
  const document = readDocument(text, 'body')
  return document.ok ? parseShape(shape, document.value, 'body') : document
}

function routerView({ links }: PushContext, router: RouterRecord): z.input<typeof RouterView> {
  const { tokenSha256: _, previousToken: __, whole: ___, ...shown } = router
  const { patches: ____, patchOctets: _____, severity = 'unknown', ...rest } = shown
  const link = links.link(router.id)
  return { ...rest, severity, connected: link !== undefined, since: link?.since ?? null }
}

/** One page of records; their data was checked when the agent reported it. */
async function page(
  journal: Journal,
  type: RecordType,
  { router, query }: ApiCall<z.output<typeof PageQuery>, RouterRecord>,
): Promise<{ readonly records: object[]; readonly next: number }> {
  const { after, limit = PAGE_DEFAULT } = query
  const from = after === undefined ? {} : { after }
  const found = await journal.read({ router: router.id, type, limit, ...from })
  const records = found.map(({ number, data }) => ({ number, ...data }))
  return { records, next: found.at(-1)?.number ?? after ?? 0 }
}

/** `Last-Event-ID` is newer than the query, which an `EventSource` repeats when it reconnects. */
function resumeAfter({
  headers,
  query,
}: ApiCall<{ readonly after?: number | undefined }>): number | undefined {
  const last = headers['last-event-id']
  return typeof last === 'string' && /^\d{1,15}$/.test(last) ? Number(last) : query.after
}

/** Asks the router itself to end its provisional change. */
async function endChange(
  { links }: PushContext,
  method: 'change.confirm' | 'change.cancel',
  { router: { id }, change }: CallOf<'confirmChange' | 'cancelChange'>,
): Promise<AnswerOf<'confirmChange' | 'cancelChange'>> {
  const link = links.link(id)
  if (link === undefined) return faultReply([notConnected(id)])
  const answer = await link.peer.call(method, { change }, { timeout: CHANGE_TIMEOUT })
  return answer.ok ? { status: 200, body: {} } : faultReply(answer.faults)
}
