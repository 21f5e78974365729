import type { Measured, ProbedTarget } from '../../model/probe.js'
import { isLossy } from '../../traffic/window.js'
import { blackHole, ownAddresses, type TrafficContext } from './hole.js'
import type { Echo, FullSize, Rung } from './terms.js'

/** What the intent's `probe` has measured of it lately; null: it is not probed, or there are no new results. */
export function probedOf({ address, attachment }: TrafficContext): ProbedTarget | null {
  const targets = attachment.probe?.targets ?? []
  const found = targets.find(({ target }) => target.address === address)
  return found === undefined || found.state === 'unknown' ? null : found
}

/**
 * The results of a minute know two things that a few requests of now do not: a little loss, and that a target which
 * does not answer once did.
 */
export function withProbe(
  rung: Rung,
  echo: Echo | null,
  probed: ProbedTarget,
  context: TrafficContext,
): Rung {
  const base = { ...rung, at: echo?.at ?? context.at }
  const { sent, lost } = probed.loss60
  const figures = `${sent - lost} of ${sent} echo requests within a minute were answered`
  const isSilent = echo === null || echo.received === 0
  if (isSilent && probed.state === 'silent') {
    return { ...base, state: 'failed', side: 'PEER', text: noLonger(probed, figures, context) }
  }
  return rung.state === 'ok' || echo === null ? lately(base, probed, figures, context) : rung
}

function noLonger(
  { lastAnswered }: ProbedTarget,
  figures: string,
  { address, attachment, isBeyond, isUp }: TrafficContext,
): string {
  const place = isBeyond ? ' beyond the neighbor' : ''
  const session = isUp ? ', although its session is up' : ''
  return `${address}${place} answered until ${lastAnswered ?? 'an unknown time'} and does not any more over ${attachment.name}${session} (${figures}): traffic or its answers are dropped on the far side. Give the far end both addresses (${ownAddresses(attachment)}) and the time, and ask for its route back and its filters.`
}

function lately(
  rung: Rung,
  probed: ProbedTarget,
  figures: string,
  { address }: TrafficContext,
): Rung {
  if (probed.state === 'never-answered') {
    const text = `${address} has not answered since demarc began to probe it (${figures}): let it answer, or take it out of "probe" in the intent.`
    return { ...rung, state: 'warning', side: 'UNKNOWN', text }
  }
  if (isLossy(probed)) {
    const text = `${address} lost packets: ${figures}. Check the errors and the load of the ports, then ask the far end.`
    return { ...rung, state: 'warning', side: 'UNKNOWN', text }
  }
  return { ...rung, state: 'ok', text: rung.state === 'ok' ? `${rung.text}; ${figures}` : figures }
}

/** What the intent's `probe` has sent of the full size, where nothing was measured now. */
export function sizeWithProbe(
  rung: Rung,
  measured: FullSize | null,
  { target, fullSize, state }: ProbedTarget,
  { address, attachment, at }: TrafficContext,
): Rung {
  if (measured !== null || fullSize === null || target.fullSize === null) return rung
  const size = target.fullSize
  const base = { ...rung, at }
  if (fullSize.state === 'answers') {
    return { ...base, state: 'ok', text: `${size} octets pass both ways unfragmented` }
  }
  if (state !== 'answers') return rung
  return NOT_PASSING[fullSize.state](base, () => {
    return blackHole({ size, passes: false, largest: null, at }, address, attachment)
  })
}

type Judge = (rung: Rung, hole: () => Pick<Rung, 'side' | 'text'>) => Rung

/** A host that has never answered large packets may not answer them at all. */
const NOT_PASSING: Readonly<Record<Exclude<Measured['state'], 'answers'>, Judge>> = {
  silent: (rung, hole) => ({ ...rung, state: 'failed', ...hole() }),
  'never-answered': (rung, hole) => ({ ...rung, state: 'warning', ...hole() }),
  unknown: (rung) => rung,
}
