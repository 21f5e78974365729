import type { ValueType } from '@opentelemetry/api'
import type * as SdkModule from '@opentelemetry/sdk-metrics'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { Family } from '../../core/metrics/family.js'

/** What is needed of the SDK, which is loaded when it is used. */
export interface Sdk extends Pick<typeof SdkModule, 'AggregationTemporality' | 'DataPointType'> {
  readonly valueType: ValueType
}

/**
 * One family as the SDK has it, with its values of `at`, ms since 1970. Names and labels are those of Prometheus.
 * A counter counts since its own beginning (the boot, the start of bgpd), which is not known: the start time is 0,
 * "unknown" in OTLP.
 */
export function metricData(
  { AggregationTemporality, DataPointType, valueType }: Sdk,
  { name, help, type, labels, samples }: Family,
  at: number,
): MetricData {
  const endTime: [number, number] = [Math.floor(at / 1000), (at % 1000) * 1_000_000]
  const common = {
    descriptor: { name, description: help, unit: '', valueType },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: samples.map((sample) => ({
      startTime: [0, 0] as [number, number],
      endTime,
      attributes: Object.fromEntries(labels.map((label, i) => [label, sample.labels[i] ?? ''])),
      value: sample.value,
    })),
  }
  return type === 'gauge'
    ? { ...common, dataPointType: DataPointType.GAUGE }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: true }
}
