import { failedOf } from './evidence.js'
import { RUNGS, SIDE_WORDS, type Ladder, type Rung } from './terms.js'

/** The rungs of one attachment: of each port, of what all share, of each neighbour, and of each host beyond. */
export interface RungGroups {
  readonly ports: readonly (readonly Rung[])[]
  readonly trunk: readonly Rung[]
  readonly neighbors: readonly (readonly Rung[])[]
  readonly hosts: readonly (readonly Rung[])[]
}

/**
 * What stops the attachment comes first, then what stops one session or one host, then a port of a bundle that others
 * stand in for, then what works badly.
 */
export function verdictOf(
  attachment: string,
  groups: RungGroups,
): Pick<Ladder, 'result' | 'verdict' | 'cause'> {
  const all = [
    groups.ports.flat(),
    groups.trunk,
    groups.neighbors.flat(),
    groups.hosts.flat(),
  ].flat()
  const stops = stopOf(groups)
  const cause = stops ?? all.find(isWrong) ?? null
  if (cause === null) return withoutCause(attachment, all)
  const [result, how] =
    stops === null
      ? (['degraded', 'works, and not as it should,'] as const)
      : (['fails', 'fails'] as const)
  const where = `${RUNGS[cause.rung].title} of ${cause.place}`
  const side = SIDE_WORDS[cause.side ?? 'UNKNOWN']
  const verdict = `${attachment} ${how} at ${where}, and the fault is ${side}: ${cause.text}`
  return { result, cause, verdict }
}

/** What keeps the attachment from working. One dead port of a bundle does not. */
function stopOf({ ports, trunk, neighbors, hosts }: RungGroups): Rung | null {
  const dead = ports.map(failedOf)
  const first = dead.every((rung) => rung !== null) ? dead[0] : null
  return first ?? failedOf([...trunk, ...neighbors.flat(), ...hosts.flat()])
}

/** In the order of the ladder, the ports first: a dead port counts before what works badly above it. */
function isWrong({ state }: Rung): boolean {
  return state === 'failed' || state === 'warning'
}

/** Rungs of which one at least must be ok, so that the attachment is said to work. */
const SHOWS = ['established', 'traffic', 'neighbor-mac', 'vlan']

function withoutCause(
  attachment: string,
  all: readonly Rung[],
): Pick<Ladder, 'result' | 'verdict' | 'cause'> {
  const good = all.filter(({ state }) => state === 'ok')
  if (!good.some(({ rung }) => SHOWS.includes(rung))) {
    const open = all.find(({ state }) => state === 'unknown')
    const why = open === undefined ? 'nothing was measured' : open.text
    const verdict = `Nothing shows whether ${attachment} works: ${why}.`
    return { result: 'unknown', cause: null, verdict }
  }
  const figures = good
    .filter(({ rung }) => FIGURES.includes(rung))
    .map(({ rung, text }) => `${RUNGS[rung].title}: ${text}`)
  return { result: 'works', cause: null, verdict: `${attachment} works (${figures.join('; ')}).` }
}

const FIGURES = ['established', 'routes-in', 'routes-out', 'traffic', 'full-size']
