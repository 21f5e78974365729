import type { Operation } from './operation.js'
import { NoQuery } from './queries.js'
import {
  BaselineBody,
  BaselineTaken,
  LifecycleWordBody,
  OpticsReportBody,
  OpticsReportTaken,
  Nothing,
  WordView,
} from './shapes.js'

/** What ends a provisional change answers. */
const ENDS_CHANGE = {
  query: NoQuery,
  body: null,
  replies: { 200: { description: 'The router has done it.', schema: Nothing } },
  faults: ['AGENT_UNREACHABLE', 'CHANGE_UNKNOWN'],
  isForwarded: true,
} as const

const TO_THE_ROUTER = { query: NoQuery, bodyLimit: 16 * 1024, isForwarded: true } as const

/** The operations that the hub passes on to a router: the router decides, and its answer is the answer. */
export const ROUTER_OPERATIONS = {
  sayLifecycle: {
    method: 'POST',
    path: '/v1/routers/{id}/lifecycle',
    summary: 'Say of a connection or an attachment what its router cannot see',
    description:
      'Such as that the LOA was sent, or that an owner has accepted. The word is on disk before the answer, and is said to the router once. With the same `id` it may be sent again.',
    query: NoQuery,
    body: LifecycleWordBody,
    bodyLimit: 16 * 1024,
    replies: {
      200: { description: 'The router has taken it.', schema: WordView },
      202: {
        description: 'Stored. It is said as soon as the router can take it; `faults` says why.',
        schema: WordView,
      },
    },
    faults: ['LIFECYCLE_STATE', 'SUBJECT_UNKNOWN', 'PEER_LIMIT', 'STATE_UNWRITABLE'],
    isForwarded: true,
  },
  reportOptics: {
    method: 'POST',
    path: '/v1/routers/{id}/optics',
    summary: "Say what the provider measures at the other end of a port's fibre",
    description:
      'It is passed on at once and not stored by the hub. The router shows the loss of each strand in its health, and raises findings by it for an hour.',
    ...TO_THE_ROUTER,
    body: OpticsReportBody,
    replies: { 200: { description: 'The router has taken it.', schema: OpticsReportTaken } },
    faults: ['AGENT_UNREACHABLE', 'PORT_MISSING', 'STATE_UNWRITABLE'],
  },
  renewBaseline: {
    method: 'POST',
    path: '/v1/routers/{id}/optics/baseline',
    summary: 'Let a router remember the light of a port as it is now',
    description: 'What comes later is compared with it. The router keeps the baseline before it.',
    ...TO_THE_ROUTER,
    body: BaselineBody,
    replies: { 200: { description: 'The new baseline.', schema: BaselineTaken } },
    faults: ['AGENT_UNREACHABLE', 'OPTIC_NO_LIGHT', 'PORT_MISSING'],
  },
  confirmChange: {
    method: 'POST',
    path: '/v1/routers/{id}/changes/{change}/confirm',
    summary: 'Keep a provisional change',
    ...ENDS_CHANGE,
  },
  cancelChange: {
    method: 'POST',
    path: '/v1/routers/{id}/changes/{change}/cancel',
    summary: 'Roll back a provisional change',
    ...ENDS_CHANGE,
  },
} as const satisfies Readonly<Record<string, Operation>>
