import { blackHole, ownAddresses, type TrafficContext } from './hole.js'
import { probedOf, sizeWithProbe, withProbe } from './probed.js'
import type { Echo, FullSize, HostMeasurements, Rung } from './terms.js'

type Answers = Pick<HostMeasurements, 'echo' | 'fullSize'>

/** Whether packets come back, and whether those of the full MTU do. */
export function trafficRungs(
  { echo, fullSize }: Answers,
  context: TrafficContext,
): readonly Rung[] {
  const probed = probedOf(context)
  const traffic = trafficRung(echo, context)
  const size = fullSizeRung(echo, fullSize, context)
  if (probed === null) return [traffic, size]
  return [withProbe(traffic, echo, probed, context), sizeWithProbe(size, fullSize, probed, context)]
}

function trafficRung(echo: Echo | null, context: TrafficContext): Rung {
  const { place, address } = context
  const base = { rung: 'traffic', place, side: null, at: echo?.at ?? null } as const
  if (echo === null) return { ...base, state: 'unknown', text: 'not measured' }
  const { sent, received } = echo
  const figures = `${received} of ${sent} echo requests were answered${roundTrip(echo)}`
  if (received === sent) return { ...base, state: 'ok', text: figures }
  if (received > 0) {
    const text = `${address} lost packets: ${figures}. Check the errors and the load of the ports, then ask the far end.`
    return { ...base, state: 'warning', side: 'UNKNOWN', text }
  }
  return nothingBack(base, figures, context)
}

function nothingBack(
  base: { readonly rung: 'traffic'; readonly place: string; readonly at: string | null },
  figures: string,
  { address, attachment, isUp, isBeyond }: TrafficContext,
): Rung {
  if (isBeyond) {
    const text = `${address} beyond the neighbor does not come back over ${attachment.name} (${figures}): ask the far end for its route to ${ownAddresses(attachment)} and for filters, in both directions, and whether ${address} answers ping at all.`
    return { ...base, state: 'failed', side: 'PEER', text }
  }
  if (isUp) {
    const text = `${figures}: the session shows that packets pass, so that the neighbor may not answer ping`
    return { ...base, state: 'unknown', side: null, text }
  }
  const text = `${address} does not answer ping: ${figures}. Ask the far end whether it filters ICMP.`
  return { ...base, state: 'failed', side: 'UNKNOWN', text }
}

function roundTrip({ roundTrip: mean }: Echo): string {
  return mean === null ? '' : `, ${mean} ms`
}

function fullSizeRung(
  echo: Echo | null,
  measured: FullSize | null,
  { place, address, attachment }: TrafficContext,
): Rung {
  const base = { rung: 'full-size', place, side: null, at: measured?.at ?? null } as const
  if (measured === null) {
    const isAnswered = echo !== null && echo.received > 0
    const text = isAnswered ? 'not measured' : 'no packet of any size came back'
    return { ...base, state: 'unknown', text }
  }
  const { size, passes } = measured
  if (passes) return { ...base, state: 'ok', text: `${size} octets pass both ways unfragmented` }
  return { ...base, state: 'failed', ...blackHole(measured, address, attachment) }
}
