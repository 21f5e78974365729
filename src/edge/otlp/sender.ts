import { setImmediate as otherTasks } from 'node:timers/promises'
import type { MetricData, MetricProducer, PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { millis, toMillis, type Seconds } from '../../core/base/time.js'
import type { Family } from '../../core/metrics/family.js'
import type { Clock } from '../host/clock.js'
import type { Log } from '../host/log.js'
import { metricData, type Sdk } from './metric-data.js'

/**
 * Time for one request, its repetitions included; at most the interval. The SDK cannot cut it short, so that an agent
 * that stops may have to wait for it.
 */
const REQUEST_TIME = millis(3000)
/** Values of one request: some 2 MB of JSON. */
const BATCH = 5000
/** Time for the last values when the agent stops. */
const LAST_WORDS = millis(1000)

export interface OtlpOptions {
  readonly url: string
  readonly interval: Seconds
  /** What is sent; `name`: the id of this router; `version`: that of the program. */
  readonly families: () => Promise<Iterable<Family>>
  readonly name: string
  readonly version: string
  /** The token of the collector, read anew for each request; null: there is none. Rejects where it cannot be read. */
  readonly token: () => Promise<string | null>
  /** Authorities that may sign the collector's certificate, in PEM; null: those that Node trusts. */
  readonly ca: string | null
  readonly clock: Pick<Clock, 'wall'>
  readonly log: Pick<Log, 'info' | 'warn'>
}

export interface OtlpSender {
  readonly close: () => Promise<void>
}

/**
 * Sends the metrics again and again with OTLP over HTTP, in JSON. One request is under way at a time, and what could
 * not be delivered is not kept: the next one has newer values. The log says when delivery begins to fail, and why.
 */
export async function sendOtlp(options: OtlpOptions): Promise<OtlpSender> {
  const { url, interval, name, version, ca, log } = options
  const timeout = Math.min(REQUEST_TIME, toMillis(interval))
  // A bundle has a CommonJS package as the default export alone.
  const [{ ValueType }, { default: sdk }, { default: otlp }, { default: resources }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
      import('@opentelemetry/resources'),
    ])
  const exporter = new otlp.OTLPMetricExporter({
    url,
    timeoutMillis: timeout,
    concurrencyLimit: 1,
    headers: createHeaders(options),
    ...(ca !== null && { httpAgentOptions: { ca } }),
  })
  const watched = reporting(exporter, log)
  const reader = new sdk.PeriodicExportingMetricReader({
    exporter: watched,
    exportIntervalMillis: toMillis(interval),
    exportTimeoutMillis: timeout,
    maxExportBatchSize: BATCH,
    metricProducers: [
      createProducer({ ...sdk, valueType: ValueType.DOUBLE }, options, resources.emptyResource()),
    ],
  })
  const attributes = {
    'service.name': 'demarcd',
    'service.version': version,
    'service.instance.id': name,
  }
  const provider = new sdk.MeterProvider({
    resource: resources.resourceFromAttributes(attributes),
    readers: [reader],
  })
  log.info({ event: 'otlp', url }, 'metrics are sent with OTLP')
  return {
    async close() {
      watched.giveUp()
      await provider.shutdown({ timeoutMillis: LAST_WORDS }).catch(() => undefined)
    },
  }
}

type EmptyResource = Awaited<ReturnType<MetricProducer['collect']>>['resourceMetrics']['resource']

/** Reads all families when the reader asks; other tasks have their turn in between. */
function createProducer(
  sdk: Sdk,
  { families, version, clock, log }: OtlpOptions,
  resource: EmptyResource,
): MetricProducer {
  async function readAll(): Promise<MetricData[]> {
    const metrics: MetricData[] = []
    for (const family of await families()) {
      if (family.samples.length > 0) metrics.push(metricData(sdk, family, clock.wall().getTime()))
      await otherTasks()
    }
    return metrics
  }
  return {
    async collect() {
      const metrics = await readAll().catch((error: unknown) => {
        log.warn({ event: 'otlp', error }, 'the metrics for OTLP cannot be made')
        return []
      })
      const scopeMetrics =
        metrics.length === 0 ? [] : [{ scope: { name: 'demarc', version }, metrics }]
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
    },
  }
}

function createHeaders({ token, log }: OtlpOptions) {
  return async (): Promise<Record<string, string>> => {
    try {
      const value = await token()
      return value === null ? {} : { authorization: `Bearer ${value}` }
    } catch (error) {
      log.warn(
        { event: 'otlp', error },
        'the token for OTLP cannot be read; metrics are sent without it',
      )
      return {}
    }
  }
}

interface WatchedExporter extends PushMetricExporter {
  /** No request begins any more while the last one has failed. */
  readonly giveUp: () => void
}

/** The exporter, whose failures and recoveries are logged. */
function reporting(exporter: PushMetricExporter, log: OtlpOptions['log']): WatchedExporter {
  let failed: ExportResult | null = null
  let isEnding = false

  function follow(result: ExportResult): void {
    const { error } = result
    if (error === undefined && failed !== null) {
      log.info({ event: 'otlp' }, 'metrics are delivered again with OTLP')
    }
    if (error !== undefined && failed === null) {
      const why = error.message.slice(0, REASON_MAX)
      log.warn(
        { event: 'otlp', why },
        'metrics cannot be delivered with OTLP; the next ones are tried',
      )
    }
    failed = error === undefined ? null : result
  }

  return {
    giveUp: () => (isEnding = true),
    export(metrics, done) {
      if (isEnding && failed !== null) return done(failed)
      exporter.export(metrics, (result) => {
        follow(result)
        done(result)
      })
    },
    forceFlush: async () => exporter.forceFlush(),
    shutdown: async () => exporter.shutdown(),
  }
}

type ExportResult = Parameters<Parameters<PushMetricExporter['export']>[1]>[0]
/** Characters of a reason in the log. */
const REASON_MAX = 200
