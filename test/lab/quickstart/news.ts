import * as z from 'zod'
import type { HubNews, HubProcess } from '../topology/hub.js'
import { narrate } from './narrator.js'

const Envelope = z.looseObject({ data: z.unknown() })
const Change = z.looseObject({
  phase: z.string(),
  generation: z.number(),
  plan: z.looseObject({ stepCount: z.number(), impact: z.string() }).optional(),
  faults: z.array(z.looseObject({ at: z.string(), message: z.string() })).optional(),
})
const Event = z.looseObject({ severity: z.string(), message: z.string() })

/** Prints what the hub receives, as it receives it. */
export function followHub(hub: HubProcess, signal: AbortSignal): void {
  hub.stream(signal, (news) => {
    const text = describe(news)
    if (text !== undefined) narrate.step(`hub received: ${text}`)
  })
}

function describe({ type, data }: HubNews): string | undefined {
  const record = Envelope.safeParse(data).data?.data
  if (type === 'change') return describeChange(record)
  const event = type === 'event' ? Event.safeParse(record).data : undefined
  return event === undefined ? undefined : `${event.severity}: ${event.message}`
}

function describeChange(record: unknown): string | undefined {
  const change = Change.safeParse(record).data
  if (change === undefined) return undefined
  const { phase, generation, plan, faults } = change
  const why = faults?.[0] === undefined ? '' : `: ${faults[0].at}: ${faults[0].message}`
  const count = plan?.stepCount === 1 ? '1 step' : `${plan?.stepCount} steps`
  const steps = plan === undefined ? '' : ` (${count}, impact ${plan.impact})`
  return `generation ${generation} ${phase}${steps}${why}`
}
