import type { IncomingMessage } from 'node:http'
import type { Fault } from '../../core/base/fault.js'
import { auditReason, type AuditOutcome, type AuditRecord } from '../../core/wire/audit.js'
import { cutText, TEXT_LIMITS } from '../../core/wire/limits.js'
import { addressOf } from '../routers/refused-logins.js'
import type { AuditLog } from '../store/audit.js'
import type { ApiReply } from './reply.js'
import type { RouteMatch } from './route.js'

/** What the audit of a request needs. */
export interface AuditOptions {
  readonly audit: Pick<AuditLog, 'begin'>
  readonly wall: () => Date
}

/** Stands in the record of a request until it is answered. */
const UNANSWERED = 'the hub has not answered it yet, or ended before it could'

/**
 * Runs a request that may change something, and records who sent it, from where, and how it ended. Nothing
 * is done that cannot be recorded.
 */
export async function audited(
  { audit, wall }: AuditOptions,
  request: IncomingMessage,
  { operator, match }: { readonly operator: string; readonly match: RouteMatch },
  run: () => Promise<ApiReply>,
): Promise<ApiReply> {
  const { method, path } = match.route.operation
  if (method === 'GET') return run()
  const { change } = match.segments
  const record: AuditRecord = {
    at: wall().toISOString(),
    actor: { kind: 'token', name: operator },
    from: addressOf(request.socket),
    action: `${method} ${path}`,
    router: null,
    ...(change === undefined ? {} : { change: change.slice(0, 64) }),
    outcome: 'failed',
    detail: UNANSWERED,
  }
  const end = await audit.begin(record)
  const reply = await run().catch(async (error: unknown) => {
    await end({ ...record, detail: cutText(String(error), TEXT_LIMITS.sentence) })
    throw error
  })
  await end(endOf(record, match.segments['id'], reply))
  return reply
}

/** The record of a request that was answered. */
function endOf(record: AuditRecord, id: string | undefined, reply: ApiReply): AuditRecord {
  if (!('body' in reply)) return { ...record, outcome: 'done' }
  const { status, body } = reply
  const members = body as Readonly<Record<string, unknown>>
  const { generation, digest, faults } = members
  const { detail: _, ...rest } = record
  return {
    ...rest,
    router: status === 404 ? null : (id ?? textOf(members['id']) ?? null),
    ...(typeof generation === 'number' ? { generation } : {}),
    ...(typeof digest === 'string' ? { digest } : {}),
    outcome: outcomeOf(status),
    ...auditReason((faults ?? []) as readonly Fault[]),
  }
}

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'done'
  return status < 500 ? 'refused' : 'failed'
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
