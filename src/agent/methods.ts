import { LIMITS, TEXT_LIMITS, cutText } from '../core/wire/limits.js'
import { ok } from '../core/base/result.js'
import type { Impact } from '../core/model/plan.js'
import type { AGENT_METHODS, Status } from '../core/wire/messages.js'
import type { Handlers } from '../edge/socket/method-table.js'
import type { Engine } from './change/engine.js'
import { exportAnswer } from './router/export.js'
import type { HealthMonitor } from './health/monitor.js'
import { previousIntent } from './state/previous-intent.js'
import type { StateStore } from './state/state-store.js'
import type { SecretStore } from './state/secrets.js'
import { describeStep } from '../core/router/describe.js'

export interface MethodsOptions {
  readonly engine: Engine
  readonly memory: StateStore
  readonly health: HealthMonitor
  readonly secrets: SecretStore
  readonly exclusively: <T>(deed: () => Promise<T>) => Promise<T>
  readonly status: () => Status
  readonly newName: () => string
  readonly ceiling: Impact
  readonly wall: () => Date
}

/** What an agent answers, to its hub and to the local command; `watch` is the local socket's own. */
export function agentMethods(
  options: MethodsOptions,
): Omit<Handlers<typeof AGENT_METHODS>, 'watch'> {
  const { engine, exclusively } = options
  return {
    async 'intent.push'(params) {
      const { intent, secrets, dryRun } = params
      const push = {
        intent,
        change: params.change ?? options.newName(),
        confirmWithin: params.confirmWithin ?? null,
        maxImpact: params.maxImpact ?? (params.adopt ? 'soft' : options.ceiling),
        probes: params.probes,
        dryRun,
        adopt: params.adopt,
      }
      const pushed = await exclusively(() =>
        options.secrets.during({ intent, secrets, dryRun }, () => engine.push(push)),
      )
      if (!pushed.ok) return pushed
      const { change, ref, plan } = pushed.value
      return ok({ change, ...ref, ...(plan === null ? {} : { plan }) })
    },
    'intent.previous': ({ generation }) => previousIntent(options.memory, generation),
    'change.confirm': ({ change }) => exclusively(() => engine.confirm(change)),
    'change.cancel': ({ change }) => exclusively(() => engine.cancel(change)),
    'change.repair': ({ accept }) => exclusively(() => engine.repair(accept)),
    async 'router.release'() {
      const released = await exclusively(() => engine.release())
      if (!released.ok) return released
      const steps = released.value.slice(0, LIMITS.planLines).map(describeStep)
      return ok({
        steps: steps.map((says) => cutText(says, TEXT_LIMITS.step)),
        stepCount: released.value.length,
      })
    },
    async 'router.export'() {
      const exported = await exclusively(() => engine.exportIntent())
      return exported.ok ? ok(exportAnswer(exported.value)) : exported
    },
    'show.status': () => ok(options.status()),
    'show.history': () => ok({ changes: [...options.memory.history()] }),
    'show.events': ({ limit }) => ok({ events: options.health.events().slice(-limit) }),
    'show.intent': () => ok({ intent: engine.running()?.intent ?? null }),
    ping: () => ok({ at: options.wall().toISOString() }),
  }
}
