import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import { createSerialQueue } from '../../core/base/serial-queue.js'
import { negotiates } from '../../core/health/ladder/bundle.js'
import type { Look } from '../../core/health/ladder/ladder.js'
import { ticketLines, type TicketProvider } from '../../core/health/ladder/ticket.js'
import { RUNGS, type Ladder, type Rung } from '../../core/health/ladder/terms.js'
import {
  DOCTOR_LIMITS,
  type DoctorParams,
  type DoctorResult,
  type RungRecord,
} from '../../core/wire/doctor.js'
import { cutText, TEXT_LIMITS } from '../../core/wire/limits.js'
import type { Clock } from '../../edge/host/clock.js'
import type { Instruments } from './measure.js'
import { walk } from './walk.js'

export interface DoctorOptions {
  readonly router: string
  /** Looks at the router anew; null: it cannot now, because a change is being made. */
  readonly look: () => Promise<Look | null>
  readonly instruments: Instruments
  /** The provider of an attachment; null: the intent names none that is known. */
  readonly provider: (attachment: string) => TicketProvider | null
}

/** Examines one attachment, and reports each rung as soon as it is known. */
export type Doctor = (
  params: DoctorParams,
  onRung: (rung: RungRecord) => void,
) => Promise<Result<DoctorResult>>

/** Walks that may wait for the one that runs. Each takes seconds, and sends packets. */
const WAITING_MAX = 8

/** One walk at a time, so that the packets of one do not count for another. */
export function createDoctor({ router, look, instruments, provider }: DoctorOptions): Doctor {
  const walks = createSerialQueue()
  let waiting = 0
  return async (params, onRung) => {
    if (waiting >= WAITING_MAX) {
      const text = `${WAITING_MAX} examinations wait already; ask again later`
      return refused(fault('CHANGE_BUSY', 'doctor', text))
    }
    waiting += 1
    try {
      return await walks.run(async () => {
        const seen = await settled(params.attachment, look, instruments.clock)
        if (seen === null) return refused(fault('CHANGE_BUSY', 'doctor', NOT_LOOKED))
        const walked = await walk(params, seen, instruments, (rung) => onRung(recordOf(rung)))
        if (!walked.ok) return walked
        const ladder = walked.value
        const answer = answerOf(router, ladder, instruments.clock.wall())
        if (!params.ticket) return ok(answer)
        const of = { look: seen, ladder, provider: provider(params.attachment) }
        return ok({ ...answer, ticket: cutLines(ticketLines(of)) })
      })
    } finally {
      waiting -= 1
    }
  }
}

/** LACP takes about 4 s after a link came up: up to 2 s until the ports are aggregated, then a round each way, 1 s each. */
const NEGOTIATION_MAX = millis(6000)
const LOOK_EVERY = millis(1000)

/** Looks again while the bundle of the attachment negotiates, so that a link that has just come up is not taken for a fault. */
async function settled(
  attachment: string,
  look: DoctorOptions['look'],
  clock: Pick<Clock, 'now' | 'sleep'>,
): Promise<Look | null> {
  const until = clock.now() + NEGOTIATION_MAX
  let seen = await look()
  while (seen !== null && negotiates(seen.state, attachment) && clock.now() < until) {
    await clock.sleep(LOOK_EVERY)
    seen = await look()
  }
  return seen
}

const NOT_LOOKED = 'the router has not been looked at yet; ask again in some seconds'

function cutLines(lines: readonly string[]): string[] {
  const { ticketLines: most, ticketLine: longest } = DOCTOR_LIMITS
  return lines.slice(0, most).map((line) => cutText(line, longest))
}

function answerOf(router: string, ladder: Ladder, at: Date): DoctorResult {
  const { attachment, result, verdict, cause, rungs } = ladder
  return {
    router,
    attachment,
    at: at.toISOString(),
    result,
    verdict: cutText(verdict, VERDICT_MAX),
    ...(cause === null ? {} : { cause: recordOf(cause) }),
    rungs: rungs.slice(0, DOCTOR_LIMITS.rungs).map(recordOf),
  }
}

/** Characters of the one sentence. */
const VERDICT_MAX = 2048

function recordOf({ rung, place, state, text, side, at }: Rung): RungRecord {
  return {
    rung,
    place: cutText(place, TEXT_LIMITS.subject),
    state,
    text: cutText(text, TEXT_LIMITS.sentence),
    ...(side === null ? {} : { side }),
    ...(state === 'ok' ? { proves: RUNGS[rung].proves } : {}),
    ...(at === null ? {} : { at }),
  }
}
