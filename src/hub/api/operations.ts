import * as z from 'zod'
import { intentSchema } from '../../core/wire/intent.js'
import { CONTENT_TYPE } from '../../edge/metrics/exposition.js'
import type { Operation } from './operation.js'
import * as queries from './queries.js'
import {
  Alive,
  AuditPage,
  BackupMade,
  BackupRequest,
  ChangePage,
  DryRun,
  EventPage,
  Gap,
  HealthView,
  IntentWithExtras,
  LifecycleList,
  Nothing,
  PushRefused,
  PushTaken,
  PushWaiting,
  Registered,
  Registration,
  Rotated,
  RotationRequest,
  RouterList,
  RouterView,
  StoredIntentView,
  StreamedRecord,
} from './shapes.js'
import { ROUTER_OPERATIONS } from './router-operations.js'

const { AuditQuery, IntentQuery, NoQuery, PageQuery, PushQuery, RoutersQuery, StreamQuery } =
  queries

/** What all streams answer. */
const STREAM = {
  200: {
    description:
      'Server-sent events. `id` is the number of the record; a client that reconnects sends it as `Last-Event-ID` and gets what it missed.',
    events: {
      event: StreamedRecord,
      change: StreamedRecord,
      health: StreamedRecord,
      intent: StreamedRecord,
      router: StreamedRecord,
      gap: Gap,
    },
  },
} as const

