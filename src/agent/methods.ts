import { ok, refused, type Result } from '../core/base/result.js'
import { seconds } from '../core/base/time.js'
import { allowedImpact, type Origin } from '../core/change/admission.js'
import type { Have, Impact } from '../core/model/plan.js'
import { announceLimits } from '../core/providers/announce-limits.js'
import type { Profiles } from '../core/providers/lines.js'
import { describeStep } from '../core/router/describe.js'
import { expiry } from '../core/wire/push.js'
import { LIMITS, TEXT_LIMITS, cutText } from '../core/wire/limits.js'
import type { LifecycleParams } from '../core/wire/message-fields.js'
import type { AGENT_METHODS, AgentResult, Status } from '../core/wire/messages.js'
import { sha256 } from '../edge/host/facts/identity.js'
import type { Handlers } from '../edge/socket/method-table.js'
import type { Engine } from './change/engine.js'
import type { HealthMonitor } from './health/monitor.js'
import type { Doctor } from './doctor/doctor.js'
import { clearNeighbor, type ClearSession } from './router/clear.js'
import { exportAnswer } from './router/export.js'
import { judgePushed, namePorts, readPushed } from './router/want.js'
import type { AuditFile } from './access/audit-file.js'
import type { Lifecycles } from './lifecycle/lifecycles.js'
import type { LightMemories } from './optics/light-memories.js'
import { renewBaseline, reportOptics } from './optics/methods.js'
import { effectiveOf, type KeptIntent } from './state/kept-intent.js'
import { previousIntent } from './state/previous-intent.js'
import type { SecretStore } from './state/secrets.js'
import type { StateStore } from './state/state-store.js'

export interface MethodsOptions {
  readonly engine: Engine
  readonly store: StateStore
  readonly health: HealthMonitor
  readonly secrets: SecretStore
  /** Runs a task that no turn and no other task overlaps. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>
  readonly status: () => Status
  /** The links of this router, for the names of ports. */
  readonly links: () => Promise<Have['links']>
  /** The profiles of providers that pushes are judged by. */
  readonly profiles: () => Profiles
  /** Starts a session of FRR again. */
  readonly clear: ClearSession
  /** A name for a change that came without one. */
  readonly newName: () => string
  /** `max_impact` of the settings. */
  readonly maxImpact: Impact
  readonly audit: Pick<AuditFile, 'newest'>
  readonly lifecycles: Pick<Lifecycles, 'notify'>
  readonly doctor: Doctor
  readonly lights: Pick<LightMemories, 'renew' | 'report'>
  /** Asks for a look at the router. */
  readonly look: (reason: string) => void
  readonly wall: () => Date
}

/** What the agent answers to its hub and to the local command. */
export type AgentMethods = Omit<Handlers<typeof AGENT_METHODS>, 'watch' | 'neighbor.clear'>

/** What the agent answers to the local command only. */
export type LocalMethods = Required<Pick<Handlers<typeof AGENT_METHODS>, 'neighbor.clear'>>

/** All methods but those that only the local socket has, as this origin may call them. */
export function agentMethods(options: MethodsOptions, origin: Origin): AgentMethods {
  const { engine, store, health, exclusively } = options
  return {
    'intent.push': (params) => pushIntent(params, options, origin),
    'intent.previous': ({ generation }) => previousIntent(store, generation),
    'change.confirm': ({ change }) => exclusively(() => engine.confirm(change)),
    'change.cancel': ({ change }) => exclusively(() => engine.cancel(change)),
    'change.repair': ({ accept }) => exclusively(() => engine.repair(accept)),
    async 'router.release'() {
      const released = await exclusively(() => engine.release())
      if (!released.ok) return released
      const steps = released.value.slice(0, LIMITS.planLines).map(describeStep)
      return ok({
        steps: steps.map((description) => cutText(description, TEXT_LIMITS.step)),
        stepCount: released.value.length,
      })
    },
    async 'router.export'() {
      const exported = await exclusively(() => engine.exportIntent())
      return exported.ok ? ok(exportAnswer(exported.value)) : exported
    },
    'lifecycle.notify': (params) => notifyLifecycle(params, options),
    doctor: (params) => options.doctor(params, () => undefined),
    'optics.baseline': (params) => renewBaseline(params, options),
    'optics.report': (params) => reportOptics(params, options),
    'show.status': () => ok(options.status()),
    'show.history': () => ok({ changes: [...store.history()] }),
    'show.events': ({ limit }) => ok({ events: health.events().slice(-limit) }),
    'show.intent': () => ok({ intent: engine.running()?.intent ?? null }),
    'show.audit': ({ limit }) => options.audit.newest(limit),
    ping: () => ok({ at: options.wall().toISOString() }),
  }
}

