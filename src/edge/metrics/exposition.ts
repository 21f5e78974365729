import { setImmediate as otherTasks } from 'node:timers/promises'
import type { Family } from '../../core/metrics/family.js'

/** Prometheus's text format, version 0.0.4. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The families in Prometheus's text format. The package is loaded at the first scrape. Those of a large router
 * take hundreds of milliseconds in all, so that a family is read and written at a time, and other tasks have their turn
 * in between.
 */
export async function exposition(families: Iterable<Family>): Promise<string> {
  // A bundle has a CommonJS package as the default export alone.
  const { default: client } = await import('prom-client')
  const { Counter, Gauge, Registry } = client
  const parts: string[] = []
  for (const { name, type, help, labels, samples } of families) {
    // The package would write 0 for a metric without labels and without a value.
    if (samples.length === 0) continue
    const registry = new Registry()
    const options = { name, help, labelNames: labels, registers: [registry] }
    if (type === 'gauge') {
      const metric = new Gauge(options)
      for (const sample of samples) metric.set(named(labels, sample.labels), sample.value)
    } else {
      const metric = new Counter(options)
      for (const sample of samples) metric.inc(named(labels, sample.labels), sample.value)
    }
    await otherTasks()
    parts.push(await registry.metrics())
    await otherTasks()
  }
  return parts.join('')
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']))
}
