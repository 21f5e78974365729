import { attempt } from '../../core/base/attempt.js'
import { fault } from '../../core/base/fault.js'
import { faultsOf, refused, type Result } from '../../core/base/result.js'
import { allowedForHub, type HubPermission } from '../../core/config/hub-methods.js'
import { auditReason, type AuditActor, type AuditRecord } from '../../core/wire/audit.js'
import { cutText, TEXT_LIMITS } from '../../core/wire/limits.js'
import type { AgentMethod, AGENT_METHODS } from '../../core/wire/messages.js'
import type { Handlers } from '../../edge/socket/method-table.js'

/** What the agent answers on a connection. */
type Methods = Handlers<typeof AGENT_METHODS>

/** Who calls the methods of the agent on one connection. */
export interface Caller {
  /** null: the caller went away before it was known who it is. */
  readonly actor: () => AuditActor | Promise<AuditActor | null>
  /** Where the caller is: the path of the local socket, or the hub's URL. */
  readonly from: () => string
  /** What it may ask; null: everything. */
  readonly allow: readonly HubPermission[] | null
}

/** Where the calls are recorded. */
export interface AuditTo {
  readonly record: (record: AuditRecord) => Promise<void>
  readonly router: string
  readonly wall: () => Date
}

/** The methods that are recorded: all that change the router or its records, or give an intent away. */
const RECORDED: ReadonlySet<AgentMethod> = new Set<AgentMethod>([
  'intent.push',
  'intent.previous',
  'change.confirm',
  'change.cancel',
  'change.repair',
  'router.release',
  'router.export',
  'neighbor.clear',
  'lifecycle.notify',
  'optics.baseline',
  'optics.report',
])

type Handler = (params: unknown) => Result<unknown> | Promise<Result<unknown>>

/**
 * The methods as a caller may use them: what it is not allowed is refused, and what matters is recorded,
 * refusals included.
 */
export function guardedMethods(methods: Methods, caller: Caller, audit: AuditTo): Methods {
  const guarded = Object.entries(methods).map(([name, handler]) => {
    // The names are those of the table; by name alone TypeScript cannot tie a handler to its schema.
    const [method, perform] = [name as AgentMethod, handler as Handler]
    return [name, (params: unknown) => answer({ method, params, perform }, caller, audit)]
  })
  return Object.fromEntries(guarded) as Methods
}

interface Call {
  readonly method: AgentMethod
  readonly params: unknown
  readonly perform: Handler
}

async function answer(
  { method, params, perform }: Call,
  caller: Caller,
  audit: AuditTo,
): Promise<Result<unknown>> {
  const { allow } = caller
  const allowed = allow === null ? null : allowedForHub(method, params, allow)
  const isRefused = allowed?.ok === false
  const isRecorded = isRefused || (RECORDED.has(method) && !isDryRun(params))
  if (!isRecorded) return performed(perform, params)
  const actor = await caller.actor()
  // Nobody reads the answer any more, and the audit could not say who asked.
  const denied = isRefused ? allowed : actor === null ? refused(GONE) : null
  const result = denied ?? (await performed(perform, params))
  const who = { actor: actor ?? NOBODY, from: caller.from() }
  await audit.record(recordOf({ method, params, perform }, result, who, audit))
  return result
}

const NOBODY = { kind: 'user', name: '' } as const
const GONE = fault(
  'UNAUTHORIZED',
  'caller',
  'the caller closed its connection before the kernel could say which user it is',
)

async function performed(perform: Handler, params: unknown): Promise<Result<unknown>> {
  const answered = await attempt(async () => perform(params))
  return answered.ok ? answered.value : answered
}

function recordOf(
  { method, params }: Call,
  result: Result<unknown>,
  { actor, from }: Pick<AuditRecord, 'actor' | 'from'>,
  { router, wall }: AuditTo,
): AuditRecord {
  const asked = membersOf(params)
  const answered = result.ok ? membersOf(result.value) : {}
  const change = answered['change'] ?? asked['change']
  return {
    at: wall().toISOString(),
    actor,
    from: cutText(from, TEXT_LIMITS.subject),
    action: actionOf(method, asked),
    router,
    ...(typeof change === 'string' ? { change: change.slice(0, 64) } : {}),
    ...intentOf(answered, asked['intent']),
    outcome: result.ok ? 'done' : 'refused',
    ...auditReason(faultsOf(result)),
  }
}

function actionOf(method: AgentMethod, asked: Readonly<Record<string, unknown>>): string {
  if (asked['adopt'] === true) return `${method} adopt`
  if (method === 'lifecycle.notify') return wordOf(asked)
  if (method.startsWith('optics.')) return portOf(method, asked)
  return asked['accept'] === true ? `${method} accept` : method
}

/** Characters of the action of a record. */
const AUDIT_ACTION = 128

/** What was said of what; the name of a subject has at most 128 characters. */
function wordOf({ kind, name, word }: Readonly<Record<string, unknown>>): string {
  return cutText(`lifecycle.notify ${String(word)} ${String(kind)}/${String(name)}`, AUDIT_ACTION)
}

/** What was done to the light of which port. */
function portOf(method: AgentMethod, { port }: Readonly<Record<string, unknown>>): string {
  return cutText(`${method} ${String(port)}`, AUDIT_ACTION)
}

function isDryRun(params: unknown): boolean {
  return membersOf(params)['dryRun'] === true
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** The pushed intent: as the answer names it, or the generation that was asked for. */
function intentOf(
  answered: Readonly<Record<string, unknown>>,
  document: unknown,
): Pick<AuditRecord, 'digest' | 'generation'> {
  const { digest, generation = membersOf(document)['generation'] } = answered
  const isNumber = Number.isSafeInteger(generation) && Number(generation) > 0
  return {
    ...(typeof digest === 'string' ? { digest } : {}),
    ...(isNumber ? { generation: Number(generation) } : {}),
  }
}
