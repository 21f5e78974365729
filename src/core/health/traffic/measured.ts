import type { ConnectionState, CounterSample, LinkRates, PortState } from '../../model/state.js'
import { followRates, ratesOf, summed, type RateWindow } from '../../traffic/rates.js'
import type { Observed } from '../rules/history.js'

/** What the counters of a link say. */
export interface Traffic {
  readonly window: RateWindow | null
  readonly rates: LinkRates | null
}

const NO_TRAFFIC: Traffic = { window: null, rates: null }

const MEGABIT = 1_000_000

/** `capacity` in bit/s; null: not known. */
export function trafficOf(
  observed: Observed | undefined,
  sample: CounterSample | undefined,
  capacity: number | null,
): Traffic {
  const window = followRates(observed?.rates ?? null, sample, capacity)
  return { window, rates: ratesOf(window, capacity) }
}

/**
 * What all ports of a connection carry together, against the bandwidth that is bought. Without that, or while a port is
 * not counted, there is nothing to compare.
 */
export function trunkTraffic(
  observed: Observed | undefined,
  { circuit, ports }: ConnectionState,
  states: ReadonlyMap<string, PortState>,
): Traffic {
  const sample = summed(ports.map((name) => states.get(name)?.counted))
  const capacity = boughtOf(circuit)
  return capacity === null || sample === undefined
    ? NO_TRAFFIC
    : trafficOf(observed, sample, capacity)
}

/** The bandwidth that is bought, bit/s; null: the intent does not say. */
export function boughtOf(circuit: ConnectionState['circuit']): number | null {
  return circuit?.bandwidth === undefined ? null : circuit.bandwidth * MEGABIT
}

/** bit/s; null: not known. */
export function speedOf({ speed }: PortState): number | null {
  return speed === null ? null : speed * MEGABIT
}

/** The speeds of the ports that carry a connection, bit/s; null: not known. */
export function capacityOf(
  { lacp, ports: names }: ConnectionState,
  ports: ReadonlyMap<string, PortState>,
): number | null {
  const active = lacp?.members.filter(({ inAggregate }) => inAggregate).map(({ port }) => port)
  const speeds = (active ?? names).flatMap((name) => ports.get(name) ?? []).map(speedOf)
  const known = speeds.filter((speed) => speed !== null)
  return known.length === 0 ? null : known.reduce((sum, speed) => sum + speed, 0)
}
