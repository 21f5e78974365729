import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { NOT_MEASURED } from '../../core/health/ladder/session.js'
import { ladderOf, type Look } from '../../core/health/ladder/ladder.js'
import {
  NOTHING_MEASURED,
  RUNG_NAMES,
  type HostMeasurements,
  type Ladder,
  type Measurements,
  type Rung,
  type RungName,
} from '../../core/health/ladder/terms.js'
import type { AttachmentState, NeighborState } from '../../core/model/state.js'
import {
  measureDrain,
  measureEcho,
  measureFullSize,
  measureLink,
  measureTcp,
  ownAddress,
  type Instruments,
} from './measure.js'

export interface WalkTerms {
  readonly attachment: string
  /** Addresses of hosts beyond the neighbours. */
  readonly hosts: readonly string[]
}

/**
 * Walks the ladder of one attachment: a look, then one measurement after the other, as long as no rung below fails.
 * Each rung is reported once, when it is known.
 */
export async function walk(
  { attachment, hosts }: WalkTerms,
  look: Look,
  instruments: Instruments,
  onRung: (rung: Rung) => void,
): Promise<Result<Ladder>> {
  const first = ladderOf(look, attachment, NOTHING_MEASURED)
  const state = look.state.attachments.find(({ name }) => name === attachment)
  if (first === null || state === undefined) return refused(unknown(attachment, look))
  const neighbors = look.state.neighbors.filter((each) => each.attachment === attachment)
  const report = createReporter(onRung)
  const of = { look, state, neighbors, instruments }
  report(first, FIRST)
  let measured = NOTHING_MEASURED
  let ladder = first
  for (const { upTo, measure } of STAGES) {
    measured = isStopped(ladder) ? measured : await measure(measured, { ...of, hosts, ladder })
    ladder = ladderOf(look, attachment, measured) ?? ladder
    report(ladder, upTo)
  }
  return ok(ladder)
}

function unknown(attachment: string, { state }: Look) {
  const names = state.attachments.map(({ name }) => name).join(', ')
  const has = names === '' ? 'none' : names
  return fault(
    'SUBJECT_UNKNOWN',
    attachment,
    `the intent has no attachment ${attachment}; it has ${has}`,
  )
}

/** A rung that all neighbours share has failed, so that nothing above it can be measured. */
function isStopped({ cause, result }: Ladder): boolean {
  return result === 'fails' && cause !== null && SHARED.includes(cause.rung)
}

const SHARED: readonly RungName[] = [
  ...(['module', 'light-in', 'light-out', 'link', 'lacp', 'vlan', 'address'] as const),
]

/** The highest rung that a look alone shows. */
const FIRST: RungName = 'lacp'

interface Stage {
  /** The highest rung that is known after it. */
  readonly upTo: RungName
  readonly measure: (before: Measurements, of: StageTerms) => Promise<Measurements>
}

interface StageTerms {
  readonly look: Look
  readonly state: AttachmentState
  readonly neighbors: readonly NeighborState[]
  readonly hosts: readonly string[]
  readonly instruments: Instruments
  readonly ladder: Ladder
}

const STAGES: readonly Stage[] = [
  {
    upTo: 'neighbor-mac',
    async measure(before, { state, neighbors, instruments }) {
      if (state.bridge !== null) return before
      return { ...before, ...(await measureLink(state, neighbors, instruments)) }
    },
  },
  {
    upTo: 'routes-out',
    measure: (before, of) =>
      withNeighbors(before, of, async (neighbor, from) => ({
        tcp: await measureTcp(neighbor, from, of.state.interface, of.instruments),
        draining: await measureDrain(neighbor, of.instruments),
      })),
  },
  {
    upTo: 'traffic',
    async measure(before, of) {
      const { state, hosts, instruments } = of
      const [measured, answers] = await Promise.all([
        withNeighbors(before, of, async ({ address }, from) => ({
          echo: await measureEcho(address, from, state.interface, instruments),
        })),
        Promise.all(
          hosts.map((host) => measureEcho(host, fromOf(of, host), state.interface, instruments)),
        ),
      ])
      const found = hosts.map(
        (host, i) => [host, { echo: answers[i] ?? null, fullSize: null }] as const,
      )
      return { ...measured, hosts: new Map(found) }
    },
  },
  {
    upTo: 'full-size',
    async measure(before, of) {
      const { state, instruments } = of
      const size = (address: string) =>
        measureFullSize(address, fromOf(of, address), state, instruments)
      const [measured, hosts] = await Promise.all([
        withNeighbors(before, of, async ({ address }) =>
          isAnswered(before.neighbors.get(address)) ? { fullSize: await size(address) } : {},
        ),
        Promise.all(
          [...before.hosts].map(async ([host, answers]) => {
            const fullSize = isAnswered(answers) ? await size(host) : null
            return [host, { ...answers, fullSize }] as const
          }),
        ),
      ])
      return { ...measured, hosts: new Map(hosts) }
    },
  },
]

function isAnswered(measured: Pick<HostMeasurements, 'echo'> | undefined): boolean {
  return (measured?.echo?.received ?? 0) > 0
}

function fromOf({ state }: Pick<StageTerms, 'state'>, host: string): string | null {
  return ownAddress(state.addresses, host)
}

/** Adds a measurement of each neighbour whose rungs have not failed below it. */
async function withNeighbors(
  before: Measurements,
  { neighbors, state, ladder }: StageTerms,
  measure: (neighbor: NeighborState, from: string | null) => Promise<Partial<HostMeasurements>>,
): Promise<Measurements> {
  const all = await Promise.all(
    neighbors.map(async (neighbor) => {
      const { address } = neighbor
      const has = before.neighbors.get(address) ?? NOT_MEASURED
      if (!isReached(ladder, address)) return [address, has] as const
      const more = await measure(neighbor, ownAddress(state.addresses, address))
      return [address, { ...has, ...more }] as const
    }),
  )
  return { ...before, neighbors: new Map(all) }
}

/** The neighbour answers at layer 2: what is above can be measured although the session is down. */
function isReached({ rungs }: Ladder, address: string): boolean {
  const place = `neighbor ${address}`
  return rungs.some((rung) => {
    return rung.place === place && rung.rung === 'neighbor-mac' && rung.state === 'ok'
  })
}

/** Reports each rung once, as soon as no later measurement can change it. */
function createReporter(onRung: (rung: Rung) => void) {
  const reported = new Set<string>()
  return ({ rungs }: Ladder, upTo: RungName): void => {
    const known = rungs.filter(
      ({ rung, state }) =>
        RUNG_NAMES.indexOf(rung) <= RUNG_NAMES.indexOf(upTo) &&
        // Whether the far end receives the light may show once it answers.
        !(state === 'unknown' && upTo === FIRST),
    )
    for (const rung of known) {
      const key = `${rung.rung} ${rung.place}`
      if (reported.has(key)) continue
      reported.add(key)
      onRung(rung)
    }
  }
}