/** A clear is reported as an event: it ends a session, and nothing else would say who did. */
export function localMethods({ engine, health, exclusively, clear }: MethodsOptions): LocalMethods {
  return {
    'neighbor.clear': async (wanted) => {
      const intent = engine.running()?.intent ?? null
      const cleared = await exclusively(() => clearNeighbor(intent, wanted, clear))
      if (!cleared.ok) return cleared
      const { attachment, address, vrf } = cleared.value
      health.report({
        kind: 'neighbor',
        name: `${attachment}/${address}`,
        code: 'NEIGHBOR_CLEARED',
        severity: 'ok',
        message: `An operator on this router cleared BGP to ${address}.`,
      })
      return ok({ address, vrf })
    },
  }
}

async function notifyLifecycle(
  params: LifecycleParams,
  { lifecycles, health }: Pick<MethodsOptions, 'lifecycles' | 'health'>,
): Promise<Result<AgentResult<'lifecycle.notify'>>> {
  const notified = await lifecycles.notify(params)
  if (!notified.ok) return notified
  const { lifecycle, events } = notified.value
  health.refresh(events)
  const { isWanted: _, state, reason, ...rest } = lifecycle
  return ok({ ...rest, lifecycle: state, reason: cutText(reason, TEXT_LIMITS.lifecycle) })
}

type JudgeParts = Pick<MethodsOptions, 'engine' | 'profiles' | 'links' | 'secrets'>

/** An intent that is in force already was judged when it was taken. */
async function judged(
  { intent, secrets: pushed }: PushParams,
  { engine, profiles, links, secrets }: JudgeParts,
): Promise<Result<KeptIntent>> {
  const read = readPushed(intent, sha256)
  if (!read.ok) return read
  const running = engine.running()
  const { generation, digest } = read.value.ref
  if (running?.ref.generation === generation && running.ref.digest === digest) return ok(running)
  const kept = await judgePushed(read.value, profiles(), { pushed, own: secrets.own })
  return kept.ok ? ok(namePorts(kept.value, await links())) : kept
}

type PushParams = Parameters<NonNullable<AgentMethods['intent.push']>>[0]

async function pushIntent(
  params: PushParams,
  options: MethodsOptions,
  origin: Origin,
): Promise<Result<AgentResult<'intent.push'>>> {
  const { confirmWithin, dryRun, adopt, probes, validUntil } = params
  const { engine, secrets, exclusively, newName, maxImpact, wall } = options
  const kept = await judged(params, options)
  if (!kept.ok) return kept
  const { intent } = kept.value
  const push = {
    kept: kept.value,
    change: params.change ?? newName(),
    confirmWithin: confirmWithin === undefined ? null : seconds(confirmWithin),
    maxImpact: allowedImpact(params.maxImpact, maxImpact, { adopt, origin }),
    probes,
    dryRun,
    adopt,
    announceLimits: announceLimits(effectiveOf(kept.value), options.profiles()),
  }
  const pushed = await exclusively(async () => {
    // The push may have waited for another task, so that the time is checked when its turn comes.
    const expired = expiry(validUntil, wall())
    return expired === null
      ? secrets.during({ intent, secrets: params.secrets, dryRun }, () => engine.push(push))
      : refused(expired)
  })
  if (!pushed.ok) return pushed
  const { change, ref, plan } = pushed.value
  return ok({ change, ...ref, ...(plan === null ? {} : { plan }) })
}