/** All operations of the HTTP API. The key is the `operationId` of the OpenAPI page. */
export const OPERATIONS = {
  getHealthz: {
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the hub answers',
    isPublic: true,
    query: NoQuery,
    body: null,
    replies: { 200: { description: 'It answers.', schema: Alive } },
    faults: [],
  },
  getReadyz: {
    method: 'GET',
    path: '/readyz',
    summary: 'Whether the hub stores what routers report',
    isPublic: true,
    query: NoQuery,
    body: null,
    replies: { 200: { description: 'It does.', schema: Alive } },
    faults: ['STATE_UNWRITABLE'],
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'The hub and all routers as metrics for Prometheus',
    description: 'docs/metrics.md lists them. The token of `[metrics]` may read nothing else.',
    isScrape: true,
    query: NoQuery,
    body: null,
    replies: { 200: { description: "Prometheus's text format.", contentType: CONTENT_TYPE } },
    faults: [],
  },
  listRouters: {
    method: 'GET',
    path: '/v1/routers',
    summary: 'All routers, or those of one severity',
    query: RoutersQuery,
    body: null,
    replies: { 200: { description: 'Sorted by id.', schema: RouterList } },
    faults: [],
  },
  registerRouter: {
    method: 'POST',
    path: '/v1/routers',
    summary: 'Register a router and make its token',
    query: NoQuery,
    body: Registration,
    bodyLimit: 16 * 1024,
    replies: {
      201: {
        description: 'Registered. This is the only time the token is shown.',
        schema: Registered,
      },
    },
    faults: ['ROUTER_EXISTS', 'PEER_LIMIT', 'STATE_UNWRITABLE'],
  },
  getRouter: {
    method: 'GET',
    path: '/v1/routers/{id}',
    summary: 'One router',
    query: NoQuery,
    body: null,
    replies: { 200: { description: 'What the hub knows of it.', schema: RouterView } },
    faults: [],
  },
  removeRouter: {
    method: 'DELETE',
    path: '/v1/routers/{id}',
    summary: 'Remove a router with all that is stored of it',
    description: 'Its connections are closed with code 4403.',
    query: NoQuery,
    body: null,
    replies: { 200: { description: 'Removed.', schema: Nothing } },
    faults: ['ROUTER_EXISTS', 'STATE_UNWRITABLE'],
  },
  rotateToken: {
    method: 'POST',
    path: '/v1/routers/{id}/token',
    summary: 'Give a router a new token',
    description:
      'Intents, events and history stay. Connections of a token that is not accepted any more are closed with code 4403. A router of the TOML gets its token there.',
    query: NoQuery,
    body: RotationRequest,
    replies: {
      200: {
        description: 'The new token. This is the only time it is shown.',
        schema: Rotated,
      },
    },
    faults: ['ROUTER_EXISTS', 'STATE_UNWRITABLE'],
  },
  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    summary: 'Who did what, from where, and how it ended',
    description:
      'Every request that may change something, log-ins that were refused, first connections and deliveries; never a secret. Without `after` the newest are answered; with it those above that number.',
    query: AuditQuery,
    body: null,
    replies: { 200: { description: 'One page, oldest first.', schema: AuditPage } },
    faults: [],
  },
  makeBackup: {
    method: 'POST',
    path: '/v1/backup',
    summary: 'Copy the data directory while the hub runs',
    description:
      'The copy is as the store was at one moment. It holds the key of stored passwords and the operator token, if the hub made one: keep it as secret as those.',
    query: NoQuery,
    body: BackupRequest,
    replies: { 201: { description: 'The copy is complete and on the disk.', schema: BackupMade } },
    faults: ['STATE_DAMAGED', 'STATE_UNWRITABLE'],
  },
  pushIntent: {
    method: 'PUT',
    path: '/v1/routers/{id}/intent',
    summary: 'Store an intent and push it to its router',
    description:
      'The intent is on disk before the answer. With `dryRun=true` nothing is stored: the connected router checks and plans. What becomes of a change is in the history and in the stream.',
    query: PushQuery,
    body: z.union([intentSchema, IntentWithExtras]),
    replies: {
      200: {
        description: 'Stored, and the router has taken it; or the plan of a dry run.',
        schema: z.union([PushTaken, DryRun]),
      },
      202: {
        description:
          'Stored. The router is away or busy and gets it as soon as it can take it; `reasons` says why.',
        schema: PushWaiting,
      },
    },
    faults: [
      'AGENT_UNREACHABLE',
      'INTENT_CONFLICT',
      'INTENT_STALE',
      'INTENT_WRONG_ROUTER',
      'STATE_DAMAGED',
      'STATE_UNWRITABLE',
    ],
    isForwarded: true,
    refusal: PushRefused,
  },
  getIntent: {
    method: 'GET',
    path: '/v1/routers/{id}/intent',
    summary: 'The newest intent of a router, or an older one',
    query: IntentQuery,
    body: null,
    replies: { 200: { description: 'The intent, without passwords.', schema: StoredIntentView } },
    faults: ['INTENT_UNKNOWN'],
  },
  getHealth: {
    method: 'GET',
    path: '/v1/routers/{id}/health',
    summary: 'The health of a router as of its newest report',
    query: NoQuery,
    body: null,
    replies: { 200: { description: 'null before the first report.', schema: HealthView } },
    faults: [],
  },
  getLifecycle: {
    method: 'GET',
    path: '/v1/routers/{id}/lifecycle',
    summary: 'Where each connection and attachment is in its life',
    query: NoQuery,
    body: null,
    replies: { 200: { description: 'States and words.', schema: LifecycleList } },
    faults: [],
  },

  listChanges: {
    method: 'GET',
    path: '/v1/routers/{id}/history',
    summary: 'The phases of past changes, oldest first',
    description: 'Without `after` the newest are answered; with it those above that number.',
    query: PageQuery,
    body: null,
    replies: { 200: { description: 'One page.', schema: ChangePage } },
    faults: [],
  },
  listEvents: {
    method: 'GET',
    path: '/v1/routers/{id}/events',
    summary: 'The events of a router, oldest first',
    description: 'Without `after` the newest are answered; with it those above that number.',
    query: PageQuery,
    body: null,
    replies: { 200: { description: 'One page.', schema: EventPage } },
    faults: [],
  },
  streamAll: {
    method: 'GET',
    path: '/v1/stream',
    summary: 'What happens on all routers, as it happens',
    query: StreamQuery,
    body: null,
    replies: STREAM,
    faults: ['PEER_LIMIT'],
  },
  streamRouter: {
    method: 'GET',
    path: '/v1/routers/{id}/stream',
    summary: 'What happens on one router, as it happens',
    query: StreamQuery,
    body: null,
    replies: STREAM,
    faults: ['PEER_LIMIT'],
  },

  ...ROUTER_OPERATIONS,
} as const satisfies Readonly<Record<string, Operation>>

export type OperationId = keyof typeof OPERATIONS
