import type { Loss, Measured, ProbedTarget, RoundTripTime } from '../model/probe.js'
import type { AttachmentState, LinkRates, Seen } from '../model/state.js'
import type { AttachmentHealth, PortHealth, VerdictHealth } from '../wire/health.js'
import { damp, known, type Band } from './shown/damping.js'

/** What one subject's part is written from, besides its state. */
export interface Source<Part> {
  /** When the part was read, where its source does not answer now; null: at this look. */
  readonly observedAt: string | null
  readonly verdict: VerdictHealth
  /** The same part of the last document. */
  readonly before: Part | undefined
  /** Counters, load and the like are read anew; otherwise they keep their last figures. */
  readonly fresh: boolean
  /** How fast its counters rise; absent: it has none, or they are not known. */
  readonly rates?: LinkRates | undefined
}

/** When a part was read; null while its source answers, which `router.observedAt` says. */
export function observedAt({ at, fault }: Seen): string | null {
  return fault === null ? null : at
}

type RatesHealth = NonNullable<PortHealth['rates']>
type ProbeHealth = NonNullable<AttachmentHealth['probe']>
type TargetHealth = ProbeHealth['targets'][string]

const BANDS = {
  /** bit/s. */
  bits: { digits: 0, absolute: 1_000_000, relative: 0.25 },
  /** Packets a second. */
  packets: { digits: 1, absolute: 1000, relative: 0.25 },
  /** Errors and discards a second. */
  faults: { digits: 2, absolute: 1, relative: 0.25 },
  /** Percent of a capacity. */
  utilization: { digits: 1, absolute: 5, relative: 0 },
  /** Percent of the requests. */
  loss: { digits: 1, absolute: 3, relative: 0 },
  /** ms. */
  time: { digits: 2, absolute: 0.5, relative: 0.25 },
} as const satisfies Record<string, Band>

/** Rates as the document has them, near the figures of the last one while they stay within their bands. */
export function ratesHealth(
  rates: LinkRates | undefined,
  before: RatesHealth | undefined,
): RatesHealth | null {
  if (rates === undefined) return null
  const { perSecond: now, utilization } = rates
  const figure = (key: keyof RatesHealth, value: number, band: Band) => {
    const damped = damp(before?.[key] ?? (before === undefined ? undefined : 0), value, band)
    return damped === 0 ? null : damped
  }
  const part = (key: 'inUtilization' | 'outUtilization', value: number | undefined) =>
    damp(before?.[key], value ?? null, BANDS.utilization)
  return known({
    inBits: figure('inBits', now.inOctets * 8, BANDS.bits),
    outBits: figure('outBits', now.outOctets * 8, BANDS.bits),
    inPkts: figure('inPkts', now.inPkts, BANDS.packets),
    outPkts: figure('outPkts', now.outPkts, BANDS.packets),
    inErrors: figure('inErrors', now.inErrors, BANDS.faults),
    outErrors: figure('outErrors', now.outErrors, BANDS.faults),
    inDiscards: figure('inDiscards', now.inDiscards, BANDS.faults),
    outDiscards: figure('outDiscards', now.outDiscards, BANDS.faults),
    inUtilization: part('inUtilization', utilization?.in),
    outUtilization: part('outUtilization', utilization?.out),
  })
}

/** What an attachment probes. */
export function probeHealth(
  probe: AttachmentState['probe'],
  before: ProbeHealth | undefined,
): ProbeHealth | null {
  if (probe === undefined) return null
  const targets = probe.targets.map(
    (each) =>
      [each.target.address, targetHealth(each, before?.targets[each.target.address])] as const,
  )
  return { interval: probe.interval, targets: Object.fromEntries(targets) }
}

const STATES = {
  answers: 'ANSWERS',
  silent: 'SILENT',
  'never-answered': 'NEVER-ANSWERED',
  unknown: 'UNKNOWN',
} as const satisfies Record<Measured['state'], TargetHealth['state']>

const KINDS = { neighbor: 'NEIGHBOR', host: 'HOST' } as const

function targetHealth(probed: ProbedTarget, before: TargetHealth | undefined): TargetHealth {
  const { target, roundTripTime: time, fullSize } = probed
  return known({
    kind: KINDS[target.kind],
    ...measured(probed, before),
    roundTripTime: time === null ? null : roundTripHealth(time, before?.roundTripTime),
    fullSize:
      fullSize === null
        ? null
        : { size: target.fullSize ?? 0, ...measured(fullSize, before?.fullSize) },
  })
}

type MeasuredHealth = Pick<TargetHealth, 'state' | 'lastAnswered' | 'loss10s' | 'loss60s'>

function measured(now: Measured, before: Partial<MeasuredHealth> | undefined): MeasuredHealth {
  return known({
    state: STATES[now.state],
    lastAnswered: now.state === 'answers' ? null : now.lastAnswered,
    loss10s: lossHealth(now.loss10, before?.loss10s),
    loss60s: lossHealth(now.loss60, before?.loss60s),
  })
}

function lossHealth({ sent, lost }: Loss, before: number | undefined): number | null {
  return sent === 0 ? null : damp(before, (lost * 100) / sent, BANDS.loss)
}

function roundTripHealth(
  { min, avg, max }: RoundTripTime,
  before: TargetHealth['roundTripTime'],
): RoundTripTime {
  const figure = (last: number | undefined, now: number) => damp(last, now, BANDS.time) ?? 0
  return {
    min: figure(before?.min, min),
    avg: figure(before?.avg, avg),
    max: figure(before?.max, max),
  }
}
